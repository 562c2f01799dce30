-- name: AddBotRollups :exec
-- What is there already stays: a step is stored once, by the Botswain that measured it whole. NaN is null.
insert into bot_rollups (tier, bot_id, at, n,
    cpu_min, cpu_mean, cpu_max, rss_min, rss_mean, rss_max, threads_min, threads_mean, threads_max, files_min, files_mean, files_max, read_min, read_mean, read_max, write_min, write_mean, write_max)
select @tier::smallint, t.bot_id, t.at, t.n,
    nullif(t.cpu_min, 'NaN'), nullif(t.cpu_mean, 'NaN'), nullif(t.cpu_max, 'NaN'), nullif(t.rss_min, 'NaN'), nullif(t.rss_mean, 'NaN'), nullif(t.rss_max, 'NaN'), nullif(t.threads_min, 'NaN'), nullif(t.threads_mean, 'NaN'), nullif(t.threads_max, 'NaN'), nullif(t.files_min, 'NaN'), nullif(t.files_mean, 'NaN'), nullif(t.files_max, 'NaN'), nullif(t.read_min, 'NaN'), nullif(t.read_mean, 'NaN'), nullif(t.read_max, 'NaN'), nullif(t.write_min, 'NaN'), nullif(t.write_mean, 'NaN'), nullif(t.write_max, 'NaN')
from (select unnest(@bots::uuid[]) as bot_id, unnest(@ats::timestamptz[]) as at, unnest(@ns::integer[]) as n,
    unnest(@cpu_mins::real[]) as cpu_min, unnest(@cpu_means::real[]) as cpu_mean, unnest(@cpu_maxs::real[]) as cpu_max,
    unnest(@rss_mins::real[]) as rss_min, unnest(@rss_means::real[]) as rss_mean, unnest(@rss_maxs::real[]) as rss_max,
    unnest(@threads_mins::real[]) as threads_min, unnest(@threads_means::real[]) as threads_mean, unnest(@threads_maxs::real[]) as threads_max,
    unnest(@files_mins::real[]) as files_min, unnest(@files_means::real[]) as files_mean, unnest(@files_maxs::real[]) as files_max,
    unnest(@read_mins::real[]) as read_min, unnest(@read_means::real[]) as read_mean, unnest(@read_maxs::real[]) as read_max,
    unnest(@write_mins::real[]) as write_min, unnest(@write_means::real[]) as write_mean, unnest(@write_maxs::real[]) as write_max) t
on conflict do nothing;

-- name: RollUpBots :execrows
-- Makes the steps of a tier between two times out of those of a finer one, where enough samples are in them.
insert into bot_rollups (tier, bot_id, at, n,
    cpu_min, cpu_mean, cpu_max, rss_min, rss_mean, rss_max, threads_min, threads_mean, threads_max, files_min, files_mean, files_max, read_min, read_mean, read_max, write_min, write_mean, write_max)
select @tier::smallint, b.id, x.step, x.n,
    x.cpu_min, x.cpu_mean, x.cpu_max, x.rss_min, x.rss_mean, x.rss_max, x.threads_min, x.threads_mean, x.threads_max, x.files_min, x.files_mean, x.files_max, x.read_min, x.read_mean, x.read_max, x.write_min, x.write_mean, x.write_max
from bots b, lateral (
    select to_timestamp(floor(extract(epoch from r.at) / @seconds::double precision) * @seconds) as step, sum(r.n)::integer as n,
        case when coalesce(sum(r.n) filter (where r.cpu_mean is not null), 0) >= @enough::bigint then min(r.cpu_min) end as cpu_min,
        case when coalesce(sum(r.n) filter (where r.cpu_mean is not null), 0) >= @enough::bigint then (sum(r.cpu_mean::double precision * r.n) / sum(r.n) filter (where r.cpu_mean is not null))::real end as cpu_mean,
        case when coalesce(sum(r.n) filter (where r.cpu_mean is not null), 0) >= @enough::bigint then max(r.cpu_max) end as cpu_max,
        case when coalesce(sum(r.n) filter (where r.rss_mean is not null), 0) >= @enough::bigint then min(r.rss_min) end as rss_min,
        case when coalesce(sum(r.n) filter (where r.rss_mean is not null), 0) >= @enough::bigint then (sum(r.rss_mean::double precision * r.n) / sum(r.n) filter (where r.rss_mean is not null))::real end as rss_mean,
        case when coalesce(sum(r.n) filter (where r.rss_mean is not null), 0) >= @enough::bigint then max(r.rss_max) end as rss_max,
        case when coalesce(sum(r.n) filter (where r.threads_mean is not null), 0) >= @enough::bigint then min(r.threads_min) end as threads_min,
        case when coalesce(sum(r.n) filter (where r.threads_mean is not null), 0) >= @enough::bigint then (sum(r.threads_mean::double precision * r.n) / sum(r.n) filter (where r.threads_mean is not null))::real end as threads_mean,
        case when coalesce(sum(r.n) filter (where r.threads_mean is not null), 0) >= @enough::bigint then max(r.threads_max) end as threads_max,
        case when coalesce(sum(r.n) filter (where r.files_mean is not null), 0) >= @enough::bigint then min(r.files_min) end as files_min,
        case when coalesce(sum(r.n) filter (where r.files_mean is not null), 0) >= @enough::bigint then (sum(r.files_mean::double precision * r.n) / sum(r.n) filter (where r.files_mean is not null))::real end as files_mean,
        case when coalesce(sum(r.n) filter (where r.files_mean is not null), 0) >= @enough::bigint then max(r.files_max) end as files_max,
        case when coalesce(sum(r.n) filter (where r.read_mean is not null), 0) >= @enough::bigint then min(r.read_min) end as read_min,
        case when coalesce(sum(r.n) filter (where r.read_mean is not null), 0) >= @enough::bigint then (sum(r.read_mean::double precision * r.n) / sum(r.n) filter (where r.read_mean is not null))::real end as read_mean,
        case when coalesce(sum(r.n) filter (where r.read_mean is not null), 0) >= @enough::bigint then max(r.read_max) end as read_max,
        case when coalesce(sum(r.n) filter (where r.write_mean is not null), 0) >= @enough::bigint then min(r.write_min) end as write_min,
        case when coalesce(sum(r.n) filter (where r.write_mean is not null), 0) >= @enough::bigint then (sum(r.write_mean::double precision * r.n) / sum(r.n) filter (where r.write_mean is not null))::real end as write_mean,
        case when coalesce(sum(r.n) filter (where r.write_mean is not null), 0) >= @enough::bigint then max(r.write_max) end as write_max
    from bot_rollups r
    where r.tier = @finer::smallint and r.bot_id = b.id and r.at >= @since::timestamptz and r.at < @until::timestamptz
    group by step
    having sum(r.n) >= @enough::bigint) x
on conflict do nothing;

-- name: BotRollups :many
select at, n, cpu_min, cpu_mean, cpu_max, rss_min, rss_mean, rss_max, threads_min, threads_mean, threads_max, files_min, files_mean, files_max, read_min, read_mean, read_max, write_min, write_mean, write_max
from bot_rollups
where tier = @tier::smallint and bot_id = @bot_id and at >= @since and at < @until
order by at;

-- name: DropBotRollups :execrows
delete from bot_rollups r using bots b where r.tier = @tier::smallint and r.bot_id = b.id and r.at < @before;

-- name: DropOrphanRollups :execrows
delete from bot_rollups r where r.tier = @tier::smallint and not exists (select from bots b where b.id = r.bot_id);

-- name: AddHostSeries :exec
insert into host_series (name) select unnest(@names::text[]) on conflict do nothing;

-- name: HostSeries :many
select id, name from host_series;

-- name: DropUnusedHostSeries :execrows
-- The names of what no stored step has any more.
delete from host_series where id in (select id from host_series except select distinct unnest(series) from host_rollups);

-- name: AddHostRollup :exec
insert into host_rollups (tier, at, series, low, mean, high, samples) values (@tier, @at, @series, @low, @mean, @high, @samples)
on conflict do nothing;

-- name: RollUpHost :execrows
insert into host_rollups (tier, at, series, low, mean, high, samples)
select @tier::smallint, x.step, array_agg(x.s), array_agg(x.low), array_agg(x.mean), array_agg(x.high), array_agg(x.n)
from (
    select u.step, u.s, min(u.low)::real as low, (sum(u.mean::double precision * u.n) / sum(u.n))::real as mean, max(u.high)::real as high, sum(u.n)::integer as n
    from (
        select to_timestamp(floor(extract(epoch from at) / @seconds::double precision) * @seconds) as step,
            unnest(series) as s, unnest(low) as low, unnest(mean) as mean, unnest(high) as high, unnest(samples) as n
        from host_rollups
        where tier = @finer::smallint and at >= @since::timestamptz and at < @until::timestamptz) u
    group by u.step, u.s
    having sum(u.n) >= @enough::bigint) x
group by x.step
on conflict do nothing;

-- name: HostRollups :many
select at, series, low, mean, high, samples from host_rollups
where tier = @tier::smallint and at >= @since and at < @until
order by at;

-- name: DropHostRollups :execrows
delete from host_rollups where tier = @tier::smallint and at < @before;

-- name: LastHostRollup :one
-- Where the newest stored step of a tier begins; 1970 when there is none.
select coalesce(max(at), to_timestamp(0))::timestamptz from host_rollups where tier = @tier::smallint;

-- name: StartsByStep :many
-- The starts of a bot since a time, by steps; what is said of a step is its newest start's.
select x.step::timestamptz as step, count(*)::integer as starts,
    count(*) filter (where x.cause not in ('manual', 'autostart', 'dependency'))::integer as restarts,
    count(*) filter (where x.cause in ('crash', 'oom', 'health'))::integer as failures,
    coalesce(bool_or(x.bot_version <> x.version_before), false)::boolean as deployed,
    max(x.bot_version)::integer as version, max(x.started_at)::timestamptz as last_at,
    ((array_agg(x.cause order by x.number desc))[1])::text as cause,
    ((array_agg(x.actor order by x.number desc))[1])::text as actor,
    ((array_agg(x.previous_end order by x.number desc))[1])::text as previous_end
from (
    select r.number, r.cause, r.actor, r.bot_version, r.previous_end, r.started_at,
        lag(r.bot_version) over (order by r.number) as version_before,
        to_timestamp(floor(extract(epoch from r.started_at) / @seconds::double precision) * @seconds) as step
    from runs r
    where r.bot_id = @bot_id
        and r.number >= (select coalesce(min(f.number), 1) - 1 from runs f where f.bot_id = @bot_id and f.started_at >= @since::timestamptz)) x
where x.started_at >= @since::timestamptz and x.started_at < @until::timestamptz
group by x.step
order by x.step;

-- name: GaugeMinutes :many
select name, minute as at, n, sum, min, max from report_minutes
where bot_id = @bot_id and minute >= @since::timestamptz and minute < @until::timestamptz
order by minute;

-- name: GaugeHours :many
select name, hour as at, n::integer as n, sum, min, max from report_hours
where bot_id = @bot_id and kind = 'gauge' and hour >= @since::timestamptz and hour < @until::timestamptz
order by hour;

-- name: RunsForUptime :many
-- The runs that reach into the time since a moment, newest first, and the one before.
select number, cause, started_at, ended_at, exit_code, end_reason, outcome, pid from runs r
where r.bot_id = @bot_id and (r.ended_at is null or r.ended_at > @since::timestamptz
    or r.number = (select max(p.number) from runs p where p.bot_id = @bot_id and p.ended_at <= @since::timestamptz))
order by number desc
limit @max_rows;

-- name: GivenUpForUptime :many
-- When somebody stopped a bot that had no process and waited for its restart, oldest first.
select at from events
where bot_id = @bot_id::uuid and kind = 'bot.stopped' and run_id is null and at >= @since::timestamptz
order by at;

-- name: AddReport :exec
-- One statement for all figures of a report, in the order of their names: two reports of a bot at once don't deadlock.
insert into report_hours as r (bot_id, hour, kind, name, n, sum, min, max, last, last_at)
select @bot_id::uuid, @hour::timestamptz, t.kind, t.name, 1, t.value, t.value, t.value, t.value, @at::timestamptz
from (select unnest(@kinds::text[]) as kind, unnest(@names::text[]) as name, unnest(@figures::double precision[]) as value) t
order by t.kind, t.name
on conflict (bot_id, hour, kind, name) do update set
    n = r.n + 1, sum = r.sum + excluded.sum, min = least(r.min, excluded.min), max = greatest(r.max, excluded.max),
    last = case when r.last_at > excluded.last_at then r.last else excluded.last end, last_at = greatest(r.last_at, excluded.last_at);

-- name: AddReportMinutes :exec
-- The gauges of a report by the minute, in the order of their names as well.
insert into report_minutes as r (bot_id, minute, name, n, sum, min, max)
select @bot_id::uuid, @minute::timestamptz, t.name, 1, t.value, t.value, t.value
from (select unnest(@kinds::text[]) as kind, unnest(@names::text[]) as name, unnest(@figures::double precision[]) as value) t
where t.kind = 'gauge'
order by t.name
on conflict (bot_id, name, minute) do update set
    n = r.n + 1, sum = r.sum + excluded.sum, min = least(r.min, excluded.min), max = greatest(r.max, excluded.max);

-- name: CountReportNames :one
-- How many different names of a kind a bot has reported in an hour, at most.
select coalesce(max(c.n), 0)::bigint from
    (select count(*) as n from report_hours where bot_id = @bot_id and hour = @hour group by kind) c;

-- name: NewestGauges :many
select distinct on (name) name, last, last_at from report_hours
where bot_id = @bot_id and kind = 'gauge' and hour >= @since
order by name, hour desc;

-- name: CounterSums :many
select name, sum(sum)::double precision as total, max(last_at)::timestamptz as last_at from report_hours
where bot_id = @bot_id and kind = 'counter' and hour >= @since
group by name order by name;

-- name: DropReports :execrows
-- Gauges are kept for charts of a year.
delete from report_hours where hour < @before and (kind = 'counter' or hour < @gauges_before);

-- name: DropReportMinutes :execrows
delete from report_minutes where minute < @before;

-- name: BotHours :many
select hour, name, sum from report_hours
where bot_id = @bot_id and kind = 'counter' and hour >= @since
order by hour, name;

-- name: CrewGauges :many
-- The newest of each bot; since is the hour of the oldest that still counts.
select distinct on (bot_id, name) bot_id, name, last, last_at from report_hours
where kind = 'gauge' and name = any(@names::text[]) and hour >= @since
order by bot_id, name, hour desc;

-- name: CrewHours :many
select name, hour, sum(sum)::double precision as total from report_hours
where kind = 'counter' and name = any(@names::text[]) and hour >= @since
group by name, hour order by hour, name;

-- name: CrewCounters :many
select name, sum(sum)::double precision as total, count(distinct bot_id)::bigint as bots from report_hours
where kind = 'counter' and name = any(@names::text[]) and hour >= @since
group by name order by name;

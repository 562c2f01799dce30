-- name: UnkeptCrashes :many
-- Runs that ended abnormally and whose last lines aren't kept yet, oldest first: those behind one.
select id, bot_id, started_at, ended_at, exit_code, exit_signal, outcome from runs
where kept_at is null and outcome in ('crashed', 'unseen') and (ended_at, id) > (@after_ended::timestamptz, @after_id::uuid)
order by ended_at, id
limit @max_rows;

-- name: KeepLastLines :exec
-- Copies the last lines of a run, and what Botswain said among and after them. Safe to repeat: what is
-- there already stays.
insert into crash_lines (run_id, seq, at, stream, level, truncated, message)
select l.run_id, l.seq, l.at, l.stream, l.level, l.truncated or length(l.message) > @max_length::integer, left(l.message, @max_length::integer)
from log_lines l
where l.bot_id = @bot_id and l.run_id = @run_id and l.at >= @since
  and l.seq >= (
    select coalesce(min(x.seq), 0) from (
        select o.seq from log_lines o
        where o.bot_id = @bot_id and o.run_id = @run_id and o.at >= @since and o.stream <> 3
        order by o.seq desc limit @max_lines
    ) x
  )
order by l.seq desc
limit @max_rows
on conflict (run_id, seq) do nothing;

-- name: TrimLastLines :exec
-- After lines that came later, older ones are too many.
delete from crash_lines c where c.run_id = @run_id and c.seq < (
    select coalesce(min(x.seq), 0) from (
        select o.seq from crash_lines o where o.run_id = @run_id and o.stream <> 3 order by o.seq desc limit @max_lines
    ) x
);

-- name: LastLines :many
select * from crash_lines where run_id = any(@runs::uuid[]) order by run_id, seq;

-- name: SetKept :exec
update runs set kept_at = sqlc.narg(kept_at)::timestamptz, headline = @headline, fingerprint = @fingerprint where id = @id;

-- name: DropLastLinesOfOldEnd :exec
-- A run's lines go when so many of its bot ended abnormally after it.
delete from crash_lines c where c.run_id = @run_id and @keep::integer <= (
    select count(*) from (
        select from runs r
        where r.bot_id = @bot_id and r.outcome in ('crashed', 'unseen') and r.number > (select x.number from runs x where x.id = @run_id)
        limit @keep::integer
    ) y
);

-- name: DropOldLastLines :execrows
-- Of each bot only the newest abnormal ends keep their lines: looks at so many behind them.
delete from crash_lines where run_id in (
    select r.id from runs r where r.bot_id = @bot_id and r.outcome in ('crashed', 'unseen') order by r.number desc offset @keep limit @max_runs
);

-- name: CrashGroups :many
-- The abnormal ends of a bot by what they have in common, those seen last first, with the newest run of each; a
-- key: only these.
select g.key, g.times, g.first_at, g.last_at, sqlc.embed(runs)
from (
    select coalesce(x.end_cause->>'id', nullif(x.fingerprint, ''), x.end_reason)::text as key,
        count(*) as times, min(x.ended_at)::timestamptz as first_at, max(x.ended_at)::timestamptz as last_at, max(x.number)::integer as newest
    from runs x
    where x.bot_id = @bot_id and x.outcome in ('crashed', 'unseen')
      and (@key::text = '' or coalesce(x.end_cause->>'id', nullif(x.fingerprint, ''), x.end_reason) = @key::text)
    group by 1
    order by max(x.number) desc
    limit @max_rows) g
join runs on runs.bot_id = @bot_id and runs.number = g.newest
order by g.newest desc;

-- name: CrashesOfGroup :many
select * from runs
where bot_id = @bot_id and outcome in ('crashed', 'unseen')
  and (@key::text = '' or coalesce(end_cause->>'id', nullif(fingerprint, ''), end_reason) = @key::text)
  and (@before_number::integer = 0 or number < @before_number::integer)
order by number desc
limit @max_rows;

-- name: CrashTimesOfGroup :many
-- When those of a group ended, since a time.
select ended_at from runs
where bot_id = @bot_id and outcome in ('crashed', 'unseen') and ended_at >= @since::timestamptz
  and coalesce(end_cause->>'id', nullif(fingerprint, ''), end_reason) = @key::text
order by ended_at;

-- name: CrashesOfAll :many
-- How many runs of all bots ended abnormally in each quarter of an hour since a time: hours begin at
-- one in every zone.
select date_bin('15 minutes', ended_at, 'epoch')::timestamptz as quarter, count(*)::integer as crashes from runs
where outcome in ('crashed', 'unseen') and ended_at >= @since::timestamptz
group by 1
order by 1;

-- name: InsertRun :exec
-- Safe to repeat; the number follows from the order of inserts.
insert into runs (id, bot_id, number, bot_version, cause, actor, started_at, previous_end)
select @id::uuid, @bot_id::uuid, coalesce(max(number), 0) + 1, @bot_version::integer, @cause::text, @actor::text, @started_at::timestamptz, @previous_end::text
from runs where bot_id = @bot_id::uuid
on conflict (id) do nothing;

-- name: SetRunProcess :exec
update runs set pid = @pid, pid_start_ticks = @pid_start_ticks, boot_id = @boot_id, started_at = @started_at
where id = @id;

-- name: SetRunUp :exec
update runs set running_at = @running_at where id = @id;

-- name: EndRun :exec
update runs set ended_at = @ended_at, exit_code = @exit_code, exit_signal = @exit_signal, end_reason = @end_reason, leftovers = @leftovers,
    end_cause = @end_cause, outcome = @outcome
where id = @id and ended_at is null;

-- name: RaiseRunPeaks :exec
-- Safe to repeat, in any order.
update runs set peak_rss = greatest(peak_rss, sqlc.narg(peak_rss)::bigint), peak_cpu = greatest(peak_cpu, sqlc.narg(peak_cpu)::real)
where id = @id;

-- name: SetRunCause :exec
update runs set end_cause = @end_cause where id = @id;

-- name: ListOpenRuns :many
select * from runs where ended_at is null order by bot_id, number;

-- name: ListLastEnds :many
-- One look into the index for each bot, however many runs it has had.
select r.* from bots b
cross join lateral (select * from runs x where x.bot_id = b.id and x.ended_at is not null order by x.number desc limit 1) r;

-- name: ListRuns :many
select * from runs
where bot_id = @bot_id and (@before_number::integer = 0 or number < @before_number::integer)
  and (@outcome::text = '' or outcome = @outcome::text)
order by number desc
limit @max_rows;

-- name: GetRun :one
select * from runs where bot_id = @bot_id and id = @id;

-- name: CountOutcomes :many
select outcome, count(*) as runs from runs where bot_id = @bot_id group by outcome;

-- name: RunVersionBefore :one
-- The version of the definition that the run before had; 0: there was none.
select coalesce((select r.bot_version from runs r where r.bot_id = @bot_id and r.number < @number order by r.number desc limit 1), 0)::integer as version;

-- name: CommitWithoutFlush :exec
-- For this transaction only: see Flush.
select set_config('synchronous_commit', 'off', true);

-- name: Flush :exec
-- A transaction that writes nothing isn't flushed, and flushes nothing.
select pg_logical_emit_message(true, 'botswain', 'flush');

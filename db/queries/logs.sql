-- name: LockLogWriter :exec
-- Held until the transaction ends: a commit whose outcome got lost on the way is over, one way or
-- the other, when the next writer has the lock. The numbers are this lock's name.
select pg_advisory_xact_lock(1651470199, 1);

-- name: LogHeads :many
select bot_id, last_seq from log_heads;

-- name: LogHeadsOf :many
select bot_id, last_seq from log_heads where bot_id = any(@bots::uuid[]);

-- name: UpsertLogHeads :exec
insert into log_heads (bot_id, last_seq)
select unnest(@bots::uuid[]), unnest(@seqs::bigint[])
on conflict (bot_id) do update set last_seq = excluded.last_seq;

-- name: SpoolOffsets :many
select run_id, stream, bot_id, committed, head_seq, level from spool_offsets;

-- name: SpoolOffsetsOf :many
select run_id, stream, bot_id, committed, head_seq, level from spool_offsets where run_id = any(@runs::uuid[]);

-- name: UpsertSpoolOffsets :exec
insert into spool_offsets (run_id, stream, bot_id, committed, head_seq, level)
select unnest(@runs::uuid[]), unnest(@streams::smallint[]), unnest(@bots::uuid[]), unnest(@committed::bigint[]),
    unnest(@head_seqs::bigint[]), unnest(@levels::smallint[])
on conflict (run_id, stream) do update
set committed = excluded.committed, head_seq = excluded.head_seq, level = excluded.level, updated_at = now();

-- name: DeleteSpoolOffsets :exec
delete from spool_offsets where run_id = any(@runs::uuid[]);

-- name: KnownBots :many
select id from bots;

-- name: LogPageForward :many
select seq, at, run_id, stream, level, head_seq, truncated, message
from log_lines
where bot_id = @bot_id and seq > @after_seq and seq < @before_seq
order by seq
limit @max_rows;

-- name: LogPageBackward :many
select seq, at, run_id, stream, level, head_seq, truncated, message
from log_lines
where bot_id = @bot_id and seq > @after_seq and seq < @before_seq
order by seq desc
limit @max_rows;

-- name: LogBounds :one
-- The first and last stored seq; 0 when nothing is stored.
select coalesce((select l.seq from log_lines l where l.bot_id = @bot_id order by l.seq limit 1), 0)::bigint as first_seq,
       coalesce((select l.seq from log_lines l where l.bot_id = @bot_id order by l.seq desc limit 1), 0)::bigint as last_seq;

-- name: DeleteLogLines :exec
delete from log_lines where bot_id = @bot_id and seq < @before_seq;

-- name: DeleteLogHead :exec
delete from log_heads where bot_id = @bot_id;

-- name: DeleteSpoolOffsetsOfBot :exec
delete from spool_offsets where bot_id = @bot_id;

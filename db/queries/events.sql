-- name: InsertEvent :one
insert into events (at, kind, bot_id, run_id, actor, message)
values (@at, @kind, @bot_id, @run_id, @actor, @message)
returning id;

-- name: InsertEventOnce :exec
-- For writers that try again when they don't know whether a commit went through. A bot doesn't do
-- the same thing twice in one microsecond.
insert into events (at, kind, bot_id, run_id, actor, message)
select @at::timestamptz, @kind::text, @bot_id::uuid, sqlc.narg(run_id)::uuid, @actor::text, @message::text
where not exists (select 1 from events e where e.at = @at::timestamptz and e.kind = @kind::text and e.bot_id = @bot_id::uuid);

-- name: ListEvents :many
select * from events
where (sqlc.narg(bot_id)::uuid is null or bot_id = sqlc.narg(bot_id)::uuid)
  and (@before_id::bigint = 0 or id < @before_id::bigint)
  and (cardinality(@kinds::text[]) = 0 or kind = any(@kinds::text[]))
order by id desc
limit @max_rows;

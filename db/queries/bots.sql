-- name: ListBots :many
select id, name, type, command, dir, env, tags, autostart, restart, stop, limits, start_seconds,
    ready, health, run_as, group_name, start_after, version, created_at, updated_at
from bots order by created_at, id;

-- name: InsertBot :one
insert into bots (id, name, type, command, dir, env, tags, autostart, restart, stop, limits, start_seconds,
    ready, health, run_as, group_name, start_after)
values (@id, @name, @type, @command, @dir, @env, @tags, @autostart, @restart, @stop, @limits, @start_seconds,
    @ready, @health, @run_as, @group_name, @start_after)
returning version, created_at, updated_at;

-- name: UpdateBot :one
-- No row: the bot is gone, or its version isn't what the caller has seen (0: any).
update bots set name = @name, type = @type, command = @command, dir = @dir, env = @env, tags = @tags, autostart = @autostart,
    restart = @restart, stop = @stop, limits = @limits, start_seconds = @start_seconds,
    ready = @ready, health = @health, run_as = @run_as, group_name = @group_name, start_after = @start_after,
    version = version + 1, updated_at = now()
where id = @id and (@seen::integer = 0 or version = @seen::integer)
returning version, created_at, updated_at;

-- name: BotVersion :one
select version from bots where id = @id;

-- name: DeleteBot :execrows
delete from bots where id = @id;

-- name: StartAfterNoMore :many
-- Takes a bot that goes out of what others start after.
update bots set start_after = array_remove(start_after, @gone::uuid), version = version + 1, updated_at = now()
where @gone::uuid = any(start_after)
returning id, name, type, command, dir, env, tags, autostart, restart, stop, limits, start_seconds,
    ready, health, run_as, group_name, start_after, version, created_at, updated_at;

-- name: ListBotStates :many
select id, desired, state, state_reason, state_at, restarts from bots;

-- name: SetBotState :exec
update bots set desired = @desired, state = @state, state_reason = @state_reason, state_at = @state_at, restarts = @restarts
where id = @id;

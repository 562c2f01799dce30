-- name: InsertInstall :exec
-- Safe to repeat.
insert into installs (id, bot_id, actor, commands, started_at, deadline)
values (@id, @bot_id, @actor, @commands, @started_at, @deadline)
on conflict (id) do nothing;

-- name: PruneInstalls :exec
-- Keeps the newest of a bot.
delete from installs where installs.bot_id = @bot_id and ended_at is not null and id not in (
    select i.id from installs i where i.bot_id = @bot_id order by i.started_at desc limit @keep
);

-- name: StopInstall :exec
update installs set outcome = @outcome, reason = @reason where id = @id and ended_at is null;

-- name: EndInstall :exec
update installs set ended_at = @ended_at, outcome = @outcome, reason = @reason where id = @id and ended_at is null;

-- name: ListInstalls :many
select * from installs order by bot_id, started_at;

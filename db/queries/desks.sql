-- name: DeskPins :many
select bot_id from desk_pins where user_id = @user_id order by position, bot_id;

-- name: DeskView :one
-- No row: the user has never chosen one.
select view from desk_views where user_id = @user_id;

-- name: DeskDropPins :exec
delete from desk_pins where user_id = @user_id;

-- name: DeskAddPins :exec
-- Bots that are gone by now are left out.
insert into desk_pins (user_id, bot_id, position)
select @user_id::uuid, b.id, (p.nth - 1)::integer
from unnest(@bots::uuid[]) with ordinality p(id, nth) join bots b on b.id = p.id;

-- name: DeskLock :exec
-- Two changes of one user's pins at once: the second waits until the first has committed.
select pg_advisory_xact_lock(4711011, hashtext(sqlc.arg(user_id)::text));

-- name: DeskSetView :exec
insert into desk_views (user_id, view) values (@user_id, @view)
on conflict (user_id) do update set view = excluded.view;

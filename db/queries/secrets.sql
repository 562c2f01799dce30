-- name: ListKeys :many
select id, state, proof, created_at, retired_at from encryption_keys order by created_at, id;

-- name: InsertKey :exec
insert into encryption_keys (id, state, proof) values (@id, @state, @proof);

-- name: HoldKey :one
-- Keeps a key from being retired until the transaction ends.
select id from encryption_keys where id = @id and state <> 'retired' for share;

-- name: ClaimKey :one
-- Waits for those that hold it.
select id from encryption_keys where id = @id and state <> 'retired' for update;

-- name: RetireKey :exec
update encryption_keys set state = 'retired', retired_at = now() where id = @id;

-- name: PromoteKey :exec
update encryption_keys set state = 'current' where id = @id;

-- name: ListSubkeys :many
select purpose, key_id, wrapped from encryption_subkeys;

-- name: InsertSubkey :exec
insert into encryption_subkeys (purpose, key_id, wrapped) values (@purpose, @key_id, @wrapped);

-- name: DeleteSubkeys :exec
delete from encryption_subkeys where key_id = @key_id;

-- name: ListSecrets :many
select bot_id, name, key_id, sealed, hint, updated_at from bot_secrets order by bot_id, name;

-- name: PutSecret :one
insert into bot_secrets (bot_id, name, key_id, sealed, fingerprint, hint)
values (@bot_id, @name, @key_id, @sealed, @fingerprint, @hint)
on conflict (bot_id, name) do update
set key_id = excluded.key_id, sealed = excluded.sealed, fingerprint = excluded.fingerprint, hint = excluded.hint, updated_at = now()
returning updated_at;

-- name: DeleteSecrets :exec
delete from bot_secrets where bot_id = @bot_id and name = any(@names::text[]);

-- name: SecretsUnder :many
-- Some of the secrets that are sealed under a key, locked for resealing; those that somebody else is changing come later.
select bot_id, name, sealed from bot_secrets where key_id = @key_id order by bot_id, name limit @max_rows for update skip locked;

-- name: CountSecretsUnder :one
select count(*) from bot_secrets where key_id = @key_id;

-- name: ResealSecret :exec
-- The time of the last change stays: nobody changed the value.
update bot_secrets set key_id = @key_id, sealed = @sealed where bot_id = @bot_id and name = @name;

-- name: DeleteAllSecrets :execrows
delete from bot_secrets;

-- name: DeleteAllSubkeys :exec
delete from encryption_subkeys;

-- name: DeleteAllKeys :exec
delete from encryption_keys;

-- name: AuthAnyUser :one
select exists (select 1 from users);

-- name: AuthLockFirstUser :exec
-- Two set-ups at once: the second waits here until the first has committed.
select pg_advisory_xact_lock(4711001);

-- name: AuthInsertUser :exec
insert into users (id, username, password_hash, role, created_at, updated_at)
values (@id, @username, @password_hash, @role, @moment::timestamptz, @moment::timestamptz);

-- name: AuthUserByName :one
select * from users where lower(username) = lower(@username::text);

-- name: AuthUserByID :one
select * from users where id = @id;

-- name: AuthListUsers :many
select * from users order by lower(username);

-- name: AuthSetPassword :execrows
update users set password_hash = @password_hash, updated_at = @moment::timestamptz where id = @id;

-- name: AuthSetLanguage :execrows
update users set language = @language, updated_at = @moment::timestamptz where id = @id;

-- name: AuthSessionByHash :one
select s.data, s.expires_at, s.last_seen_at, u.id as user_id, u.username, u.role, u.language
from user_sessions s join users u on u.id = s.user_id
where s.token_hash = @token_hash and s.expires_at > @moment::timestamptz;

-- name: AuthInsertSession :exec
insert into user_sessions (token_hash, user_id, data, remember, created_at, last_seen_at, expires_at, ip, user_agent)
values (@token_hash, @user_id, @data, @remember, @moment::timestamptz, @moment::timestamptz, @expires_at, @ip, @user_agent);

-- name: AuthUpdateSessionData :execrows
-- Never an upsert: a session that was ended meanwhile must not come back.
update user_sessions set data = @data where token_hash = @token_hash;

-- name: AuthTouchSession :exec
-- Without "keep me signed in" each use moves the end on, up to the latest date.
update user_sessions
set last_seen_at = @moment,
    ip = @ip,
    expires_at = case when remember then expires_at
        else least(created_at + @lifetime::interval, sqlc.arg(idle_until)::timestamptz) end
where token_hash = @token_hash;

-- name: AuthDeleteSession :exec
delete from user_sessions where token_hash = @token_hash;

-- name: AuthDeleteSessionsOf :exec
delete from user_sessions where user_id = @user_id::uuid;

-- name: AuthPruneSessions :exec
delete from user_sessions where expires_at <= @moment::timestamptz;

-- name: AuthInsertToken :exec
insert into api_tokens (id, user_id, name, token_hash, created_at, expires_at)
values (@id, @user_id, @name, @token_hash, @moment::timestamptz, @expires_at);

-- name: AuthTokenByHash :one
select t.id, t.expires_at, t.last_used_at, u.id as user_id, u.username, u.role
from api_tokens t join users u on u.id = t.user_id
where t.token_hash = @token_hash and t.revoked_at is null
  and (t.expires_at is null or t.expires_at > @moment::timestamptz);

-- name: AuthListTokens :many
select t.id, t.name, t.created_at, t.expires_at, t.last_used_at, t.revoked_at, u.username
from api_tokens t join users u on u.id = t.user_id
order by t.created_at desc;

-- name: AuthTouchToken :exec
update api_tokens set last_used_at = @moment::timestamptz where id = @id;

-- name: AuthRevokeToken :execrows
update api_tokens set revoked_at = @moment::timestamptz where id = @id and revoked_at is null;

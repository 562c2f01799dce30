-- +goose Up

create table users (
    id            uuid primary key,
    username      text        not null,
    password_hash text        not null, -- argon2id, PHC string
    role          text        not null default 'admin' check (role in ('admin')),
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now()
);
-- User names are compared without regard to case, so that "Admin" can't pose as "admin".
create unique index users_username_key on users (lower(username));

-- Sessions of browsers. The cookie's value is never stored, only its SHA-256.
create table user_sessions (
    token_hash   bytea primary key,
    user_id      uuid references users on delete cascade, -- null until login
    data         bytea       not null, -- scs' encoded values
    remember     boolean     not null default false, -- "keep me signed in": no idle time
    created_at   timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    expires_at   timestamptz not null,
    ip           text        not null default '',
    user_agent   text        not null default ''
);
create index user_sessions_expires_at on user_sessions (expires_at);
create index user_sessions_user_id on user_sessions (user_id);

create table api_tokens (
    id           uuid primary key,
    user_id      uuid        not null references users on delete cascade,
    name         text        not null,
    token_hash   bytea       not null unique, -- SHA-256 of the token
    created_at   timestamptz not null default now(),
    expires_at   timestamptz,
    last_used_at timestamptz,
    revoked_at   timestamptz
);
create index api_tokens_user_id on api_tokens (user_id);

create table bots (
    id            uuid primary key,
    name          text             not null,
    type          text             not null check (type in ('telegram_bot', 'telegram_userbot', 'discord_bot', 'generic')),
    command       text[]           not null,
    dir           text             not null,
    env           jsonb            not null,
    tags          text[]           not null,
    autostart     boolean          not null,
    restart       jsonb            not null,
    stop          jsonb            not null,
    limits        jsonb            not null,
    start_seconds double precision not null,
    version       integer          not null default 1,
    created_at    timestamptz      not null default now(),
    updated_at    timestamptz      not null default now(),
    -- What a person last asked for; null: nobody has yet, then autostart decides at start.
    desired       text check (desired in ('up', 'down')),
    -- The last state without a process, to show after a restart of Botswain.
    state         text             not null default 'stopped' check (state in ('stopped', 'crashed', 'exited')),
    state_reason  text             not null default '',
    state_at      timestamptz      not null default now(),
    -- Automatic restarts since a person last started it.
    restarts      integer          not null default 0
);
create unique index bots_name_key on bots (lower(name));

create table runs (
    id              uuid primary key,
    bot_id          uuid        not null references bots on delete cascade,
    number          integer     not null, -- 1, 2, 3 … for each bot
    bot_version     integer     not null,
    cause           text        not null check (cause in ('manual', 'autostart', 'restart', 'crash', 'resume')),
    actor           text        not null default '',
    -- Written before exec; pid and pid_start_ticks follow once the process exists.
    started_at      timestamptz not null,
    pid             integer,
    pid_start_ticks bigint,
    boot_id         text,
    running_at      timestamptz, -- when it counted as up
    ended_at        timestamptz,
    exit_code       integer,     -- null: by signal, or not known
    exit_signal     text        not null default '',
    end_reason      text        not null default '',
    leftovers       integer     not null default 0,
    unique (bot_id, number)
);
create index runs_bot_started on runs (bot_id, started_at desc);
create index runs_open on runs (bot_id) where ended_at is null;

create table events (
    id      bigint generated always as identity primary key,
    at      timestamptz not null default now(),
    kind    text        not null,
    bot_id  uuid references bots on delete set null,
    run_id  uuid,
    actor   text        not null default '',
    message text        not null
);
create index events_at on events (at desc);
create index events_bot on events (bot_id, id desc);

-- How far each spool file has been stored. Written in the transaction that stores the lines, so
-- a line is stored exactly once. A row outlives its file (removed first) and is cleaned later.
create table spool_offsets (
    run_id     uuid        not null,
    stream     smallint    not null,
    bot_id     uuid        not null,
    committed  bigint      not null, -- bytes from the start of the file
    -- When the last stored piece goes on in the next: the first piece's seq and level; otherwise 0.
    head_seq   bigint      not null default 0,
    level      smallint    not null default 0,
    updated_at timestamptz not null default now(),
    primary key (run_id, stream)
);

-- The last seq given out for each bot; retention may have dropped the line itself.
create table log_heads (
    bot_id   uuid primary key,
    last_seq bigint not null
);

-- Partitions by day are made and dropped at run time.
create table log_lines (
    bot_id    uuid        not null,
    seq       bigint      not null,
    at        timestamptz not null,
    run_id    uuid        not null,
    stream    smallint    not null,
    level     smallint    not null,
    head_seq  bigint      not null,
    truncated boolean     not null,
    message   text        not null,
    primary key (bot_id, seq, at)
) partition by range (at);

-- +goose Down
drop table log_lines;
drop table log_heads;
drop table spool_offsets;
drop table events;
drop table runs;
drop table bots;
drop table api_tokens;
drop table user_sessions;
drop table users;

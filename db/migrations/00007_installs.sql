-- +goose Up

-- Installations of what bots need to run. Their output is in the bot's log, under their id.
create table installs (
    id         uuid        primary key, -- as a run's: its process carries it
    bot_id     uuid        not null references bots on delete cascade,
    actor      text        not null default '',
    commands   text        not null, -- as a person would type them
    -- Written before exec.
    started_at timestamptz not null,
    deadline   timestamptz not null,
    ended_at   timestamptz,
    -- Empty while it is under way; cancelled and overdue also while it is being stopped.
    outcome    text        not null default '' check (outcome in ('', 'installed', 'failed', 'cancelled', 'overdue', 'unknown')),
    reason     text        not null default ''
);
create index installs_bot on installs (bot_id, started_at);

-- +goose Down
drop table installs;

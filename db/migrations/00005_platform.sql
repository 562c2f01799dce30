-- +goose Up

-- What the platform said last about each bot, so that it shows after a restart and while the platform is away.
create table platform_facts (
    bot_id   uuid        primary key references bots on delete cascade,
    token    bytea       not null, -- keyed fingerprint of the token that was asked with
    asked_at timestamptz not null,
    report   jsonb       not null  -- app/platform's Report; holds no secret
);

-- +goose Down
drop table platform_facts;

-- +goose Up

-- The installation's keys by their ids; the keys themselves are never here. Each proves by proof, a
-- known text sealed under it, that it is the right one.
create table encryption_keys (
    id         text primary key,
    state      text        not null check (state in ('current', 'next', 'retired')),
    proof      bytea       not null,
    created_at timestamptz not null default now(),
    retired_at timestamptz -- replaced by a rotation; its proof stays, so that an old key is recognised
);
-- One key is current; a second one only while a rotation goes on.
create unique index encryption_keys_one on encryption_keys (state) where state <> 'retired';

-- Keys that outlive a rotation (of fingerprints, of run tokens), wrapped under the installation's.
create table encryption_subkeys (
    purpose text  not null,
    key_id  text  not null references encryption_keys,
    wrapped bytea not null,
    primary key (purpose, key_id)
);

-- What bots are given in their environment and nobody else sees.
create table bot_secrets (
    bot_id      uuid        not null references bots on delete cascade,
    name        text        not null,
    key_id      text        not null references encryption_keys,
    sealed      bytea       not null, -- nonce and XChaCha20-Poly1305 ciphertext, bound to bot, name and key
    fingerprint bytea       not null, -- HMAC-SHA256 of the value: equal values can be told without reading them
    hint        text        not null, -- the last four characters; '' when the value is too short to show any
    updated_at  timestamptz not null default now(),
    primary key (bot_id, name)
);
create index bot_secrets_key_id on bot_secrets (key_id);
create index bot_secrets_fingerprint on bot_secrets (fingerprint);

-- +goose Down
drop table bot_secrets;
drop table encryption_subkeys;
drop table encryption_keys;

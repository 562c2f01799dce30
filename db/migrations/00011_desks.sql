-- +goose Up

-- What a user keeps of the dashboard: the bots at its top, in the user's own order, and how the rest is listed.
create table desk_pins (
    user_id  uuid    not null references users on delete cascade,
    bot_id   uuid    not null references bots on delete cascade,
    position integer not null, -- from 0, without gaps
    primary key (user_id, bot_id)
);
create table desk_views (
    user_id uuid primary key references users on delete cascade,
    view    text not null check (view in ('cards', 'table'))
);

-- +goose Down
drop table desk_views;
drop table desk_pins;

-- +goose Up

-- What bots report of themselves, by the hour: gauges are samples, counters are increments.
create table report_hours (
    bot_id  uuid             not null references bots on delete cascade,
    hour    timestamptz      not null, -- its beginning, in UTC
    kind    text             not null check (kind in ('gauge', 'counter')),
    name    text             not null,
    n       bigint           not null, -- reports
    sum     double precision not null,
    min     double precision not null,
    max     double precision not null,
    last    double precision not null,
    last_at timestamptz      not null,
    primary key (bot_id, hour, kind, name)
);
create index report_hours_hour on report_hours (hour);

-- +goose Down
drop table report_hours;

-- +goose Up

-- What bots used, in steps that grow with age: see app/stats/history. A tier is the length of its
-- steps in seconds. Null: not known. Rates are in bytes a second, CPU in percent of one core.
create table bot_rollups (
    tier         smallint    not null,
    bot_id       uuid        not null, -- without a reference: a bot that goes must not fail the others' rows
    at           timestamptz not null, -- where the step begins; steps are aligned to 1970
    n            integer     not null, -- samples
    cpu_min      real,
    cpu_mean     real,
    cpu_max      real,
    rss_min      real,
    rss_mean     real,
    rss_max      real,
    threads_min  real,
    threads_mean real,
    threads_max  real,
    files_min    real,
    files_mean   real,
    files_max    real,
    read_min     real,
    read_mean    real,
    read_max     real,
    write_min    real,
    write_mean   real,
    write_max    real,
    primary key (tier, bot_id, at)
) partition by list (tier);

-- The same of the machine. What there is to measure differs, so a row has lists: series[i] has the
-- least value low[i], the mean mean[i] and the largest high[i] of samples[i] samples.
create table host_series (
    id   integer generated always as identity primary key,
    name text not null unique
);
create table host_rollups (
    tier    smallint    not null,
    at      timestamptz not null,
    series  integer[]   not null,
    low     real[]      not null,
    mean    real[]      not null,
    high    real[]      not null,
    samples integer[]   not null,
    primary key (tier, at)
) partition by list (tier);

-- Each tier has tables of its own, so that cleaning up the busiest doesn't read the others.
-- +goose StatementBegin
do $$
declare tier integer;
begin
    foreach tier in array array[10, 60, 900, 7200] loop
        execute format('create table bot_rollups_%s partition of bot_rollups for values in (%s)', tier, tier);
        execute format('create table host_rollups_%s partition of host_rollups for values in (%s)', tier, tier);
    end loop;
end $$;
-- +goose StatementEnd

-- Gauges that bots report, by the minute; report_hours has them by the hour.
create table report_minutes (
    bot_id uuid             not null references bots on delete cascade,
    minute timestamptz      not null, -- its beginning
    name   text             not null,
    n      integer          not null,
    sum    double precision not null,
    min    double precision not null,
    max    double precision not null,
    primary key (bot_id, name, minute)
);

-- +goose Down
drop table report_minutes;
drop table host_rollups;
drop table host_series;
drop table bot_rollups;

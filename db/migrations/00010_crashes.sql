-- +goose Up

-- How a run ended, in one word (bot.Outcome); empty while it goes on. peak_rss is in bytes, of the whole
-- tree; peak_cpu in percent of one core; null: it wasn't measured.
alter table runs
    add column outcome  text   not null default '' check (outcome in ('', 'stopped', 'restarted', 'exited', 'crashed', 'unseen', 'interrupted')),
    add column peak_rss bigint,
    add column peak_cpu real,
    -- When its last lines were kept; null: they weren't (yet).
    add column kept_at  timestamptz,
    -- What it printed last that says why, and the same without what differs from time to time.
    add column headline    text not null default '',
    add column fingerprint text not null default '';

-- What ended before this was told apart has only its words to go by. What somebody asked for comes first:
-- who is told to stop usually ends with exit code 0, or by a signal.
update runs set outcome = case
        when end_reason like 'stopped%' or end_reason like 'put off%' or end_reason like 'not started again:%' then 'stopped'
        when end_reason like 'restarted%' then 'restarted'
        when end_reason like 'killed by %' and end_reason <> 'killed by ' || exit_signal then 'stopped' -- by a person
        when end_reason in ('ended by a restart of the machine', 'Botswain ended before it was started') then 'interrupted'
        when exit_code is null and exit_signal = '' and end_reason = 'ended while Botswain was away' then 'unseen'
        when exit_code = 0 and end_reason = 'exit code 0' then 'exited' -- with other words it failed a check, or ran out of memory
        else 'crashed'
    end
where ended_at is not null;

-- Looking in the log for what old ends said would read all that their bots have printed since. kept_at =
-- ended_at: nobody has looked.
update runs r set kept_at = r.ended_at
from (select id, row_number() over (partition by bot_id order by number desc) as place from runs where outcome in ('crashed', 'unseen')) x
where x.id = r.id and (x.place > 20 or r.ended_at < now() - interval '1 day');

create index runs_abnormal on runs (bot_id, number) where outcome in ('crashed', 'unseen');
create index runs_unkept on runs (ended_at, id) where kept_at is null and outcome in ('crashed', 'unseen');

-- The last lines of runs that ended abnormally, as log_lines has them: they outlive its partitions.
create table crash_lines (
    run_id    uuid        not null references runs on delete cascade,
    seq       bigint      not null,
    at        timestamptz not null,
    stream    smallint    not null,
    level     smallint    not null,
    truncated boolean     not null, -- here, or where it was stored
    message   text        not null,
    primary key (run_id, seq)
);

-- +goose Down
drop table crash_lines;
drop index runs_unkept;
drop index runs_abnormal;
alter table runs
    drop column outcome,
    drop column peak_rss,
    drop column peak_cpu,
    drop column kept_at,
    drop column headline,
    drop column fingerprint;

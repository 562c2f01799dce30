-- +goose Up

-- What a definition leaves out of a jsonb column is its default.
alter table bots
    add column ready       jsonb  not null default '{}',
    add column health      jsonb  not null default '{}',
    add column run_as      text   not null default '',
    add column group_name  text   not null default '',
    add column start_after uuid[] not null default '{}'; -- other bots

alter table runs
    add column previous_end text not null default '', -- why the run before ended, in words
    drop constraint runs_cause_check,
    add constraint runs_cause_check check (cause in ('manual', 'autostart', 'restart', 'crash', 'resume',
        'schedule', 'memory', 'health', 'reboot', 'upgrade', 'dependency', 'oom'));

-- +goose Down
update runs set cause = case
        when cause in ('health', 'oom') then 'crash'
        when cause in ('reboot', 'upgrade') then 'resume'
        when cause = 'dependency' then 'autostart'
        else 'restart'
    end
where cause in ('schedule', 'memory', 'health', 'reboot', 'upgrade', 'dependency', 'oom');
alter table runs
    drop column previous_end,
    drop constraint runs_cause_check,
    add constraint runs_cause_check check (cause in ('manual', 'autostart', 'restart', 'crash', 'resume'));
alter table bots
    drop column ready,
    drop column health,
    drop column run_as,
    drop column group_name,
    drop column start_after;

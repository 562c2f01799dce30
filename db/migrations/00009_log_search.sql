-- +goose Up

-- For reading the logs of all bots by time. Lines are stored in the order of their reading, so one entry
-- for each few pages is enough and costs storing next to nothing.
create index log_lines_at on log_lines using brin (at) with (pages_per_range = 16, autosummarize = on);

-- Warnings and worse are few and what people look for in a long history.
create index log_lines_bad on log_lines (bot_id, seq) where level >= 4;

-- +goose Down
drop index log_lines_bad;
drop index log_lines_at;

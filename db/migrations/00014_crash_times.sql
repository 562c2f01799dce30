-- +goose Up
-- The crashes of all bots within a day, for the first page: few among many runs.
create index runs_abnormal_ended on runs (ended_at) where outcome in ('crashed', 'unseen');

-- +goose Down
drop index runs_abnormal_ended;

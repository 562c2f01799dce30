-- +goose Up

-- Why a run ended or couldn't begin, where that was recognised, in the words of that time:
-- {id, title, explanation, remedy, fatal}. Null: not recognised.
alter table runs add column end_cause jsonb;

-- +goose Down
alter table runs drop column end_cause;

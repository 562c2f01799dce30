-- +goose Up
-- Stops of bots that had no process and waited for their restart: from then on nobody wanted them up, which their
-- uptime needs to know. (The stop of a process is in its run.)
create index events_given_up on events (bot_id, at) where kind = 'bot.stopped' and run_id is null;

-- +goose Down
drop index events_given_up;

-- name: PutPlatformFacts :execrows
-- Answers may overtake each other: the newer one stays. A bot that was deleted meanwhile gets none.
insert into platform_facts as p (bot_id, token, asked_at, report)
select b.id, @token, @asked_at, @report from bots b where b.id = @bot_id
on conflict (bot_id) do update set token = excluded.token, asked_at = excluded.asked_at, report = excluded.report
where p.asked_at <= excluded.asked_at;

-- name: AllPlatformFacts :many
select bot_id, token, asked_at, report from platform_facts;

-- name: DropOldRuns :execrows
-- Runs of a bot that are too many or too old. The newest stays, from which numbers go on.
delete from runs where id in (
    select r.id from runs r, (select max(x.number) as number from runs x where x.bot_id = @bot_id) newest
    where r.bot_id = @bot_id and r.number < newest.number and r.ended_at is not null
      and (r.number <= newest.number - @keep::integer or r.ended_at < @before::timestamptz)
    order by r.number
    limit @max_rows);

-- name: DropOldEvents :execrows
delete from events where id in (select e.id from events e where e.at < @before::timestamptz order by e.at limit @max_rows);

-- name: DropSurplusEvents :execrows
-- Events of a bot behind so many newer ones.
delete from events where id in (
    select e.id from events e
    where e.bot_id = @bot_id and e.id <= (select x.id from events x where x.bot_id = @bot_id order by x.id desc offset @keep limit 1)
    order by e.id
    limit @max_rows);

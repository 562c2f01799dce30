-- +goose Up
-- The language in which somebody wants the pages, as a BCP 47 tag; empty: what their browser asks for.
alter table users add column language text not null default '';

-- +goose Down
alter table users drop column language;

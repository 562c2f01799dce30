package faults

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/e2e/faults/script"
)

// rules are queries that give a word on each thing that must not be.
var rules = []struct{ what, sql string }{
	{"two runs of a bot are open", `select bot_id::text from runs where ended_at is null group by bot_id having count(*) > 1`},
	{"a run's number is missing or double", `select bot_id::text from runs group by bot_id having count(*) <> max(number) or count(distinct number) <> count(*)`},
	{"a run ended before it began", `select id::text from runs where ended_at < started_at - interval '50 ms'`},
	{"a run ended by code and by signal", `select id::text from runs where exit_code is not null and exit_signal <> ''`},
	{"a run that isn't over has an exit", `select id::text from runs where ended_at is null and (exit_code is not null or exit_signal <> '')`},
	{"an end has no reason", `select id::text from runs where ended_at is not null and end_reason = ''`},
	{"an offset belongs to no run", `select run_id::text from spool_offsets o where not exists (select from runs r where r.id = o.run_id)`},
	{"a head isn't that of the last line", `select h.bot_id::text || ' ' || h.last_seq from log_heads h
		where h.last_seq <> (select l.seq from log_lines l where l.bot_id = h.bot_id order by l.seq desc limit 1)`},
}

// checkRuns compares runs with each other, with what lives, and with what the bots themselves say.
func (v *voyage) checkRuns() error {
	ctx := v.t.Context()
	for _, r := range rules {
		found, err := v.texts(ctx, r.sql)
		if err != nil {
			return err
		}
		if len(found) > 0 {
			return fmt.Errorf("%s: %v", r.what, found)
		}
	}
	known, err := v.texts(ctx, "select id::text from runs")
	if err != nil {
		return err
	}
	rows := map[string]bool{}
	for _, id := range known {
		rows[id] = true
	}
	var book script.Logbook
	if err := book.Open(v.ledgers()); err != nil {
		return stop(err)
	}
	for run, id := range book.Runs {
		if !rows[run] && v.aboard(id) {
			return fmt.Errorf("run %s has lived, and the database doesn't know it", run)
		}
	}
	return nil
}

// checkOpen waits until the runs that were open and didn't live when it was first called are closed,
// and sees that those that live are open.
func (v *voyage) checkOpen() func() error {
	const open = "select id::text from runs where ended_at is null"
	var ghosts map[string]bool
	return func() error {
		before, err := v.set(open)
		if err != nil {
			return err
		}
		trees := v.trees()
		now, err := v.set(open)
		if err != nil {
			return err
		}
		lives := map[string]bool{}
		for _, h := range v.crew {
			for run := range trees[h.id] {
				lives[run] = true
				if !before[run] && !now[run] {
					return fmt.Errorf("run %s of %s lives and isn't open", run, h.name)
				}
			}
		}
		if ghosts == nil { // a run is open before its process is there, and until its end is told
			ghosts = map[string]bool{}
			for run := range now {
				ghosts[run] = !lives[run]
			}
		}
		for run, ghost := range ghosts {
			if ghost && now[run] && !lives[run] {
				return fmt.Errorf("run %s is open and doesn't live", run)
			}
		}
		return nil
	}
}

func (v *voyage) set(sql string) (map[string]bool, error) {
	all, err := v.texts(v.t.Context(), sql)
	set := map[string]bool{}
	for _, text := range all {
		set[text] = true
	}
	return set, err
}

func (s *ship) texts(ctx context.Context, sql string, args ...any) ([]string, error) {
	rows, err := s.db.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, rows.Err()
}

// spools lists the folders of runs.
func (s *ship) spools() map[string]bool {
	all := map[string]bool{}
	dirs, _ := filepath.Glob(filepath.Join(s.spool(), "*", "*"))
	for _, d := range dirs {
		if uuid.Validate(filepath.Base(d)) == nil {
			all[filepath.Base(d)] = true
		}
	}
	return all
}

// checkSpools waits until the folders of runs that were over are gone.
func (v *voyage) checkSpools() func() error {
	var had map[string]bool
	return func() error {
		open, err := v.texts(v.t.Context(), "select id::text from runs where ended_at is null")
		if err != nil {
			return err
		}
		if had == nil {
			had = v.spools()
		}
		for _, run := range open { // each time: the row of a restart comes a moment after its process
			delete(had, run)
		}
		now := v.spools()
		for run := range had {
			if now[run] {
				return fmt.Errorf("the spool of run %s is left", run)
			}
		}
		return nil
	}
}

// checkLeft: of a deleted bot there is no process, row, line or spool any more.
func (v *voyage) checkLeft() error {
	trees := v.trees()
	for _, h := range v.left {
		if tree := trees[h.id]; len(tree) > 0 {
			return fmt.Errorf("%s was deleted, and lives: %+v", h.name, tree)
		}
		for _, table := range []string{"runs", "log_lines", "log_heads", "spool_offsets"} {
			rows, err := v.texts(v.t.Context(), "select bot_id::text from "+table+" where bot_id = $1 limit 1", h.id)
			if err != nil {
				return err
			}
			if len(rows) > 0 {
				return fmt.Errorf("%s was deleted, and has rows in %s", h.name, table)
			}
		}
		if dirs, _ := filepath.Glob(filepath.Join(v.spool(), h.id)); len(dirs) > 0 {
			return fmt.Errorf("%s was deleted, and has a spool", h.name)
		}
	}
	for _, h := range v.left {
		script.Forget(v.ledgers(), h.id)
	}
	v.left = nil
	return nil
}

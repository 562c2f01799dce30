package web

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/logs"
	"github.com/botswain/botswain/views/logview"
)

// inputTime is how inputs of type datetime-local write a time; the seconds may be missing.
const inputTime = "2006-01-02T15:04:05"

// logQuery is what an address asks of a log: as it is shown again, and ready to be asked.
type logQuery struct {
	view logview.Query
	pick *logs.Matcher
	// only is the bot that is picked on the page of all bots.
	only *bot.ID
}

// logQueryOf reads the filter of an address. id is the bot whose log it is; nil: all bots. An error is
// one that may be shown; the query then still has what was typed.
func (p *pages) logQueryOf(ctx context.Context, v url.Values, id *bot.ID) (logQuery, error) {
	q := logQuery{pick: &logs.Matcher{}}
	q.view = logview.Query{
		Text: v.Get("q"), Regexp: v.Get("re") == "1", Case: v.Get("case") == "1", Stream: v.Get("stream"), Run: v.Get("run"),
		Since: v.Get("since"), From: v.Get("from"), To: v.Get("to"), Bot: v.Get("bot"),
	}
	for _, l := range logview.LevelNames() {
		if slices.Contains(v["level"], l) {
			q.view.Levels = append(q.view.Levels, l)
		}
	}
	if len(q.view.Levels) == len(logview.LevelNames()) {
		q.view.Levels = nil
	}
	f := logs.Filter{
		Text: q.view.Text, Regexp: q.view.Regexp, Case: q.view.Case,
		Levels: levelSet(q.view.Levels), Stream: logs.StreamNamed(q.view.Stream),
	}
	if err := q.times(&f, time.Now()); err != nil {
		return q, err
	}
	if id != nil {
		q.view.Bot = ""
		if err := p.pickRun(ctx, *id, q.view.Run, &f); err != nil {
			return q, err
		}
	} else if q.view.Run = ""; q.view.Bot != "" {
		only, err := uuid.Parse(q.view.Bot)
		if err != nil {
			return q, fault.New(fault.Invalid, "There is no such bot.")
		}
		q.only = &only
	}
	pick, err := f.Compile()
	if err != nil {
		return q, err
	}
	q.pick = pick
	return q, nil
}

func levelSet(names []string) logs.Levels {
	var set logs.Levels
	for _, n := range names {
		switch n {
		case "error":
			set |= logs.LevelSet(logs.Error, logs.Fatal)
		case "warn":
			set |= logs.LevelSet(logs.Warn)
		case "info":
			set |= logs.LevelSet(logs.Info)
		case "debug":
			set |= logs.LevelSet(logs.Debug, logs.Trace)
		case "none":
			set |= logs.LevelSet(logs.Unknown)
		}
	}
	return set
}

// times reads since, from and to. Where both since and from are given, the later counts.
func (q *logQuery) times(f *logs.Filter, now time.Time) error {
	var err error
	if f.From, err = timeParam(q.view.From); err != nil {
		return err
	}
	if f.To, err = timeParam(q.view.To); err != nil {
		return err
	}
	if q.view.Since == "" {
		return nil
	}
	d, err := time.ParseDuration(q.view.Since)
	if err != nil || d <= 0 {
		return fault.New(fault.Invalid, "The time of the filter makes no sense. Choose another.")
	}
	if from := now.Add(-d); from.After(f.From) {
		f.From = from
	}
	return nil
}

// timeParam reads a time as inputs write it, in our zone, or with a zone of its own (RFC 3339). Zero when
// there is none.
func timeParam(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t, nil
	}
	full := s
	if len(s) == len("2006-01-02T15:04") {
		full += ":00"
	}
	if len(s) == len("2006-01-02") {
		full += "T00:00:00"
	}
	t, err := time.ParseInLocation(inputTime, full, time.Local)
	if err != nil || t.Year() < 2000 || t.Year() > 9999 {
		return time.Time{}, fault.New(fault.Invalid, "This is no time: write it as 2026-11-26T17:41.")
	}
	return t, nil
}

// pickRun looks up a run by its number or id. No line of it is older than its start.
func (p *pages) pickRun(ctx context.Context, id bot.ID, run string, f *logs.Filter) error {
	if run == "" {
		return nil
	}
	if runID, err := uuid.Parse(run); err == nil {
		f.Run = &runID
		return nil
	}
	n, err := strconv.Atoi(strings.TrimPrefix(run, "#"))
	if err != nil || n <= 0 {
		return fault.New(fault.Invalid, "There is no run %q.", run)
	}
	runs, err := p.crew.Runs(ctx, id, n+1, 1)
	if err != nil {
		return err
	}
	if len(runs) == 0 || runs[0].Number != n {
		return fault.New(fault.Invalid, "There is no run #%d.", n)
	}
	f.Run = &runs[0].ID
	if start := runs[0].StartedAt.Add(-logs.ClockSlack); f.From.Before(start) {
		f.From = start
	}
	return nil
}

// placeOf reads a place in a log: a seq, or with all bots a time, a bot and a seq.
func placeOf(s string, all bool) (*logs.Place, bool) {
	if !all {
		seq, err := strconv.ParseInt(s, 10, 64)
		return &logs.Place{Seq: seq}, err == nil && seq >= 0
	}
	place, ok := logs.ParsePlace(s)
	return &place, ok
}

func placeWord(p logs.Place, all bool) string {
	if all {
		return p.String()
	}
	return strconv.FormatInt(p.Seq, 10)
}

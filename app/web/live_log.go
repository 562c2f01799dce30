package web

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/logs"
	"github.com/botswain/botswain/views/logview"
)

const (
	pageLines  = 200       // how many lines a page shows at first
	batchLines = 500       // lines of one live message, and of one step into the history
	batchBytes = 256 << 10 // text of one live message
	// maxBehind is how many lines a follower may be late; beyond it skips to the newest, with a gap
	// that can be loaded.
	maxBehind = 5000
)

// logReader is what pages read of logs.
type logReader interface {
	Page(context.Context, logs.Query) (logs.Page, error)
	Recent(id bot.ID, afterSeq int64, most int) (lines []logs.Line, ok bool)
	LastSeq(bot.ID) int64
}

// follower reads one bot's log for one page, always on from the last line it gave.
type follower struct {
	logs  logReader
	bot   bot.ID
	after int64
}

// next gives the lines that came since the last call, at most a batch; more tells that there are
// further ones. No lines and no error: nothing new.
func (f *follower) next(ctx context.Context) (p logview.Lines, more bool, err error) {
	p.Bot = f.bot
	last := f.logs.LastSeq(f.bot)
	from := f.after
	if behind := last - from; behind > maxBehind {
		from = last - batchLines
		p.Before = logview.Before{From: f.after + 1, To: from, Skipped: true}
	}
	lines, err := f.read(ctx, from)
	if err != nil || len(lines) == 0 {
		return logview.Lines{}, false, err
	}
	if first := lines[0].Seq; first > from+1 && p.Before.Count() == 0 && from > 0 {
		// What was between has been dropped by retention: say so rather than join the ends.
		p.Before = logview.Before{From: from + 1, To: first - 1, Skipped: true}
	}
	p.Lines = showLines(lines)
	f.after = lines[len(lines)-1].Seq
	return p, f.after < last, nil
}

// read gives at most a batch of the lines after seq.
func (f *follower) read(ctx context.Context, after int64) ([]logs.Line, error) {
	lines, ok := f.logs.Recent(f.bot, after, batchLines)
	if !ok {
		page, err := f.logs.Page(ctx, logs.Query{Bot: f.bot, AfterSeq: &after, Limit: batchLines})
		if err != nil {
			return nil, fmt.Errorf("read log of %s: %w", f.bot, err)
		}
		lines = page.Lines
	}
	bytes := 0
	for i, l := range lines {
		if bytes += len(l.Message); bytes > batchBytes && i > 0 {
			return lines[:i], nil
		}
	}
	return lines, nil
}

// part draws a batch for the page. Followers that are at the same line share the drawing.
func (f *follower) part(p logview.Lines) part {
	first, last := p.Lines[0].Seq, p.Lines[len(p.Lines)-1].Seq
	rev := fmt.Sprintf("%d-%d-%d", p.Before.From, first, last)
	return part{
		target: "log-lines", swap: "beforeend", rev: rev,
		key: "log-" + f.bot.String(), draw: func(context.Context) (templ.Component, error) { return logview.Part(p), nil },
	}
}

// newest reads the end of a log as pages show it first: from memory when it is there, so that a log
// can be looked at while the database is away. after is the seq that live lines go on from.
func newest(ctx context.Context, r logReader, id bot.ID) (p logview.Lines, after int64, err error) {
	last := r.LastSeq(id)
	lines, ok := r.Recent(id, max(0, last-pageLines), pageLines)
	if !ok || len(lines) == 0 {
		return older(ctx, r, id, 0, 0, pageLines)
	}
	p = logview.Lines{Bot: id, Lines: showLines(lines), Before: logview.Before{From: 1, To: lines[0].Seq - 1}}
	return p, lines[len(lines)-1].Seq, nil
}

// older reads the lines right before seq (0: the newest), but none up to after. It tells what is
// still above them, and the seq of the last line.
func older(ctx context.Context, r logReader, id bot.ID, before, after int64, limit int) (logview.Lines, int64, error) {
	q := logs.Query{Bot: id, Limit: limit}
	if before > 0 {
		q.BeforeSeq = &before
	}
	page, err := r.Page(ctx, q)
	if err != nil {
		return logview.Lines{Bot: id}, 0, err
	}
	lines := page.Lines
	for len(lines) > 0 && lines[0].Seq <= after {
		lines = lines[1:]
	}
	p := logview.Lines{Bot: id, Lines: showLines(lines)}
	if len(lines) == 0 {
		return p, page.LastSeq, nil
	}
	from := max(after+1, page.FirstSeq)
	p.Before = logview.Before{From: from, To: lines[0].Seq - 1, Skipped: after > 0}
	return p, lines[len(lines)-1].Seq, nil
}

// showLines turns stored lines into shown ones.
func showLines(lines []logs.Line) []logview.Line {
	out := make([]logview.Line, len(lines))
	for i, l := range lines {
		level, word := levelWords(l)
		out[i] = logview.Line{
			Seq: l.Seq, At: l.At.Local(), Level: level, Word: word, Text: l.Message,
			Continued: l.HeadSeq != 0 && l.HeadSeq != l.Seq,
		}
	}
	return out
}

// levelWords gives a line's data-level and what its level column says.
func levelWords(l logs.Line) (level, word string) {
	if l.Stream == logs.System && strings.HasPrefix(l.Message, "> ") { // typed by a person
		return "input", "input"
	}
	if l.Stream == logs.System {
		return "system", "bosun"
	}
	switch l.Level {
	case logs.Trace:
		return "debug", "trace"
	case logs.Debug:
		return "debug", "debug"
	case logs.Info:
		return "info", "info"
	case logs.Warn:
		return "warn", "warn"
	case logs.Error:
		return "error", "error"
	case logs.Fatal:
		return "fatal", "fatal"
	}
	if l.Stream == logs.Stderr {
		return "", "err"
	}
	return "", "out"
}

// seqParam reads a seq from a query; 0 when there is none or it is no number.
func seqParam(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// zone names the time zone of shown times.
func zone(now time.Time) string { return logview.ZoneName(now.Local()) }

package web

import (
	"context"
	"strings"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/logs"
	"github.com/botswain/botswain/views/logview"
)

// folds finds the stack traces among the lines of a log that are drawn one after the other.
type folds struct {
	trace  logs.StackTrace
	bot    bot.ID
	run    bot.RunID
	stream logs.Stream
	seq    int64
}

// joins says whether a line belongs to the trace above it, right above and from the same stream.
func (f *folds) joins(l *logs.Found) bool {
	follows := l.Bot == f.bot && l.Run == f.run && l.Stream == f.stream && l.Seq == f.seq+1
	if !follows && f.seq > 0 {
		f.trace = logs.StackTrace{}
	}
	first := f.seq == 0
	f.bot, f.run, f.stream, f.seq = l.Bot, l.Run, l.Stream, l.Seq
	if l.HeadSeq != 0 && l.HeadSeq != l.Seq {
		return false // a piece of a long line
	}
	joins := f.trace.Next(l.Message, l.Level, l.At)
	return joins && (follows || first)
}

// show turns found lines into shown ones. name gives the names of bots; nil: they aren't shown.
func (f *folds) show(lines []logs.Found, name func(bot.ID) string) []logview.Line {
	out := make([]logview.Line, len(lines))
	for i := range lines {
		l := &lines[i]
		level, word := levelWords(l.Line)
		out[i] = logview.Line{
			Seq: l.Seq, At: l.At.Local(), Level: level, Word: word, Text: l.Message,
			Continued: l.HeadSeq != 0 && l.HeadSeq != l.Seq, Joins: f.joins(l),
		}
		if name != nil {
			out[i].Bot, out[i].Name = l.Bot, name(l.Bot)
		}
	}
	return out
}

// mayJoin says whether a line could be part of a trace that began before it, so that it is worth while to
// look at what was before.
func mayJoin(l *logs.Line) bool {
	m := l.Message
	return l.Stream != logs.System && (m == "" || m[0] == ' ' || m[0] == '\t' || m[0] == '}' || m[0] == 0x1b || strings.HasPrefix(m, "Caused by") ||
		strings.HasPrefix(m, "Traceback") || strings.HasPrefix(m, "goroutine ") || strings.HasSuffix(m, ")"))
}

// of makes found lines of one bot's lines.
func of(id bot.ID, lines []logs.Line) []logs.Found {
	out := make([]logs.Found, len(lines))
	for i, l := range lines {
		out[i] = logs.Found{Bot: id, Line: l}
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

// lookBack is how many lines before a part of a log are looked at for the beginning of a trace.
const lookBack = 60

// shown draws found lines: with folds, and with names where they are of several bots.
func (p *pages) shown(ctx context.Context, s *logScope, found []logs.Found) []logview.Line {
	f := p.foldsBefore(ctx, s, found)
	if !s.all() {
		return f.show(found, nil)
	}
	return f.show(found, p.muster(ctx).name)
}

// foldsBefore looks at what was before the first line, when that may be part of a trace.
func (p *pages) foldsBefore(ctx context.Context, s *logScope, found []logs.Found) folds {
	f := folds{}
	if len(found) == 0 || s.all() || !s.pick.All() || found[0].Seq == 1 || !mayJoin(&found[0].Line) {
		return f
	}
	first := found[0].Seq
	before, ok := p.logs.Recent(found[0].Bot, max(0, first-lookBack), lookBack)
	if !ok {
		page, err := p.logs.Page(ctx, logs.Query{Bot: found[0].Bot, BeforeSeq: &first, Limit: lookBack})
		if err != nil {
			return f // it is folded as it looks
		}
		before = page.Lines
	}
	for i := range before {
		if before[i].Seq < first {
			f.joins(&logs.Found{Bot: found[0].Bot, Line: before[i]})
		}
	}
	return f
}

package web

import (
	"context"

	"github.com/botswain/botswain/app/logs"
	"github.com/botswain/botswain/app/runs"
	"github.com/botswain/botswain/views/botpage"
)

// output reads a page of what a run printed: the lines before a seq, those after one, or its end.
func (p *pages) output(ctx context.Context, r botpage.Run, before, after int64) botpage.Output {
	o := botpage.Output{Run: r, Live: r.EndedAt == nil && before == 0 && after == 0, Zone: zone(now())}
	// One more than is shown tells whether there is more.
	// No line of it is older than its start; lines may be read, and so be dated, long after its end.
	q := logs.Query{Bot: r.Bot, Run: &r.ID, From: r.StartedAt.Add(-logs.ClockSlack), Limit: outputLines + 1, Settled: true}
	switch {
	case before > 0:
		q.BeforeSeq = &before
	case after > 0:
		q.AfterSeq = &after
	}
	page, err := p.logs.Page(ctx, q)
	if err != nil {
		p.web.log.Warn("output of a run not read", "run", r.ID, "error", err)
		o.Away = partAway
		return o
	}
	lines, more := page.Lines, len(page.Lines) > outputLines
	switch {
	case more && after > 0:
		lines = lines[:outputLines]
		o.Newer = lines[outputLines-1].Seq
	case more:
		lines = lines[1:]
		o.Older = lines[0].Seq
	}
	if len(lines) > 0 && before > 0 {
		o.Newer = lines[len(lines)-1].Seq
	}
	if len(lines) > 0 && after > 0 {
		o.Older = lines[0].Seq
	}
	o.Lines = make([]botpage.KeptLine, len(lines))
	for i, l := range lines {
		level, word := levelWords(l)
		o.Lines[i] = botpage.KeptLine{Seq: l.Seq, At: l.At.Local(), Level: level, Word: word, Text: l.Message}
	}
	return o
}

// showKept puts kept lines into what pages show, each with at most so many bytes.
func showKept(k runs.Kept, most int) []botpage.KeptLine {
	out := make([]botpage.KeptLine, len(k.Lines))
	for i, l := range k.Lines {
		level, word := levelWords(logs.Line{Stream: l.Stream, Level: l.Level, Message: l.Message})
		text, cut := clip(l.Message, most)
		out[i] = botpage.KeptLine{Seq: l.Seq, At: l.At.Local(), Level: level, Word: word, Text: text, Cut: l.Cut || cut}
	}
	return out
}

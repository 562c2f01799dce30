package web

import (
	"context"
	"fmt"
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
	// scanLines is how many lines a follower with a filter looks at in one go, and maxScan how many it
	// may be late.
	scanLines = 20_000
	maxScan   = 200_000
)

// logReader is what pages read of logs.
type logReader interface {
	Page(context.Context, logs.Query) (logs.Page, error)
	Recent(id bot.ID, afterSeq int64, most int) (lines []logs.Line, ok bool)
	LastSeq(bot.ID) int64
	Search(context.Context, logs.Search, func([]logs.Found, logs.Progress) error) error
	SeqAt(context.Context, bot.ID, time.Time) (int64, error)
	logCounter
	// Settle waits for a moment until what Recent gives is stored, so that Search finds it.
	Settle(context.Context, bot.ID)
}

// follower reads one bot's log for one page, always on from the last line it looked at.
type follower struct {
	logs  logReader
	bot   bot.ID
	after int64 // the page has been given what there is up to this line
	// looked is the last line that was looked at. It is ahead of after when a filter has found nothing
	// since; 0: nothing was looked at yet.
	looked int64
	query  logQuery // the zero query picks all
	folds  folds
}

// next gives what came since the last call, at most a batch; more tells that there is further to look.
// A page joins a batch to what it has by From and To: when they are the same there is nothing for it.
// Otherwise there are lines, or a gap before where lines would be, or neither when a filter found nothing
// in so many lines that a page shouldn't have them looked through again when it comes back.
func (f *follower) next(ctx context.Context) (p logview.Lines, more bool, err error) {
	p.Find = f.query.pick.Find
	last, begin := f.logs.LastSeq(f.bot), max(f.after, f.looked)
	from := begin
	all := f.query.pick.All()
	if behind := last - from; behind > maxScan || all && behind > maxBehind {
		from = last - batchLines
		p.Before = gap(begin+1, from)
	}
	picked, end := []logs.Line(nil), from
	for scanned := 0; len(picked) == 0 && scanned < scanLines; {
		lines, err := f.read(ctx, end)
		if err != nil {
			return logview.Lines{}, false, err
		}
		if len(lines) == 0 {
			break
		}
		if first := lines[0].Seq; first > end+1 && p.Before.Skipped == 0 && end > 0 && all {
			// What was between has been dropped by retention: say so rather than join the ends.
			p.Before = gap(end+1, first-1)
		}
		scanned += len(lines)
		end = lines[len(lines)-1].Seq
		picked = f.pick(lines)
	}
	p.From, f.looked = f.after, end
	if len(picked) > 0 || p.Before.Skipped > 0 || end-f.after >= scanLines {
		f.after = end
	}
	p.To = f.after
	p.Lines, p.Today = f.folds.show(of(f.bot, picked), nil), time.Now()
	return p, end < last && end > begin, nil
}

func (f *follower) pick(lines []logs.Line) []logs.Line {
	if f.query.pick.All() {
		return lines
	}
	var out []logs.Line
	for i := range lines {
		if f.query.pick.Match(&lines[i]) {
			out = append(out, lines[i])
		}
	}
	return out
}

// gap is lines from…to that aren't shown.
func gap(from, to int64) logview.Edge {
	return logview.Edge{Kind: logview.Gap, Place: fmt.Sprint(to + 1), Stop: from - 1, Skipped: max(0, to-from+1)}
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

// part draws a batch for the page. Followers that are at the same line, with the same filter, share the
// drawing; what decides about folds is in the lines before, which they have seen as well.
func (f *follower) part(p logview.Lines) part {
	v := logview.Viewer{Base: logBase(f.bot), Query: f.query.view}
	rev := fmt.Sprintf("%d-%d-%d", p.From, p.To, p.Before.Skipped)
	if len(p.Lines) > 0 {
		rev += fmt.Sprintf("-%d-%v", p.Lines[0].Seq, p.Lines[0].Joins)
	}
	return part{
		target: "log-lines", swap: "beforeend", rev: rev,
		key:  "log-" + f.bot.String() + "?" + f.query.view.Values().Encode(),
		draw: func(context.Context) (templ.Component, error) { return logview.Live(v, p), nil },
	}
}

func logBase(id bot.ID) string { return "/bots/" + id.String() + "/logs" }

// zone names the time zone of shown times.
func zone(now time.Time) string { return logview.ZoneName(now.Local()) }

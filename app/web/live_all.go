package web

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/a-h/templ"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/logs"
	"github.com/botswain/botswain/views/logview"
)

const (
	// resendAll is how far before its newest line a page of all bots begins to follow: lines of several
	// bots are stored in no exact order. The page leaves out what it has.
	resendAll = 5 * time.Second
	// allBehind is how many lines one bot may be late among all; beyond it skips to the newest.
	allBehind = 2000
	// allEach is how many lines one bot adds to a message, so that a loud one leaves room.
	allEach = 200
)

// liveAll is one open page of the logs of all bots. Its cursor is a time: lines read from then on are sent
// again, and the page leaves out those that it has.
type liveAll struct {
	p     *pages
	query logQuery
	since time.Time
	bots  map[bot.ID]*allBot
	at    int64 // microseconds since 1970
	folds folds
}

// allBot is how far one bot's log is.
type allBot struct {
	after int64
	sent  int64 // up to when its lines were sent, in microseconds since 1970
	late  bool  // more is there
	waits bool  // it had no room in the message before
}

func newLiveAll(p *pages, q logQuery, since time.Time) *liveAll {
	return &liveAll{p: p, query: q, since: since, bots: map[bot.ID]*allBot{}, at: since.UnixMicro()}
}

func (l *liveAll) wants(t event.Topic) bool {
	switch t.Kind {
	case event.TopicLogs, event.TopicCrew, event.TopicHealth:
		return true
	}
	return false
}

func (l *liveAll) cursor() int64       { return l.at }
func (l *liveAll) pace() time.Duration { return 50 * time.Millisecond }

func (l *liveAll) next(ctx context.Context, ch changes) ([]part, bool) {
	parts := []part{l.p.healthPart(), notePart(l.p.health())}
	var found []logs.Found
	var gaps []logview.Edge
	m, more := l.p.muster(ctx), false
	for _, v := range l.turns(m.bots) {
		b := l.bots[v.ID]
		if b == nil {
			b = &allBot{after: l.start(v.ID), sent: l.since.UnixMicro()}
			l.bots[v.ID] = b
		} else if _, changed := ch[event.Topic{Kind: event.TopicLogs, Bot: v.ID}]; !changed && !b.late && ch != nil && !ch.any(event.TopicHealth) {
			continue
		}
		if len(found) >= batchLines {
			b.late, b.waits, more = true, true, true
			continue
		}
		b.waits = false
		lines, gap := l.read(ctx, v.ID, b)
		if gap.Skipped > 0 {
			gap.Bot, gap.Name = v.ID, v.Name
			gaps = append(gaps, gap)
		}
		found = append(found, lines...)
		more = more || b.late
	}
	l.move()
	if len(found) == 0 && len(gaps) == 0 {
		return parts, more
	}
	return append(parts, l.part(found, gaps, m.name)), more
}

// turns gives the bots that are meant, those first that had no room before, so that loud ones leave room to others.
func (l *liveAll) turns(bots []*berth) []*berth {
	var first, rest []*berth
	for _, v := range bots {
		switch b := l.bots[v.ID]; {
		case l.query.only != nil && *l.query.only != v.ID:
		case b != nil && b.waits:
			first = append(first, v)
		default:
			rest = append(rest, v)
		}
	}
	return append(first, rest...)
}

// start is the last line of a bot that was read before the page begins.
func (l *liveAll) start(id bot.ID) int64 {
	last := l.p.logs.LastSeq(id)
	lines, ok := l.p.logs.Recent(id, max(0, last-allBehind), allBehind)
	if !ok {
		return last
	}
	i, _ := slices.BinarySearchFunc(lines, l.since, func(x logs.Line, at time.Time) int { return x.At.Compare(at) })
	if i == len(lines) {
		return last
	}
	return lines[i].Seq - 1
}

// read gives a bot's next lines.
func (l *liveAll) read(ctx context.Context, id bot.ID, b *allBot) ([]logs.Found, logview.Edge) {
	last, skipped := l.p.logs.LastSeq(id), logview.Edge{}
	limit := allEach
	if !l.query.pick.All() {
		limit = scanLines / 10
	}
	if last-b.after > int64(max(allBehind, 10*limit)) {
		skipped = gap(b.after+1, last-allEach)
		b.after = last - allEach
	}
	lines, ok := l.p.logs.Recent(id, b.after, limit)
	if !ok {
		page, err := l.p.logs.Page(ctx, logs.Query{Bot: id, AfterSeq: &b.after, Limit: limit})
		if err != nil {
			b.late = true       // the health banner says why
			return nil, skipped // that is told only once
		}
		lines = page.Lines
	}
	if len(lines) > 0 {
		end := lines[len(lines)-1]
		b.after, b.sent = end.Seq, end.At.UnixMicro()
	}
	b.late = len(lines) > 0 && b.after < last
	f := follower{query: l.query}
	return of(id, f.pick(lines)), skipped
}

// move sets the cursor: to the newest line that was sent, but not beyond what a late bot still has.
func (l *liveAll) move() {
	newest, held := int64(0), int64(math.MaxInt64)
	for _, b := range l.bots {
		newest = max(newest, b.sent)
		if b.late {
			held = min(held, b.sent)
		}
	}
	l.at = max(l.at, min(newest, held))
}

func (l *liveAll) part(found []logs.Found, gaps []logview.Edge, name func(bot.ID) string) part {
	slices.SortFunc(found, func(a, b logs.Found) int {
		x, y := a.Place(), b.Place()
		return x.Compare(y)
	})
	p := logview.Lines{To: l.at, Find: l.query.pick.Find, Today: time.Now()}
	p.Lines = l.folds.show(found, name)
	v := logview.Viewer{Base: "/logs", Query: l.query.view}
	rev := fmt.Sprint(time.Now().UnixNano()) // never the same: it adds to the page
	return part{
		target: "log-lines", swap: "beforeend", rev: rev,
		draw: func(context.Context) (templ.Component, error) { return logview.LiveAll(v, gaps, p), nil },
	}
}

// tailOfAll fills in the end of the logs of all bots.
func (p *pages) tailOfAll(ctx context.Context, s *logScope, v *logview.Viewer, limit int) {
	begin := now()
	v.Cursor = begin.Add(-resendAll).UnixMicro()
	err := p.look(ctx, s, v, logs.Search{Back: true, Limit: limit}, firstLook)
	if err == nil || ctx.Err() != nil {
		return
	}
	p.web.log.Warn("logs of all bots not read", "error", err)
	if v.Note.Text == "" {
		v.Note.Text = "Older lines can’t be read now"
	}
	// What is in memory is shown while the database is away.
	var found []logs.Found
	f := follower{query: s.logQuery}
	for _, b := range p.muster(ctx).bots {
		last := p.logs.LastSeq(b.ID)
		if lines, ok := p.logs.Recent(b.ID, max(0, last-int64(limit)), limit); ok && (s.only == nil || *s.only == b.ID) {
			found = append(found, of(b.ID, f.pick(lines))...)
		}
	}
	slices.SortFunc(found, func(a, b logs.Found) int {
		x, y := a.Place(), b.Place()
		return x.Compare(y)
	})
	v.Lines.Lines = p.shown(ctx, s, found[max(0, len(found)-limit):])
}

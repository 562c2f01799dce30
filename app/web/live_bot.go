package web

import (
	"context"
	"fmt"
	"time"

	"github.com/a-h/templ"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/health"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/botpage"
	"github.com/botswain/botswain/views/logview"
)

// crewBot is a bot with its status, as crew gives it.
type crewBot = crew.View

// liveBot is one open page of a bot: its overview, or its log alone.
type liveBot struct {
	p        *pages
	id       bot.ID
	name     string
	onlyLogs bool
	log      follower
}

func newLiveBot(p *pages, id bot.ID, onlyLogs bool, after int64, q logQuery) *liveBot {
	return &liveBot{p: p, id: id, name: "This bot", onlyLogs: onlyLogs, log: follower{logs: p.logs, bot: id, after: after, query: q}}
}

func (l *liveBot) wants(t event.Topic) bool {
	switch t.Kind {
	case event.TopicBot, event.TopicLogs, event.TopicReport:
		return t.Bot == l.id
	case event.TopicPlatform:
		return t.Bot == l.id || t.Bot == (bot.ID{})
	case event.TopicHost:
		return false
	}
	return true
}

func (l *liveBot) cursor() int64       { return l.log.after }
func (l *liveBot) pace() time.Duration { return 50 * time.Millisecond }

func (l *liveBot) next(ctx context.Context, ch changes) ([]part, bool) {
	parts := l.healthParts()
	if ch.any(event.TopicBot, event.TopicCrew, event.TopicUsage, event.TopicEvents, event.TopicHealth, event.TopicReport, event.TopicPlatform) {
		parts = append(parts, l.botParts(ctx)...)
	}
	lines, more, err := l.log.next(ctx)
	if err != nil {
		return parts, true // the health banner says why; the lines come when they can be read
	}
	if lines.To > lines.From {
		parts = append(parts, l.log.part(lines))
	}
	return parts, more
}

func (l *liveBot) healthParts() []part { return []part{l.p.healthPart(), notePart(l.p.health())} }

// shown are the parts of the page, without the lines of its log.
func (l *liveBot) shown(ctx context.Context) []part {
	return append(append(l.healthParts(), l.botParts(ctx)...), l.p.tabParts(ctx, l, nil)...)
}

func (l *liveBot) botParts(ctx context.Context) []part {
	p := l.p
	view, err := p.crew.Get(ctx, l.id)
	if fault.CodeOf(err) == fault.NotFound {
		return []part{{target: botpage.HeadID, rev: "gone", draw: just(botpage.Gone(l.name))}}
	} else if err != nil {
		return nil
	}
	l.name = view.Name
	b := p.showBot(view, time.Now())
	stamp, rev := drawn(b.Now), headRev(b)
	if l.onlyLogs {
		return []part{runPart(b), {target: botpage.HeadID, rev: rev, drawn: stamp, key: "bar-" + l.id.String(), draw: just(botpage.Bar(b))}}
	}
	stored := fmt.Sprint(p.stored.Load())
	return append([]part{
		runPart(b),
		p.headPart(b, botcard.OnPage),
		{target: botpage.NoticesID, rev: rev, drawn: stamp, key: "notices-" + l.id.String(), draw: just(botpage.Notices(b))},
		{target: botpage.FactsID, rev: rev, drawn: stamp, key: "facts-" + l.id.String(), draw: just(botpage.FactList(b))},
		p.nowPart(b),
		p.uptimePart(view, b),
		{target: botpage.ProcessID, rev: rev + "." + usageRev(b), key: "process-" + l.id.String(), draw: func(context.Context) (templ.Component, error) {
			return botpage.Process(b, p.installable(b)), nil
		}},
		{target: botpage.RunsID, rev: rev + stored, drawn: stamp, key: "runs-" + l.id.String(), draw: func(ctx context.Context) (templ.Component, error) {
			runs, err := p.runs(ctx, b)
			return botpage.RunTable(runs), err
		}},
		p.eventsPart(&view),
		p.platformPart(b),
	}, p.reportedParts(ctx, b)...)
}

// notePart says in the log itself why no lines come.
func notePart(s health.State) part {
	n := logNote(s)
	return part{target: "log-note", rev: "note " + n.Text, key: "log-note", draw: just(logview.NoteRow(n))}
}

func logNote(s health.State) logview.Note {
	if s.DatabaseDown {
		return logview.Note{Text: "The database is away. New lines wait in their files and appear here, in order, when it is back"}
	}
	return logview.Note{}
}

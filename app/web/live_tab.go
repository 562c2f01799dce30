package web

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/botpage"
	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/layout"
)

// liveTab is one open page of a bot besides its overview and its log: its head, and what below it
// changes by itself, which is nothing that somebody may be typing into.
type liveTab struct {
	p    *pages
	id   bot.ID
	name string
	// view is the tab; "": the page has a head of its own.
	view botcard.View
	// below gives the parts below the head, as of so many stored events; nil: none.
	below func(botcard.Bot, int64) []part
	// logs says that new lines change the page, and samples too.
	logs bool

	stored   int64 // how many stored events the page shows
	storedAt time.Time
	head     string // its rev then
}

func (l *liveTab) subject() bot.ID { return l.id }

// storedEvery is how often what is stored is read again while nothing happens to the bot itself: events
// are of all bots.
const storedEvery = 2 * time.Second

// upTo says as of how many stored events the page is to be drawn; late: there are newer ones.
func (l *liveTab) upTo(b botcard.Bot) (stored int64, late bool) {
	newest, rev := l.p.stored.Load(), headRev(b)
	if rev != l.head || b.Now.Sub(l.storedAt) >= storedEvery {
		l.stored, l.storedAt, l.head = newest, b.Now, rev
	}
	return l.stored, l.stored != newest
}

func newLiveTab(p *pages, q url.Values) (livePage, error) {
	id, err := uuid.Parse(q.Get("id"))
	if err != nil {
		return nil, fault.New(fault.NotFound, "There is no such bot.")
	}
	l := &liveTab{p: p, id: id, name: "This bot", view: botcard.View(q.Get("tab"))}
	if page := q.Get("page"); page != "tab" {
		run, err := uuid.Parse(q.Get("run"))
		if err != nil {
			return nil, fault.New(fault.NotFound, "There is no such run of this bot.")
		}
		if l.view = botcard.OnRuns; page == "crash" {
			l.view, l.below = "", p.liveCrash(run)
		} else {
			l.below, l.logs = p.liveRun(run, q.Get("still") != ""), q.Get("still") == ""
		}
		return l, nil
	}
	switch before := numberParam(q.Get("before")); {
	case !slices.Contains(botpage.Views(), l.view):
		return nil, fault.New(fault.NotFound, "There is no such live page.")
	case l.view == botcard.OnRuns:
		l.below = p.liveRuns(outcomeParam(q.Get("outcome")), before)
	case l.view == botcard.OnCrashes:
		group, err := groupParam(q.Get("group"))
		if err != nil {
			return nil, err
		}
		l.below = p.liveCrashes(group, before)
	}
	return l, nil
}

func (l *liveTab) wants(t event.Topic) bool {
	switch t.Kind {
	case event.TopicBot, event.TopicPlatform:
		return t.Bot == l.id || t.Bot == (bot.ID{})
	case event.TopicLogs:
		return l.logs && t.Bot == l.id
	case event.TopicCrew, event.TopicHealth, event.TopicEvents:
		return true
	}
	return false
}

func (l *liveTab) cursor() int64 { return 0 }

// pace is longer where each message may hold much.
func (l *liveTab) pace() time.Duration {
	if l.logs {
		return 500 * time.Millisecond
	}
	return 100 * time.Millisecond
}

func (l *liveTab) next(ctx context.Context, _ changes) ([]part, bool) {
	parts := []part{l.p.healthPart()}
	view, err := l.p.crew.Get(ctx, l.id)
	if fault.CodeOf(err) == fault.NotFound && l.view != "" {
		return append(parts, part{target: botpage.HeadID, rev: "gone", draw: just(botpage.Gone(l.name))}), false
	} else if err != nil {
		return parts, false
	}
	l.name = view.Name
	b := l.p.showBot(view, time.Now())
	if l.view != "" {
		parts = append(parts, l.p.headPart(b, l.view))
	}
	if l.below == nil {
		return parts, false
	}
	stored, late := l.upTo(b)
	return append(parts, l.below(b, stored)...), late
}

// storedPart is a part that shows what is stored about a bot: it is read when it is drawn. What can't
// be read stays as it is on the page.
func (p *pages) storedPart(stored int64, target, key string, b botcard.Bot, read func(context.Context) (templ.Component, error)) part {
	return part{
		target: target, rev: fmt.Sprintf("%s.%d", headRev(b), stored), drawn: drawn(b.Now), key: target + "-" + b.ID.String() + "-" + key,
		draw: func(ctx context.Context) (templ.Component, error) {
			c, err := read(ctx)
			if err != nil {
				return nil, err
			}
			return c, nil
		},
	}
}

func (p *pages) liveRuns(o bot.Outcome, before int) func(botcard.Bot, int64) []part {
	return func(b botcard.Bot, stored int64) []part {
		return []part{p.storedPart(stored, botpage.AllRunsID, fmt.Sprint(o, before), b, func(ctx context.Context) (templ.Component, error) {
			tab, err := p.runsTab(ctx, b, o, before)
			return botpage.AllRuns(tab), err
		})}
	}
}

func (p *pages) liveCrashes(group string, before int) func(botcard.Bot, int64) []part {
	return func(b botcard.Bot, stored int64) []part {
		return []part{p.storedPart(stored, botpage.AllCrashesID, fmt.Sprintf("%q %d", group, before), b, func(ctx context.Context) (templ.Component, error) {
			tab, err := p.crashesTab(ctx, b, group, before)
			return botpage.AllCrashes(tab), err
		})}
	}
}

// liveRun is the facts of a run and, unless an earlier part of it is looked at, the end of its output.
func (p *pages) liveRun(run bot.RunID, still bool) func(botcard.Bot, int64) []part {
	return func(b botcard.Bot, stored int64) []part {
		facts := p.storedPart(stored, botpage.RunFactsID, run.String(), b, func(ctx context.Context) (templ.Component, error) {
			r, err := p.past.Get(ctx, b.ID, run)
			if err != nil {
				return nil, err
			}
			page, err := p.runFacts(ctx, b, r)
			return botpage.RunHead(page), err
		})
		if still {
			return []part{facts}
		}
		output := p.storedPart(stored, botpage.RunOutputID, run.String(), b, func(ctx context.Context) (templ.Component, error) {
			r, err := p.past.Get(ctx, b.ID, run)
			if err != nil {
				return nil, err
			}
			return botpage.RunOutput(p.output(ctx, showRun(r, b.Status.State), 0, 0)), nil
		})
		// Another run's lines aren't on the page; the last ones of this run may come after its end.
		if now := b.Status.Run; now == run || now == (bot.RunID{}) {
			output.rev += fmt.Sprintf(".%d", p.logs.LastSeq(b.ID))
		}
		return []part{facts, output}
	}
}

func (p *pages) liveCrash(run bot.RunID) func(botcard.Bot, int64) []part {
	return func(b botcard.Bot, stored int64) []part {
		return []part{
			{target: botpage.CrashNextID, rev: headRev(b), drawn: drawn(b.Now), key: "next-" + b.ID.String(), draw: just(botpage.CrashNext(b))},
			p.storedPart(stored, botpage.CrashLinesID, run.String(), b, func(ctx context.Context) (templ.Component, error) {
				r, err := p.past.Get(ctx, b.ID, run)
				if err != nil {
					return nil, err
				}
				page := botpage.CrashPage{Bot: b, Run: showRun(r, b.Status.State), Zone: zone(b.Now), Now: b.Now}
				err = p.lastLines(ctx, &page, r)
				return botpage.CrashLines(page), err
			}),
		}
	}
}

// headPart is the head of a bot's page, with actions that return to view.
func (p *pages) headPart(b botcard.Bot, view botcard.View) part {
	return part{
		target: botpage.HeadID, rev: headRev(b), drawn: drawn(b.Now), key: "head-" + string(view) + "-" + b.ID.String(),
		draw: just(botpage.Head(b, view)),
	}
}

// headRev changes with all that a head shows, or a card but for its figures.
func headRev(b botcard.Bot) string {
	return fmt.Sprintf("%d.%d.%d", b.Status.Revision, b.Version, b.Account.Revision)
}

// tabLive is the address of the event stream of a tab.
func tabLive(id bot.ID, view botcard.View) string {
	return "/live?page=tab&tab=" + string(view) + "&id=" + id.String()
}

// tabCrumbs is the way to a tab of a bot.
func tabCrumbs(ctx context.Context, v crew.View, view botcard.View) []layout.Crumb {
	return []layout.Crumb{{Label: i18n.T(ctx, "layout.dashboard"), Href: "/"}, {Label: v.Name, Href: botpage.Path(v.ID, botcard.OnPage)}, {Label: i18n.T(ctx, botpage.Word(view))}}
}

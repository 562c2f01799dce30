package web

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/botpage"
	"github.com/botswain/botswain/views/layout"
)

// liveTab is one open tab of a bot's page besides its overview and its log: the head, and nothing
// that somebody may be typing into.
type liveTab struct {
	p    *pages
	id   bot.ID
	name string
	view botcard.View
}

func newLiveTab(p *pages, q url.Values) (livePage, error) {
	id, err := uuid.Parse(q.Get("id"))
	if err != nil {
		return nil, fault.New(fault.NotFound, "There is no such bot.")
	}
	view := botcard.View(q.Get("tab"))
	if !slices.Contains(botpage.Views(), view) {
		return nil, fault.New(fault.NotFound, "There is no such live page.")
	}
	return &liveTab{p: p, id: id, name: "This bot", view: view}, nil
}

func (l *liveTab) wants(t event.Topic) bool {
	switch t.Kind {
	case event.TopicBot, event.TopicPlatform:
		return t.Bot == l.id || t.Bot == (bot.ID{})
	case event.TopicCrew, event.TopicHealth, event.TopicEvents:
		return true
	}
	return false
}

func (l *liveTab) cursor() int64       { return 0 }
func (l *liveTab) pace() time.Duration { return 100 * time.Millisecond }

func (l *liveTab) next(ctx context.Context, _ changes) ([]part, bool) {
	parts := []part{l.p.healthPart()}
	view, err := l.p.crew.Get(ctx, l.id)
	if fault.CodeOf(err) == fault.NotFound {
		return append(parts, part{target: botpage.HeadID, rev: "gone", draw: just(botpage.Gone(l.name))}), false
	} else if err != nil {
		return parts, false
	}
	l.name = view.Name
	b := l.p.showBot(view, time.Now())
	return append(parts, l.p.headPart(b, l.view)), false
}

// headPart is the head of a bot's page, with actions that return to view.
func (p *pages) headPart(b botcard.Bot, view botcard.View) part {
	return part{
		target: botpage.HeadID, rev: headRev(b), drawn: drawn(b.Now), key: "head-" + string(view) + "-" + b.ID.String(),
		draw: just(botpage.Head(b, view)),
	}
}

// headRev changes with all that a head shows.
func headRev(b botcard.Bot) string {
	return fmt.Sprintf("%d.%d.%d", b.Status.Revision, b.Version, b.Account.Revision)
}

// tabLive is the address of the event stream of a tab.
func tabLive(id bot.ID, view botcard.View) string {
	return "/live?page=tab&tab=" + string(view) + "&id=" + id.String()
}

// tabCrumbs is the way to a tab of a bot.
func tabCrumbs(v crew.View, view botcard.View) []layout.Crumb {
	return []layout.Crumb{{Label: "Dashboard", Href: "/"}, {Label: v.Name, Href: botpage.Path(v.ID, botcard.OnPage)}, {Label: botpage.Word(view)}}
}

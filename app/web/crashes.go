package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/runs"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/botpage"
	"github.com/botswain/botswain/views/layout"
)

const (
	crashGroups = 50 // kinds on the tab
	shownLines  = 5  // kinds whose last lines are on the tab
	shownLength = 400
	crashDays   = 30 // of the chart
	earlierEnds = 8
	crashesPage = 50 // ends of one kind on a page
)

// crashesPage answers GET /bots/:id/crashes[?group=KEY][&before=NUMBER].
func (p *pages) crashesPage(c echo.Context) error {
	view, b, err := p.botOf(c)
	if err != nil {
		return err
	}
	before := numberParam(c.QueryParam("before"))
	key, err := groupParam(c.QueryParam("group"))
	if err != nil {
		return err
	}
	tab, err := p.crashesTab(c.Request().Context(), b, key, before)
	if err = unlessAway(err); err != nil {
		return err
	}
	props := p.layout(c, layout.Props{
		Title: tr(c, "bot.title-crashes", view.Name), Crumbs: tabCrumbs(c.Request().Context(), view, botcard.OnCrashes),
		Live: tabLive(view.ID, botcard.OnCrashes) + "&group=" + url.QueryEscape(key) + "&before=" + strconv.Itoa(before),
	})
	return p.web.render(c, http.StatusOK, within(props, botpage.CrashesContent(tab)))
}

// crashesTab reads the kinds of crashes, or a page of one kind. With an error the tab says that it
// can't be read.
func (p *pages) crashesTab(ctx context.Context, b botcard.Bot, key string, before int) (botpage.CrashesTab, error) {
	t := botpage.CrashesTab{Bot: b, Key: key, Before: before, Now: b.Now}
	var err error
	if key != "" {
		err = p.endsOf(ctx, &t)
	} else {
		err = p.kindsOf(ctx, &t)
	}
	if err != nil {
		t.Away = partAway
	}
	return t, err
}

func (p *pages) endsOf(ctx context.Context, t *botpage.CrashesTab) error {
	list, err := p.past.Ends(ctx, t.Bot.ID, t.Key, t.Before, crashesPage+1)
	if err != nil {
		return err
	}
	t.More = len(list) > crashesPage
	t.Ends = showRuns(list[:min(crashesPage, len(list))], t.Bot.Status.State, false)
	return nil
}

func (p *pages) kindsOf(ctx context.Context, t *botpage.CrashesTab) error {
	groups, err := p.past.Groups(ctx, t.Bot.ID, "", crashGroups)
	if err != nil {
		return err
	}
	var newest []event.Run
	for _, g := range groups[:min(shownLines, len(groups))] {
		newest = append(newest, g.Newest)
	}
	kept, err := p.past.KeptOf(ctx, newest)
	if err != nil {
		return err
	}
	for i, g := range groups {
		shown := showGroup(g, t.Bot)
		if i < len(kept) {
			shown.Lines = showKept(kept[i], shownLength)
		}
		t.Groups = append(t.Groups, shown)
	}
	return nil
}

func showGroup(g runs.Group, b botcard.Bot) botpage.CrashGroup {
	return botpage.CrashGroup{Key: g.Key, Times: g.Times, FirstAt: g.FirstAt, LastAt: g.LastAt, Newest: showRun(g.Newest, b.Status.State)}
}

// crashPage answers GET /bots/:id/crashes/:run. A run that didn't end abnormally has a page of its own.
func (p *pages) crashPage(c echo.Context) error {
	view, b, r, err := p.runOf(c)
	if err != nil {
		return err
	}
	if !r.Outcome.Abnormal() {
		return p.web.seeOther(c, botpage.RunPath(view.ID, r.ID))
	}
	page, err := p.crash(c.Request().Context(), b, r)
	if err != nil {
		return err
	}
	page.Charts, err = p.crashCharts(c.Request().Context(), b, r, spanOf(c))
	if err = unlessAway(err); err != nil {
		return err
	}
	props := p.layout(c, layout.Props{
		Title:   tr(c, "bot.title-crash", page.Run.Title(c.Request().Context()), view.Name),
		Live:    "/live?page=crash&id=" + view.ID.String() + "&run=" + r.ID.String(),
		Scripts: []string{"charts.js"},
		Crumbs: []layout.Crumb{
			{Label: tr(c, "layout.dashboard"), Href: "/"}, {Label: view.Name, Href: botpage.Path(view.ID, botcard.OnPage)},
			{Label: tr(c, "bot.tab-crashes"), Href: botpage.Path(view.ID, botcard.OnCrashes)}, {Label: tr(c, "bot.run-n", r.Number)},
		},
	})
	return p.web.render(c, http.StatusOK, within(props, botpage.CrashContent(page)))
}

// crash gathers what is known of an abnormal end.
func (p *pages) crash(ctx context.Context, b botcard.Bot, r event.Run) (botpage.CrashPage, error) {
	facts, err := p.runFacts(ctx, b, r)
	if err != nil {
		return botpage.CrashPage{}, err
	}
	page := botpage.CrashPage{Bot: b, Run: facts.Run, Zone: zone(b.Now), Limit: b.Limits.MemoryMax, Now: b.Now}
	if err := p.alike(ctx, &page, r); err != nil {
		return page, err
	}
	return page, p.lastLines(ctx, &page, r)
}

// lastLines reads what is kept of what the run printed.
func (p *pages) lastLines(ctx context.Context, page *botpage.CrashPage, r event.Run) error {
	kept, err := p.past.Kept(ctx, r)
	if err != nil {
		return err
	}
	page.Lines = showKept(kept, 0)
	page.Pending = kept.At.IsZero()
	// What ended before crashes were kept has kept_at = ended_at: nobody knows whether it printed anything.
	page.Gone = len(kept.Lines) == 0 && !kept.At.IsZero() && (r.Headline != "" || r.EndedAt != nil && kept.At.Equal(*r.EndedAt))
	return nil
}

// alike reads the ends that have the same in common.
func (p *pages) alike(ctx context.Context, page *botpage.CrashPage, r event.Run) error {
	key := runs.KeyOf(r)
	groups, err := p.past.Groups(ctx, r.Bot, key, 1)
	if err != nil {
		return err
	}
	page.Group = botpage.CrashGroup{Key: key, Times: 1, FirstAt: r.Exit.At, LastAt: r.Exit.At, Newest: page.Run}
	for _, g := range groups {
		if g.Key == key { // an end without words has none
			page.Group = showGroup(g, page.Bot)
		}
	}
	earlier, err := p.past.Ends(ctx, r.Bot, key, r.Number, earlierEnds)
	if err != nil {
		return err
	}
	page.Earlier = showRuns(earlier, page.Bot.Status.State, false)
	page.Days, err = p.days(ctx, r, key, page.Now)
	return err
}

// days counts the ends of a kind by the days of the server's zone.
func (p *pages) days(ctx context.Context, r event.Run, key string, at time.Time) ([]botpage.Day, error) {
	at = at.Local()
	first := time.Date(at.Year(), at.Month(), at.Day()-crashDays+1, 0, 0, 0, 0, at.Location())
	times, err := p.past.Times(ctx, r.Bot, key, first)
	if err != nil {
		return nil, err
	}
	list := make([]botpage.Day, crashDays)
	for i := range list {
		list[i].Day = first.AddDate(0, 0, i)
	}
	for _, t := range times {
		for i := len(list) - 1; i >= 0; i-- { // days aren't all of the same length
			if !t.Before(list[i].Day) {
				list[i].Times++
				break
			}
		}
	}
	return list, nil
}

// groupParam takes the key of a kind of crashes from an address: what the database can be asked for.
func groupParam(key string) (string, error) {
	if len(key) > 1000 || !utf8.ValidString(key) || strings.ContainsRune(key, 0) {
		return "", fault.New(fault.NotFound, "There are no such crashes.")
	}
	return key, nil
}

// clip shortens a text to so many bytes; 0: it doesn't.
func clip(s string, most int) (text string, cut bool) {
	if most == 0 || len(s) <= most {
		return s, false
	}
	return strings.ToValidUTF8(s[:most], ""), true
}

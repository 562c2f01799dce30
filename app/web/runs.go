package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/runs"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/botpage"
	"github.com/botswain/botswain/views/layout"
)

const (
	runsPage    = 50  // runs on a page of the table
	outputLines = 200 // lines on a page of a run's output
)

// RunReader knows recorded runs; *runs.Store is one.
type RunReader interface {
	runLister
	crashReader
}

type runLister interface {
	Get(context.Context, bot.ID, bot.RunID) (event.Run, error)
	List(ctx context.Context, id bot.ID, o bot.Outcome, beforeNumber, limit int) ([]event.Run, error)
	Outcomes(context.Context, bot.ID) (map[bot.Outcome]int, error)
	VersionBefore(ctx context.Context, id bot.ID, number int) (int, error)
}

type crashReader interface {
	Groups(ctx context.Context, id bot.ID, key string, limit int) ([]runs.Group, error)
	Ends(ctx context.Context, id bot.ID, key string, beforeNumber, limit int) ([]event.Run, error)
	Times(ctx context.Context, id bot.ID, key string, since time.Time) ([]time.Time, error)
	Kept(context.Context, event.Run) (runs.Kept, error)
	KeptOf(context.Context, []event.Run) ([]runs.Kept, error)
}

func (p *pages) runRoutes() []route {
	const GET = http.MethodGet
	return []route{
		{GET, "/bots/:id/runs", "bot.runs", p.runsPage, signedIn, asPage},
		{GET, "/bots/:id/runs/:run", "bot.run", p.runPage, signedIn, asPage},
		{GET, "/bots/:id/runs/:run/history", "bot.run.history", p.runHistory, signedIn, asLive},
		{GET, "/bots/:id/crashes", "bot.crashes", p.crashesPage, signedIn, asPage},
		{GET, "/bots/:id/crashes/:run", "bot.crash", p.crashPage, signedIn, asPage},
		{GET, "/bots/:id/crashes/:run/history", "bot.crash.history", p.crashHistory, signedIn, asLive},
	}
}

// runsPage answers GET /bots/:id/runs[?outcome=][&before=NUMBER].
func (p *pages) runsPage(c echo.Context) error {
	view, b, err := p.botOf(c)
	if err != nil {
		return err
	}
	o, before := outcomeParam(c.QueryParam("outcome")), numberParam(c.QueryParam("before"))
	tab, err := p.runsTab(c.Request().Context(), b, o, before)
	if err = unlessAway(err); err != nil {
		return err
	}
	props := p.layout(c, layout.Props{
		Title: tr(c, "bot.title-runs", view.Name), Crumbs: tabCrumbs(c.Request().Context(), view, botcard.OnRuns),
		Live: tabLive(view.ID, botcard.OnRuns) + "&outcome=" + string(o) + "&before=" + strconv.Itoa(before),
	})
	return p.web.render(c, http.StatusOK, within(props, botpage.RunsContent(tab)))
}

// runsTab reads a page of the table. With an error the tab says that it can't be read.
func (p *pages) runsTab(ctx context.Context, b botcard.Bot, o bot.Outcome, before int) (botpage.RunsTab, error) {
	t := botpage.RunsTab{Bot: b, Filter: o, Before: before, Now: b.Now}
	counts, err := p.past.Outcomes(ctx, b.ID)
	if err != nil {
		t.Away = partAway
		return t, err
	}
	list, err := p.past.List(ctx, b.ID, o, before, runsPage+1)
	if err != nil {
		t.Away = partAway
		return t, err
	}
	t.Counts, t.More = counts, len(list) > runsPage
	// The one more tells whether the last one shown was the first with its settings.
	t.List = showRuns(list, b.Status.State, o == "")
	t.List = t.List[:min(runsPage, len(t.List))]
	return t, nil
}

// showRuns puts runs, newest first, into what pages show. Whole says that none between them is left
// out, so that each can be compared with the one before it; the last one has none.
func showRuns(list []event.Run, state bot.State, whole bool) []botpage.Run {
	out := make([]botpage.Run, len(list))
	for i, r := range list {
		out[i] = showRun(r, state)
		out[i].Changed = whole && i+1 < len(list) && list[i+1].Version != r.Version
	}
	return out
}

func showRun(r event.Run, state bot.State) botpage.Run {
	return botpage.Run{
		ID: r.ID, Bot: r.Bot, Number: r.Number, Cause: r.Cause, Actor: string(r.Actor), PreviousEnd: r.PreviousEnd, PID: r.PID,
		StartedAt: r.StartedAt, RunningAt: r.RunningAt, EndedAt: r.EndedAt, Exit: r.Exit, Outcome: r.Outcome, State: state,
		PeakRSS: r.PeakRSS, PeakCPU: r.PeakCPU, Version: r.Version, Headline: r.Headline,
	}
}

// runPage answers GET /bots/:id/runs/:run[?before=SEQ|?after=SEQ].
func (p *pages) runPage(c echo.Context) error {
	ctx := c.Request().Context()
	view, b, r, err := p.runOf(c)
	if err != nil {
		return err
	}
	page, err := p.runFacts(ctx, b, r)
	if err != nil {
		return err
	}
	before, after := seqParam(c.QueryParam("before")), seqParam(c.QueryParam("after"))
	page.Output = p.output(ctx, page.Run, before, after)
	page.Charts, err = p.runCharts(ctx, b, r, spanOf(c))
	if err = unlessAway(err); err != nil {
		return err
	}
	live := "/live?page=run&id=" + view.ID.String() + "&run=" + r.ID.String()
	if before > 0 || after > 0 {
		live += "&still=1"
	}
	number := strconv.Itoa(r.Number)
	props := p.layout(c, layout.Props{
		Title: tr(c, "bot.title-run", number, view.Name), Live: live, Scripts: []string{"charts.js"},
		Crumbs: []layout.Crumb{
			{Label: tr(c, "layout.dashboard"), Href: "/"}, {Label: view.Name, Href: botpage.Path(view.ID, botcard.OnPage)},
			{Label: tr(c, "bot.tab-runs"), Href: botpage.Path(view.ID, botcard.OnRuns)}, {Label: tr(c, "bot.run-number", number)},
		},
	})
	return p.web.render(c, http.StatusOK, within(props, botpage.RunContent(page)))
}

// runOf finds the bot and its run that an address names.
func (p *pages) runOf(c echo.Context) (crew.View, botcard.Bot, event.Run, error) {
	view, b, err := p.botOf(c)
	if err != nil {
		return view, b, event.Run{}, err
	}
	run, err := uuid.Parse(c.Param("run"))
	if err != nil {
		return view, b, event.Run{}, fault.New(fault.NotFound, "There is no such run of this bot.")
	}
	r, err := p.past.Get(c.Request().Context(), view.ID, run)
	return view, b, r, err
}

// runFacts is the page of a run without its output.
func (p *pages) runFacts(ctx context.Context, b botcard.Bot, r event.Run) (botpage.RunPage, error) {
	page := botpage.RunPage{Bot: b, Run: showRun(r, b.Status.State), Now: b.Now}
	version, err := p.past.VersionBefore(ctx, r.Bot, r.Number)
	if err != nil {
		return page, err
	}
	page.Run.Changed = version != 0 && version != r.Version
	if r.EndedAt == nil { // its samples of the last minutes are more exact than what is stored so far
		page.Run.PeakRSS, page.Run.PeakCPU = p.peaksNow(r)
	}
	return page, nil
}

// peaksNow adds the newest sample of a run that goes on to its stored peaks.
func (p *pages) peaksNow(r event.Run) (rss *int64, cpu *float64) {
	rss, cpu = r.PeakRSS, r.PeakCPU
	s, ok := p.stats.Bot(r.Bot)
	if !ok || s.Usage.Run != r.ID {
		return rss, cpu
	}
	if u := s.Usage.RSS; u != nil && (rss == nil || *u > *rss) {
		rss = u
	}
	if u := s.Usage.CPU; u != nil && (cpu == nil || *u > *cpu) {
		cpu = u
	}
	return rss, cpu
}

func outcomeParam(s string) bot.Outcome {
	if o := bot.Outcome(s); slices.Contains(bot.Outcomes(), o) {
		return o
	}
	return ""
}

// numberParam reads a run's number from a query; 0 when there is none or it is no number.
func numberParam(s string) int {
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || n < 0 {
		return 0
	}
	return int(n)
}

// seqParam reads a seq from a query; 0 when there is none or it is no number.
func seqParam(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

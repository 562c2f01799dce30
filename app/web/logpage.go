package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/logs"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/botpage"
	"github.com/botswain/botswain/views/layout"
	"github.com/botswain/botswain/views/logview"
)

const (
	// firstLook is how long a page waits for what its filter finds; the rest comes to the open page.
	firstLook = 700 * time.Millisecond
	// stepLook is the same for a page that a link or a browser without scripts asks for.
	stepLook = 3 * time.Second
	// aroundLines is how many lines are shown before and after one that an address names.
	aroundLines = 150
	// runChoices is how many runs the filter offers.
	runChoices = 50
	// lookBack is how many lines before a part of a log are looked at for the beginning of a trace.
	lookBack = 60
)

// logScope is whose log a page shows.
type logScope struct {
	bot *crew.View // nil: all bots
	logQuery
}

func (s *logScope) all() bool { return s.bot == nil }

// id is the bot that is searched; nil: all.
func (s *logScope) id() *bot.ID {
	if s.bot != nil {
		return &s.bot.ID
	}
	return s.only
}

func (s *logScope) base() string {
	if s.all() {
		return "/logs"
	}
	return logBase(s.bot.ID)
}

// scopeOf reads whose log a request asks for, and its filter. With an error of the filter the scope is
// there all the same.
func (p *pages) scopeOf(c echo.Context) (*logScope, error) {
	s := &logScope{}
	if c.Param("id") != "" {
		id, err := botParam(c)
		if err != nil {
			return nil, err
		}
		view, err := p.crew.Get(c.Request().Context(), id)
		if err != nil {
			return nil, err
		}
		s.bot = &view
	}
	var id *bot.ID
	if s.bot != nil {
		id = &s.bot.ID
	}
	var err error
	s.logQuery, err = p.logQueryOf(c.Request().Context(), c.QueryParams(), id)
	return s, err
}

// logPage answers GET /bots/:id/logs.
func (p *pages) logPage(c echo.Context) error {
	s, problem := p.scopeOf(c)
	if s == nil {
		return problem
	}
	v, err := p.logViewer(c, s, problem)
	if err != nil {
		return err
	}
	if isHTMX(c) {
		return p.filteredLog(c, s, v)
	}
	p.choices(c.Request().Context(), s, &v)
	page := botpage.Logs{Bot: p.showBot(*s.bot, now()), Log: v}
	props := p.layout(c, layout.Props{
		Title: tr(c, "bot.title-log", s.bot.Name), Live: s.live(), Scripts: []string{"log.js"},
		Crumbs: []layout.Crumb{{Label: tr(c, "layout.dashboard"), Href: "/"}, {Label: s.bot.Name, Href: botpage.Path(s.bot.ID, botcard.OnPage)}, {Label: tr(c, "layout.logs")}},
	})
	return p.web.render(c, http.StatusOK, within(props, botpage.LogsContent(page)))
}

// allLogs answers GET /logs.
func (p *pages) allLogs(c echo.Context) error {
	s, problem := p.scopeOf(c)
	v, err := p.logViewer(c, s, problem)
	if err != nil {
		return err
	}
	if isHTMX(c) {
		return p.filteredLog(c, s, v)
	}
	p.choices(c.Request().Context(), s, &v)
	props := p.layout(c, layout.Props{
		Title: tr(c, "layout.logs"), Active: layout.Logs, Live: s.live(), Scripts: []string{"log.js"},
		Crumbs: []layout.Crumb{{Label: tr(c, "layout.logs")}},
	})
	return p.web.render(c, http.StatusOK, within(props, logview.AllContent(v)))
}

// live is the address of the page's event stream.
func (s *logScope) live() string {
	q := s.view.Values()
	if s.all() {
		q.Set("page", "all-logs")
	} else {
		q.Set("page", "logs")
		q.Set("id", s.bot.ID.String())
	}
	return "/live?" + q.Encode()
}

// filteredLog answers the filter form: the viewer, what depends on the filter beside it, and a stream
// that knows it.
func (p *pages) filteredLog(c echo.Context, s *logScope, v logview.Viewer) error {
	var out strings.Builder
	ctx := c.Request().Context()
	parts := []part{
		{target: logview.ViewID, swap: "outerHTML", draw: just(logview.Log(v))},
		{target: "log-filter-state", swap: "outerHTML", draw: just(logview.FilterState(v))},
		{target: logview.CountsID, swap: "outerHTML", draw: just(logview.CountsPlace(v))},
		{target: "log-problem", swap: "textContent", draw: just(templ.Raw(templ.EscapeString(v.Problem)))},
	}
	if v.Problem != "" {
		parts = parts[3:] // what is shown stays while somebody is still typing
	} else {
		parts = append(parts, part{target: "live", swap: "outerHTML", draw: just(templ.Raw(`<div id="live" data-live-url="` + templ.EscapeString(s.live()) + `" hidden></div>`))})
		address := s.base()
		if q := s.view.Values().Encode(); q != "" {
			address += "?" + q
		}
		c.Response().Header().Set("HX-Push-Url", address)
	}
	if err := newSender(p.fragments).write(ctx, &out, parts); err != nil {
		return err
	}
	return p.web.render(c, http.StatusOK, templ.Raw(out.String()))
}

// choices fills in what the filter offers.
func (p *pages) choices(ctx context.Context, s *logScope, v *logview.Viewer) {
	if s.all() {
		for _, b := range p.crew.All(ctx) {
			v.Bots = append(v.Bots, logview.BotChoice{ID: b.ID, Name: b.Name})
		}
		return
	}
	runs, err := p.crew.Runs(ctx, s.bot.ID, 0, runChoices)
	if err != nil {
		return // the database is away: the banner says so
	}
	for _, r := range runs {
		v.Runs = append(v.Runs, logview.RunChoice{Number: r.Number, At: r.StartedAt.Local()})
	}
}

// tailCard is the end of a bot's log on its overview.
func (p *pages) tailCard(ctx context.Context, b crew.View) logview.Viewer {
	s := &logScope{bot: &b}
	v := p.frame(s)
	v.Full, v.View, v.Console = false, string(botcard.OnPage), true
	p.tail(ctx, s, &v, tailLines)
	return v
}

// tailLines is how many lines the overview shows at first.
const tailLines = 50

// frame is the viewer without lines.
func (p *pages) frame(s *logScope) logview.Viewer {
	v := logview.Viewer{Base: s.base(), Full: true, Query: s.view, Note: logNote(p.health()), Zone: zone(now())}
	v.Find, v.Today = s.pick.Find, now()
	if s.bot != nil {
		v.Bot, v.Name, v.Run, v.View, v.Console = s.bot.ID, s.bot.Name, s.bot.Status.Run, string(botcard.OnLogs), true
	}
	return v
}

// logViewer is the log as an address asks for it: its end, the lines before or after a place, or those
// around a line or a time.
func (p *pages) logViewer(c echo.Context, s *logScope, problem error) (logview.Viewer, error) {
	v, q, ctx := p.frame(s), c.QueryParams(), c.Request().Context()
	if f, ok := fault.As(problem); ok {
		v.Problem = f.Message
		return v, nil
	} else if problem != nil {
		return v, problem
	}
	var err error
	switch {
	case q.Get("line") != "" && !s.all():
		err = p.aroundLine(ctx, s, &v, q.Get("line"))
	case q.Get("at") != "":
		err = p.aroundTime(ctx, s, &v, q)
	case q.Get("before") != "":
		err = p.beyond(ctx, s, &v, q.Get("before"), true)
	case q.Get("after") != "":
		err = p.beyond(ctx, s, &v, q.Get("after"), false)
	default:
		p.tail(ctx, s, &v, pageLines)
	}
	if f, ok := fault.As(err); ok && f.Code != fault.NotFound {
		v.Problem, err = f.Message, nil
	}
	return v, err
}

// tail fills in the end of a log. When it can't be read the viewer begins empty at the last known line,
// and its note says why; live updates go on from there.
func (p *pages) tail(ctx context.Context, s *logScope, v *logview.Viewer, limit int) {
	if s.all() {
		p.tailOfAll(ctx, s, v, limit)
		return
	}
	v.Cursor = p.logs.LastSeq(s.bot.ID)
	if s.pick.All() {
		lines, ok := p.logs.Recent(s.bot.ID, max(0, v.Cursor-int64(limit)), limit)
		if ok && len(lines) > 0 {
			v.Cursor = lines[len(lines)-1].Seq
			v.Lines.Lines = p.shown(ctx, s, of(s.bot.ID, lines))
			if first := lines[0].Seq; first > 1 {
				v.Before = logview.Edge{Kind: logview.Older, Place: strconv.FormatInt(first, 10)}
			}
			return
		}
	}
	p.logs.Settle(ctx, s.bot.ID)
	from := &logs.Place{Seq: v.Cursor + 1}
	if err := p.look(ctx, s, v, logs.Search{Back: true, From: from, Limit: limit}, firstLook); err != nil && ctx.Err() == nil {
		p.web.log.Warn("log of a page not read", "bot", s.bot.ID, "error", err)
		if f, ok := fault.As(err); ok && v.Note.Text == "" {
			v.Note.Text = f.Message
		}
	}
	v.After = logview.Edge{}
}

// beyond fills in a page of lines before or after a place.
func (p *pages) beyond(ctx context.Context, s *logScope, v *logview.Viewer, word string, back bool) error {
	place, ok := placeOf(word, s.all())
	if !ok {
		return fault.New(fault.NotFound, "There is no such place in the log.")
	}
	if err := p.look(ctx, s, v, logs.Search{Back: back, From: place, Limit: batchLines}, stepLook); err != nil {
		return err
	}
	if v.Detached = v.After.Kind != logview.End; !v.Detached {
		p.tail(ctx, s, v, pageLines) // it is the end
	}
	return nil
}

// aroundLine fills in a line with what is before and after it, whatever the filter.
func (p *pages) aroundLine(ctx context.Context, s *logScope, v *logview.Viewer, word string) error {
	seq, err := strconv.ParseInt(word, 10, 64)
	if err != nil || seq <= 0 {
		return fault.New(fault.NotFound, "There is no such line.")
	}
	s.logQuery = logQuery{}
	v.Query, v.Find = logview.Query{}, nil
	if seq <= p.logs.LastSeq(s.bot.ID) {
		p.logs.Settle(ctx, s.bot.ID)
	}
	if err := p.around(ctx, s, v, &logs.Place{Seq: seq}); err != nil {
		return err
	}
	i := slices.IndexFunc(v.Lines.Lines, func(l logview.Line) bool { return l.Seq == seq })
	if i < 0 {
		v.Problem = "Line " + word + " isn't there any more: it is too old to be kept. These are the lines nearest to it."
		return nil
	}
	v.Lines.Lines[i].Hit = true
	return nil
}

// aroundTime fills in the lines before and after a time.
func (p *pages) aroundTime(ctx context.Context, s *logScope, v *logview.Viewer, q url.Values) error {
	at, err := timeParam(q.Get("at"))
	if err != nil {
		return err
	}
	id := s.id()
	if id == nil {
		return p.around(ctx, s, v, &logs.Place{At: at})
	}
	seq, err := p.logs.SeqAt(ctx, *id, at)
	if err != nil {
		return err
	}
	if err := p.around(ctx, s, v, &logs.Place{Seq: seq}); err != nil {
		return err
	}
	for i := range v.Lines.Lines {
		if v.Lines.Lines[i].Seq >= seq {
			v.Lines.Lines[i].Hit = true
			break
		}
	}
	return nil
}

// around fills in the lines before a place, and those from it on.
func (p *pages) around(ctx context.Context, s *logScope, v *logview.Viewer, place *logs.Place) error {
	below, above := *v, *v
	from := *place
	if s.id() != nil {
		from.Seq-- // the line itself is one of those below
	}
	if err := p.look(ctx, s, &below, logs.Search{From: &from, Limit: aroundLines}, firstLook); err != nil {
		return err
	}
	if err := p.look(ctx, s, &above, logs.Search{Back: true, From: place, Limit: aroundLines}, firstLook); err != nil {
		return err
	}
	v.Lines.Lines = append(above.Lines.Lines, below.Lines.Lines...)
	v.Before, v.After = above.Before, below.After
	v.Detached = v.After.Kind != logview.End
	v.Cursor = below.Cursor
	if s.all() && !v.Detached {
		v.Cursor = now().Add(-resendAll).UnixMicro()
	}
	return nil
}

// look searches for a page's lines, for a while, and puts them in their order, with edges where there is
// more.
func (p *pages) look(ctx context.Context, s *logScope, v *logview.Viewer, q logs.Search, patience time.Duration) error {
	q.Bot, q.Pick = s.id(), s.pick
	var found []logs.Found
	at, done := logs.Place{}, false
	if q.From != nil {
		at = *q.From
	}
	until := time.Now().Add(patience)
	err := p.logs.Search(ctx, q, func(lines []logs.Found, pr logs.Progress) error {
		found, at, done = append(found, lines...), pr.Place, pr.Done
		if time.Now().After(until) {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if q.Back {
		slices.Reverse(found)
	}
	v.Lines.Lines = p.shown(ctx, s, found)
	edges := [2]logview.Edge{{Kind: logview.Older}, {Kind: logview.Newer}}
	ends := [2]*logs.Place{}
	if len(found) > 0 {
		first, last := found[0].Place(), found[len(found)-1].Place()
		ends = [2]*logs.Place{&first, &last}
	}
	side := 1
	if q.Back {
		side = 0
	}
	// In the direction of the search it goes on where it stopped; in the other from its beginning.
	edges[side].Place = placeWord(at, s.all())
	if other := ends[1-side]; other != nil {
		edges[1-side].Place = placeWord(*other, s.all())
	} else if q.From != nil {
		edges[1-side].Place = placeWord(*q.From, s.all())
	}
	if done {
		edges[side] = logview.Edge{}
	}
	if q.From == nil || q.Back && !s.all() && q.From.Seq > p.logs.LastSeq(s.bot.ID) {
		edges[1-side] = logview.Edge{}
	}
	v.Before, v.After = edges[0], edges[1]
	if !q.Back && done && !s.all() {
		v.Cursor = at.Seq
	}
	return nil
}

// errEnough ends a search that has been waited for long enough.
var errEnough = errors.New("enough for now")

// shown draws found lines: with folds, and with names where they are of several bots.
func (p *pages) shown(ctx context.Context, s *logScope, found []logs.Found) []logview.Line {
	f := p.foldsBefore(ctx, s, found)
	if !s.all() {
		return f.show(found, nil)
	}
	return f.show(found, p.namer(ctx))
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

// namer gives the name of each bot.
func (p *pages) namer(ctx context.Context) func(bot.ID) string {
	all := map[bot.ID]string{}
	for _, b := range p.crew.All(ctx) {
		all[b.ID] = b.Name
	}
	return func(id bot.ID) string {
		if n, ok := all[id]; ok {
			return n
		}
		return "deleted bot"
	}
}

func (p *pages) logRoutes() []route {
	const GET = http.MethodGet
	return []route{
		{GET, "/logs", "logs", p.allLogs, signedIn, asPage},
		{GET, "/logs/counts", "logs.counts", p.countLog, signedIn, asLive},
		{GET, "/bots/:id/logs/counts", "bot.logs.counts", p.countLog, signedIn, asLive},
		{GET, "/logs/more", "logs.more", p.moreLogs, signedIn, asLive},
		{GET, "/logs/tail", "logs.tail", p.tailLogs, signedIn, asLive},
		{GET, "/logs/download", "logs.download", p.downloadLogs, signedIn, asPage},
		{GET, "/bots/:id/logs", "bot.logs", p.logPage, signedIn, asPage},
		{GET, "/bots/:id/logs/more", "bot.logs.more", p.moreLogs, signedIn, asLive},
		{GET, "/bots/:id/logs/tail", "bot.logs.tail", p.tailLogs, signedIn, asLive},
		{GET, "/bots/:id/logs/download", "bot.logs.download", p.downloadLogs, signedIn, asPage},
	}
}

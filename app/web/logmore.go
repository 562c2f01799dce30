package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/logs"
	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/logview"
)

const (
	// searchesEach is how many searches and downloads one person may have under way.
	searchesEach = 4
	// tellEvery is how often a search that finds nothing tells how far it is.
	tellEvery = 250 * time.Millisecond
)

// searches counts what each person has under way.
type searches struct {
	mu   sync.Mutex
	each map[string]int
}

// begin says whether one more is allowed; end must be called when it is over.
func (s *searches) begin(user string) (end func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.each[user] >= searchesEach {
		f := fault.New(fault.TooMany, "You have several searches or downloads of logs under way. Wait until one is done.")
		f.RetryAfter = time.Second
		return nil, f
	}
	if s.each == nil {
		s.each = map[string]int{}
	}
	s.each[user]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.each[user]--; s.each[user] == 0 {
			delete(s.each, user)
		}
	}, nil
}

// found is one message of a search to the page that asked: lines as HTML, in their order, or only how far
// it is.
type found struct {
	HTML  string  `json:"html,omitempty"`
	Lines int     `json:"lines,omitempty"`
	Share float64 `json:"share"`           // of what is to be searched
	At    string  `json:"at,omitempty"`    // the time that is looked at
	Place string  `json:"place,omitempty"` // where to go on
	Done  bool    `json:"done,omitempty"`  // nothing is beyond
	End   bool    `json:"end,omitempty"`   // the last message
	To    int64   `json:"to,omitempty"`    // with Done, forward: the cursor for live lines
	Error string  `json:"error,omitempty"` // in words; the last message, too
}

// moreLogs answers GET …/logs/more?place=…[&forward=1][&stop=SEQ]: the lines beyond a place, newest first
// unless forward, as they are found, as lines of JSON. It ends with the request.
func (p *pages) moreLogs(c echo.Context) error {
	s, err := p.scopeOf(c)
	if err != nil {
		return err
	}
	place, ok := placeOf(c.QueryParam("place"), s.all())
	if !ok {
		return fault.New(fault.NotFound, "There is no such place in the log.")
	}
	end, err := p.searches.begin(userOf(c).ID.String())
	if err != nil {
		return err
	}
	defer end()
	forward := c.QueryParam("forward") == "1"
	stop, _ := strconv.ParseInt(c.QueryParam("stop"), 10, 64)
	r := &moreReply{p: p, s: s, c: c, back: !forward, stop: stop, name: p.muster(c.Request().Context()).name}
	if forward && !s.all() {
		p.logs.Settle(c.Request().Context(), s.bot.ID)
	}
	c.Response().Header().Set(echo.HeaderContentType, "application/x-ndjson")
	c.Response().WriteHeader(http.StatusOK)
	err = p.logs.Search(c.Request().Context(), logs.Search{Bot: s.id(), Pick: s.pick, Back: !forward, From: place, Limit: batchLines}, r.take)
	return r.finish(err)
}

// moreReply writes what a search finds.
type moreReply struct {
	p       *pages
	s       *logScope
	c       echo.Context
	name    func(bot.ID) string
	back    bool
	stop    int64 // the seq where a gap ends; 0: no end
	last    found
	told    time.Time
	stopped bool
	folds   folds // forward: of the lines so far
}

func (r *moreReply) take(lines []logs.Found, pr logs.Progress) error {
	if r.stop > 0 {
		if i := slices.IndexFunc(lines, func(l logs.Found) bool { return l.Seq <= r.stop }); i >= 0 {
			lines, r.stopped = lines[:i], true
		}
		r.stopped = r.stopped || pr.Place.Seq <= r.stop+1 || pr.Done
	}
	m := found{Share: pr.Share, Place: placeWord(pr.Place, r.s.all()), Done: pr.Done || r.stopped, Lines: len(lines)}
	if pr.Done && !r.back {
		if m.To = pr.Place.Seq; r.s.all() {
			m.To = now().Add(-resendAll).UnixMicro()
		}
	}
	if !pr.At.IsZero() {
		m.At = i18n.DayClock(r.c.Request().Context(), pr.At.Local())
	}
	if len(lines) > 0 {
		if err := r.draw(lines, &m); err != nil {
			return err
		}
		m.At = i18n.DayClock(r.c.Request().Context(), lines[len(lines)-1].At.Local())
	}
	r.last = m
	r.last.HTML, r.last.Lines = "", 0
	if len(lines) == 0 && time.Since(r.told) < tellEvery {
		return r.enough()
	}
	r.told = time.Now()
	if err := r.write(m); err != nil {
		return err
	}
	return r.enough()
}

func (r *moreReply) enough() error {
	if r.stopped {
		return errEnough
	}
	return nil
}

func (r *moreReply) draw(lines []logs.Found, m *found) error {
	ctx := r.c.Request().Context()
	part := logview.Lines{Find: r.s.pick.Find, Today: now()}
	if r.back {
		lines = slices.Clone(lines)
		slices.Reverse(lines)
		r.folds = r.p.foldsBefore(ctx, r.s, lines)
	}
	if r.s.all() {
		part.Lines = r.folds.show(lines, r.name)
	} else {
		part.Lines = r.folds.show(lines, nil)
	}
	var b bytes.Buffer
	if err := logview.Part(logview.Viewer{}, part).Render(ctx, &b); err != nil {
		return err
	}
	m.HTML = b.String()
	return nil
}

func (r *moreReply) write(m found) error {
	e := json.NewEncoder(r.c.Response())
	e.SetEscapeHTML(false)
	if err := e.Encode(m); err != nil {
		return err
	}
	r.c.Response().Flush()
	return nil
}

// finish tells the end, with what went wrong in words: the answer has begun, so it can't be an error.
func (r *moreReply) finish(err error) error {
	if r.c.Request().Context().Err() != nil {
		return nil // the page is gone
	}
	m := r.last
	m.End = true
	if err != nil && err != errEnough {
		r.p.web.log.Warn("log not searched", "error", err)
		if m.Error = "The log can't be read now. Try again in a moment."; fault.CodeOf(err) != "" {
			f, _ := fault.As(err)
			m.Error = f.Message
		}
		m.Error = i18n.Say(r.c.Request().Context(), m.Error)
	}
	_ = r.write(m) // who doesn't read any more needn't know
	return nil
}

// tailLogs answers GET …/logs/tail: the newest lines, for a viewer that returns to them.
func (p *pages) tailLogs(c echo.Context) error {
	s, err := p.scopeOf(c)
	if err != nil {
		return err
	}
	v, ctx := p.frame(s), c.Request().Context()
	p.tail(ctx, s, &v, pageLines)
	v.From, v.To = 0, v.Cursor
	var out bytes.Buffer
	if err := logview.Live(v, v.Lines).Render(ctx, &out); err != nil {
		return err
	}
	return c.HTMLBlob(http.StatusOK, out.Bytes())
}

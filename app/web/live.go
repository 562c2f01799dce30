package web

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/auth"
	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/sse"
	"github.com/botswain/botswain/views/layout"
)

// changes are the topics that changed since a page was last looked at; nil means: look at all.
type changes map[event.Topic]struct{}

// any says whether one of the kinds changed.
func (c changes) any(kinds ...event.TopicKind) bool {
	if c == nil {
		return true
	}
	for t := range c {
		for _, k := range kinds {
			if t.Kind == k {
				return true
			}
		}
	}
	return false
}

// and joins what has changed since with what still waits to be looked at.
func (c changes) and(more changes) changes {
	if c == nil {
		return nil
	}
	all := maps.Clone(c)
	maps.Copy(all, more)
	return all
}

// livePage is what one connection shows. It belongs to one goroutine.
type livePage interface {
	// wants says which topics change the page. It is called from other goroutines.
	wants(event.Topic) bool
	// next gives the parts that may have changed. With more it wants to be called again soon, whether
	// or not something changes.
	next(context.Context, changes) (parts []part, more bool)
	// cursor is the last line of the page's log; 0 without one.
	cursor() int64
	// pace is the shortest time between two messages.
	pace() time.Duration
}

// retryAfter is when a page that couldn't read something tries again.
const retryAfter = time.Second

// live answers GET /live: the page's event stream.
func (p *pages) live(c echo.Context) error {
	user, _ := auth.UserFrom(c.Request().Context())
	cookie, err := c.Cookie(auth.CookieName)
	if err != nil {
		return fault.New(fault.Unauthorized, "You are not signed in.")
	}
	after, ok := sse.LastEventID(c.Request())
	page, err := p.livePage(c.Request().Context(), user.ID, c.QueryParams(), after, ok)
	if err != nil {
		return err
	}
	return p.streams.Serve(c.Response(), c.Request(), sse.Stream{
		User:   user.ID.String(),
		Beat:   "beat",
		Cursor: page.cursor(),
		Alive:  p.stillSignedIn(cookie.Value),
		Pump: func(ctx context.Context, conn *sse.Conn) error {
			// An open page notices that Botswain was upgraded meanwhile.
			if err := conn.Send(sse.Event{Name: "build", Data: p.build()}); err != nil {
				return err
			}
			to := newSender(p.fragments)
			to.drawn, to.patience = marksOf(c.Request()), p.patience
			return p.pump(ctx, conn, page, newLiveSidebar(p, page, user.ID), to)
		},
	})
}

// stillSignedIn is asked at each heartbeat. Only a clear answer ends the stream: while the database
// is away nobody is signed out.
func (p *pages) stillSignedIn(cookie string) func(context.Context) bool {
	return func(ctx context.Context) bool {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		_, err := p.users.UserBySession(ctx, cookie)
		return fault.CodeOf(err) != fault.Unauthorized
	}
}

// poll answers GET /live/poll: the same parts at once, for browsers that can't have the stream.
func (p *pages) poll(c echo.Context) error {
	after, ok := sse.LastEventID(c.Request())
	page, err := p.livePage(c.Request().Context(), userOf(c).ID, c.QueryParams(), after, ok)
	if err != nil {
		return err
	}
	if x, ok := page.(interface{ polled() }); ok {
		x.polled() // the query says what the page had when it was loaded
	}
	ctx, out, to := c.Request().Context(), strings.Builder{}, newSender(p.fragments)
	side := newLiveSidebar(p, page, userOf(c).ID)
	var changed changes
	for range 1 + maxBehind/batchLines { // enough for all lines that a follower may be late
		m, err := p.compose(ctx, page, side, to, changed)
		if err != nil {
			return err
		}
		out.WriteString(m.html)
		if !m.more || m.missed {
			break
		}
		changed = changes{}
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	c.Response().Header().Set("Botswain-Build", p.build())
	return c.HTML(http.StatusOK, out.String())
}

// build names what this server's pages are made by.
func (p *pages) build() string { return layout.Build(p.web.deps.Version) }

// livePage makes the page that a query of a user asks for. after is the last line that the browser has; when
// known is false it has none, and gets only what comes.
func (p *pages) livePage(ctx context.Context, user uuid.UUID, q url.Values, after int64, known bool) (livePage, error) {
	switch q.Get("page") {
	case "dashboard":
		return newLiveDashboard(p, user, q, after, known), nil
	case "events":
		return newLiveEvents(p, q, after, known), nil
	case "host":
		return &liveHostPage{p}, nil
	case "bot", "logs":
		id, err := uuid.Parse(q.Get("id"))
		if err != nil {
			return nil, fault.New(fault.NotFound, "There is no such bot.")
		}
		if !known {
			after = p.logs.LastSeq(id)
		}
		query, err := p.logQueryOf(ctx, q, &id)
		if err != nil {
			return nil, err
		}
		return newLiveBot(p, id, q.Get("page") == "logs", after, query), nil
	case "all-logs":
		query, err := p.logQueryOf(ctx, q, nil)
		if err != nil {
			return nil, err
		}
		since := time.Now()
		if known {
			since = time.UnixMicro(after)
		}
		return newLiveAll(p, query, since), nil
	case "tab", "run", "crash":
		return newLiveTab(p, q)
	}
	return nil, fault.New(fault.NotFound, "There is no such live page.")
}

// pump sends what changes until ctx ends: the first change at once, then not faster than the page's
// pace, always the newest values.
func (p *pages) pump(ctx context.Context, conn *sse.Conn, page livePage, side *liveSidebar, to *sender) error {
	wants := func(t event.Topic) bool { return page.wants(t) || side.wants(t) }
	sub := p.hub.Subscribe(wants) // before the first look, so that nothing falls between
	defer sub.Close()
	var changed changes
	for {
		if changed != nil && changed.any(event.TopicHealth) {
			// What is wrong goes first: the rest may be what hangs.
			if err := p.send(ctx, conn, page, to, []part{p.healthPart()}); err != nil {
				return err
			}
		}
		m, err := p.compose(ctx, page, side, to, changed)
		if err != nil {
			return err
		}
		if m.html != "" {
			if err := conn.Send(sse.Event{ID: page.cursor(), Data: m.html}); err != nil {
				return err
			}
			if err := pause(ctx, page.pace()); err != nil {
				return err
			}
		}
		if !m.more || m.missed || m.html == "" {
			if err := await(ctx, sub, m.more || m.missed); err != nil {
				return err
			}
		}
		if taken := sub.Take(); m.missed {
			changed = changed.and(taken)
		} else {
			changed = taken
		}
	}
}

// message is what has changed on a page.
type message struct {
	html   string // "" when nothing has
	more   bool   // there is more
	missed bool   // something couldn't be read
}

// compose makes the next message of a page. What can't be read, or not in time, is left out.
func (p *pages) compose(ctx context.Context, page livePage, side *liveSidebar, to *sender, changed changes) (message, error) {
	reading, cancel := context.WithTimeout(ctx, to.patience)
	defer cancel()
	parts, more := page.next(reading, changed)
	parts = append(append(parts, p.tabParts(reading, page, changed)...), side.parts(reading, changed)...)
	late := reading.Err() != nil
	var out strings.Builder
	err := to.write(ctx, &out, parts)
	return message{html: out.String(), more: more, missed: late || to.missed}, err
}

func (p *pages) send(ctx context.Context, conn *sse.Conn, page livePage, to *sender, parts []part) error {
	var out strings.Builder
	if err := to.write(ctx, &out, parts); err != nil || out.Len() == 0 {
		return err
	}
	return conn.Send(sse.Event{ID: page.cursor(), Data: out.String()})
}

// await returns when something changed; with retry also after a while.
func await(ctx context.Context, sub *event.Subscription, retry bool) error {
	var again <-chan time.Time
	if retry {
		t := time.NewTimer(retryAfter)
		defer t.Stop()
		again = t.C
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-sub.C():
	case <-again:
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// botParam reads the bot's id from the path.
func botParam(c echo.Context) (bot.ID, error) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		return id, fault.New(fault.NotFound, "There is no such bot.")
	}
	return id, nil
}

package web

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/logs"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/logview"
)

const (
	// firstLook is how long a page waits for what its filter finds; the rest comes to the open page.
	firstLook = 700 * time.Millisecond
	// stepLook is the same for a page that a link or a browser without scripts asks for.
	stepLook = 3 * time.Second
	// aroundLines is how many lines are shown before and after one that an address names.
	aroundLines = 150
)

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

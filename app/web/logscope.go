package web

import (
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
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
	var err error
	s.logQuery, err = p.logQueryOf(c.Request().Context(), c.QueryParams(), s.id())
	return s, err
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

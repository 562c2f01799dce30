package web

import (
	"context"
	"net/http"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/logs"
	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/logview"
)

// logCounter counts stored lines.
type logCounter interface {
	Count(ctx context.Context, id *bot.ID, pick *logs.Matcher, parts int) (logs.Counts, error)
}

// countParts are the bars of the small chart above a log.
const countParts = 120

// countLog answers GET …/logs/counts?FILTER: how many lines of each level there are, for the chips of the filter, and
// the chart of them over time. Each is asked for once, after the page: it never holds up the lines.
func (p *pages) countLog(c echo.Context) error {
	s, err := p.scopeOf(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	var found logs.Counts
	end, err := p.searches.begin(userOf(c).ID.String()) // they have the searches' connections
	if err == nil {
		defer end()
		found, err = p.logs.Count(ctx, s.id(), s.pick, countParts)
	}
	if code := fault.CodeOf(err); err != nil && code != fault.Unavailable && code != fault.TooMany {
		return err
	}
	v := p.frame(s)
	shown := logview.Counts{From: found.From.Local(), To: found.To.Local()}
	if err != nil {
		shown.Away = i18n.Say(ctx, describe(err).message)
	}
	parts := []part{}
	for _, name := range logview.LevelNames() {
		n := found.Of(levelSet([]string{name}))
		shown.Total += n
		word := ""
		if err == nil {
			word = i18n.Count(ctx, n)
		}
		parts = append(parts, part{target: logview.CountID(name), swap: "textContent", draw: just(templ.Raw(word))})
	}
	picked := s.pick.Levels
	for _, x := range found.Parts {
		var bar logview.CountBar
		for level, n := range x {
			switch set := logs.LevelSet(level); {
			case picked != 0 && picked&set == 0:
			case set&levelSet([]string{"error"}) != 0:
				bar.Errors += n
			case set&levelSet([]string{"warn"}) != 0:
				bar.Warnings += n
			default:
				bar.Others += n
			}
		}
		shown.Bars = append(shown.Bars, bar)
	}
	parts = append(parts, part{target: logview.CountsID, swap: "outerHTML", draw: just(logview.CountsShown(v, shown))})
	var out strings.Builder
	if err := newSender(p.fragments).write(ctx, &out, parts); err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.HTML(http.StatusOK, out.String())
}

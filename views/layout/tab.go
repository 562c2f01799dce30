package layout

import (
	"context"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/static"
	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/ui"
)

// The colours of what browsers draw around a page: those of the sea at its top, as sRGB.
const (
	seaDark  = "#0b1a24"
	seaLight = "#eef5f8"
)

// Tab is what a browser's tab shows besides the page's title, so that a crash is seen from another tab.
// The zero Tab shows nothing.
type Tab struct {
	// State is the worst state that somebody should know of: bot.Crashed, bot.Unresponsive, bot.Waiting, or "".
	State bot.State
	// Count is how many bots are in it; 0 on the page of a bot, where it is that bot.
	Count int
}

// words stand before the title; "" when all is well.
func (t Tab) words(ctx context.Context) string {
	switch {
	case t.State == "":
		return ""
	case t.Count == 0:
		return i18n.T(ctx, ui.StateKey(t.State))
	case t.State == bot.Crashed:
		return i18n.T(ctx, "layout.tab-crashed", t.Count)
	case t.State == bot.Unresponsive:
		return i18n.T(ctx, "layout.tab-unresponsive", t.Count)
	}
	return i18n.T(ctx, "layout.tab-waiting", t.Count)
}

// title is the window's title.
func (t Tab) title(ctx context.Context, page string) string {
	if w := t.words(ctx); w != "" {
		return w + " · " + page + " · Botswain"
	}
	return page + " · Botswain"
}

// icon is the address of the tab's picture.
func (t Tab) icon() string {
	switch t.State {
	case bot.Crashed:
		return static.Path("img/logo-crashed.svg")
	case bot.Unresponsive:
		return static.Path("img/logo-unresponsive.svg")
	case bot.Waiting:
		return static.Path("img/logo-waiting.svg")
	}
	return static.Path("img/logo.svg")
}

type headProps struct {
	title   string
	refresh int
	scripts []string
	tab     Tab
}

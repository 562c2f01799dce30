// Package layout is what is around every page: head, sidebar, top bar, dock on phones, the regions
// that live updates fill. Auth is the quiet variant for pages without a login.
package layout

import (
	"context"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"github.com/botswain/botswain/static"
	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/icon"
	"github.com/botswain/botswain/views/ui"
)

// Crumb is one step of the way to a page; the last one has no Href.
type Crumb struct{ Label, Href string }

// User is who is signed in.
type User struct {
	Name string
	Role string // as it is stored: "owner", …
}

// Pages of the navigation, for Props.Active.
const (
	Dashboard = "dashboard"
	Logs      = "logs"
	NewBot    = "new-bot"
	Host      = "host"
)

// Props describes a page inside the layout.
type Props struct {
	Title string // of the window; Botswain's name is added
	// Active is the page of the navigation that is current, or "".
	Active string
	Crumbs []Crumb
	User   User
	// Version of Botswain, shown beside its name.
	Version string
	// Live is the address of the page's event stream; "": the page isn't live.
	Live string
	// Has names the parts that the page is drawn with; its first connection says it, so that they aren't sent again.
	Has string
	// HideNew leaves out the New bot button, on pages that have a primary action of their own.
	HideNew bool
	// Refresh reloads the page after that many seconds; 0: never.
	Refresh int
	// Health, when set, is the banner that says what is wrong with Botswain itself; live updates replace it (#health).
	Health templ.Component
	// Tab is what the browser's tab shows of the bots.
	Tab Tab
	// Pins are the bots that the user has pinned.
	Pins []Pin
	// Toasts are shown when the page opens: what a form that led here has to say.
	Toasts []ui.Toast
	// Scripts names further files of static/js that the page needs beside app.js, such as "charts.js".
	Scripts []string
}

// AuthProps describes a page without a login.
type AuthProps struct {
	Title string
	Wide  bool // for set-up
	// Refresh reloads the page after that many seconds; 0: never.
	Refresh int
}

// Build names what a page was made by: pages of another build may not fit its scripts and css.
func Build(version string) string { return version + "+" + static.Build() }

// link is one entry of the navigation.
type link struct {
	id, href string
	label    i18n.Key
	icon     icon.Name
}

// links lists only what exists.
func links() []link {
	return []link{
		{Dashboard, "/", i18n.Key("layout.dashboard"), icon.LayoutDashboard},
		{Logs, "/logs", i18n.Key("layout.logs"), icon.ScrollText},
		{Host, "/host", i18n.Key("layout.host"), icon.Cpu},
		{NewBot, "/bots/new", i18n.Key("layout.new-bot"), icon.Plus},
	}
}

// htmxConfig: css is ours (and the policy forbids added styles); the history reloads pages, because
// a page's state lives on the server; only 204 and 304 are never swapped.
const htmxConfig = `{"includeIndicatorCSS":false,"history":"reload","defaultTimeout":30000}`

// LiveAddress has a live address name the page's language, so that what arrives fits the page whatever
// is chosen meanwhile.
func LiveAddress(ctx context.Context, address string) string {
	separator := "?"
	if strings.Contains(address, "?") {
		separator = "&"
	}
	return address + separator + url.Values{"lang": {i18n.Of(ctx).Tag()}}.Encode()
}

// role puts a stored role into words.
func role(ctx context.Context, stored string) string {
	if stored == "admin" {
		return i18n.T(ctx, "layout.role-admin")
	}
	return stored
}

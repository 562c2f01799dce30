// Package gallery is a page with every component of views/ui in each of its states. cmd/gallery serves it
// to developers, without a database; Botswain itself doesn't have it.
package gallery

import (
	"context"
	"io"
	"math"
	"time"

	"github.com/a-h/templ"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/icon"
	"github.com/botswain/botswain/views/ui"
)

// section is a group of components that belong together.
type section struct {
	id, title string
	items     []item
}

// item is one component, with what it is called in views/ui.
type item struct {
	name string
	wide bool // takes a whole row
	show []templ.Component
}

// sections are the whole gallery as it looks at a moment.
func sections(now time.Time) []section {
	return []section{
		{"state", "State", stateItems(now)},
		{"buttons", "Buttons and menus", buttonItems()},
		{"fields", "Fields", fieldItems()},
		{"cards", "Cards and figures", cardItems(now)},
		{"charts", "Charts", chartItems(now)},
		{"banners", "Banners and toasts", messageItems()},
	}
}

func stateItems(now time.Time) []item {
	var states, notes, icons, avatars []templ.Component
	for _, s := range bot.States() {
		states = append(states, ui.StateBadge(s, time.Time{}, now))
		notes = append(notes, framed(string(s), ui.StatusNote(ui.StateIcon(s), "Why the bot is "+string(s))))
	}
	for _, t := range []ui.Tone{ui.OK, ui.Info, ui.Warn, ui.Error} {
		states = append(states, ui.Badge(t, "", string(t)))
		icons = append(icons, ui.StatusIcon(t, icon.Rocket))
	}
	for i, t := range bot.Types() {
		name := []string{"Support Desk", "Mod Squad", "Tide Times", "Invoice Courier"}[i%4]
		avatars = append(avatars, ui.Avatar(name, t, ui.AvatarPage), ui.AvatarOf(name, t, ui.AvatarCard, ""), ui.Avatar(name, t, ui.AvatarList))
	}
	return []item{
		{"StateBadge, Badge", true, append(states, ui.StateBadge(bot.Waiting, now.Add(24*time.Second), now))},
		{"StatusNote", true, notes},
		{"StatusIcon, StatusDot", false, append(icons, framed("running", ui.StatusDot(true)), framed("crashed", ui.StatusDot(false)))},
		{"Until, Since", false, []templ.Component{ui.Until(now.Add(time.Hour), now), ui.Since(now.Add(-50*time.Hour), now)}},
		{"Avatar, AvatarOf, PersonAvatar", true, append(avatars, ui.PersonAvatar("Ada Lovelace"))},
		{"Tag, TagList", false, []templ.Component{ui.Tag("prod"), ui.TagList([]string{"prod", "europe"})}},
	}
}

func buttonItems() []item {
	var kinds, sizes []templ.Component
	for _, k := range []ui.Kind{ui.Primary, ui.Quiet, ui.Ghost, ui.DangerOutline, ui.Danger} {
		kinds = append(kinds, with(ui.Button(ui.ButtonProps{Kind: k, Icon: icon.RotateCw}), words("Restart")))
	}
	for _, s := range []ui.Size{ui.XS, ui.SM, ui.MD} {
		sizes = append(sizes, with(ui.Button(ui.ButtonProps{Size: s}), words("Size")), ui.Button(ui.ButtonProps{Size: s, Icon: icon.Copy, Label: "Copy, " + string(s)}))
	}
	menu := together(ui.MenuLink("#buttons", icon.ScrollText, "Log"), ui.MenuButton(icon.Copy, "Duplicate", false, templ.Attributes{"type": "button"}), ui.MenuLine(),
		ui.MenuButton(icon.Trash2, "Delete…", true, templ.Attributes{"type": "button"}))
	return []item{
		{"Button", true, append(kinds,
			with(ui.Button(ui.ButtonProps{Disabled: true}), words("Disabled")),
			with(ui.Button(ui.ButtonProps{Attrs: templ.Attributes{"aria-busy": "true"}}), together(icon.Icon(icon.LoaderCircle, "size-3.5 motion-safe:animate-spin"), words("Restarting…"))),
		)},
		{"Button, sizes", true, sizes},
		{"LinkButton", false, []templ.Component{with(ui.LinkButton("#buttons", ui.ButtonProps{Icon: icon.ArrowRight}), words("A link"))}},
		{"ConfirmDialog", false, []templ.Component{
			with(ui.Button(ui.ButtonProps{Kind: ui.DangerOutline, Open: "gallery-dialog"}), words("Delete Mod Squad…")),
			ui.ConfirmDialog(ui.ConfirmProps{ID: "gallery-dialog", Tone: ui.Error, Icon: icon.Trash2, Title: "Delete Mod Squad?", Text: "Its settings, runs and logs go. The folder on disk stays.",
				Safe: "Keep it", Action: "#", Do: "Delete bot", Busy: "Deleting…", Type: "Mod Squad"}),
		}},
		{"Menu, MenuLink, MenuButton, MenuLine", false, []templ.Component{with(ui.Menu(ui.MenuProps{Label: "More for Mod Squad", ID: "gallery-menu"}), menu)}},
		{"Tabs", true, []templ.Component{ui.Tabs("Pages of this bot", []ui.Tab{{Label: "Overview", Href: "#a", Current: true}, {Label: "Logs", Href: "#b"}, {Label: "Crashes", Href: "#c", Count: 3}})}},
		{"Chip", true, []templ.Component{
			ui.Chip(ui.ChipProps{Type: "radio", Name: "gallery-chip", Value: "", Checked: true, Label: "All", Count: 12}),
			ui.Chip(ui.ChipProps{Type: "radio", Name: "gallery-chip", Value: "crashed", Icon: icon.OctagonX, Tone: "crashed", Label: "Crashed", Count: 1}),
			ui.Chip(ui.ChipProps{Type: "checkbox", Name: "gallery-tag", Value: "prod", Label: "prod", Count: -1}),
		}},
	}
}

func fieldItems() []item {
	field := func(id, label string) ui.FieldProps { return ui.FieldProps{ID: "gallery-" + id, Label: label} }
	wrong := field("wrong", "Command")
	wrong.Error = "There is no program mian.py in this folder. Did you mean main.py?"
	help := field("help", "Name")
	help.Help, help.Note = "As it is shown everywhere.", "up to 80 letters"
	return []item{
		{"Field, TextField, TextInput, TextArea, FieldError", true, []templ.Component{
			ui.TextField(ui.TextProps{FieldProps: help, Value: "Tide Times"}),
			ui.TextField(ui.TextProps{FieldProps: wrong, Value: "python mian.py", Mono: true, Prefix: "$"}),
			ui.TextField(ui.TextProps{FieldProps: field("secret", "Token"), Type: "password", Value: "not a token", Reveal: true}),
			ui.TextArea(ui.AreaProps{TextProps: ui.TextProps{FieldProps: field("key", "Key"), Mono: true, Value: "line 1\nline 2"}, Rows: 3, Masked: true}),
			ui.TextField(ui.TextProps{FieldProps: field("wait", "First wait"), Value: "1", Suffix: "s", Numeric: true}),
			with(ui.Field(field("plain", "Folder")), ui.TextInput(ui.TextProps{FieldProps: field("plain", "Folder"), Placeholder: "bots/tide-times"})),
			ui.FieldError("gallery-nowhere", "What is wrong, and the way out."),
		}},
		{"Select", false, []templ.Component{
			ui.Select(ui.SelectProps{FieldProps: field("signal", "Signal"), Value: "SIGTERM", Options: []ui.Option{{Value: "SIGTERM", Label: "SIGTERM"}, {Value: "SIGINT", Label: "SIGINT"}}}),
		}},
		{"Toggle", false, []templ.Component{
			ui.Toggle(ui.ToggleProps{ID: "gallery-on", Label: "Start with Botswain", Help: "Also after a reboot.", Checked: true}),
			ui.Toggle(ui.ToggleProps{ID: "gallery-off", Label: "Restart when it hangs"}),
		}},
		{"RadioCards", true, []templ.Component{ui.RadioCards(ui.RadioProps{ID: "gallery-policy", Name: "gallery-policy", Legend: "Restart policy", Value: "always", Columns: "sm:grid-cols-3", Options: []ui.RadioOption{
			{Value: "always", Label: "Always", Help: "Whatever it ended with."}, {Value: "on-failure", Label: "After failures", Help: "Not when it ended well."}, {Value: "never", Label: "Never", Help: "Somebody starts it."}}})}},
	}
}

func cardItems(now time.Time) []item {
	return []item{
		{"Card", true, []templ.Component{
			with(ui.Card(ui.CardProps{ID: "gallery-card", Title: "Restarts", Sub: "What happens when it ends."}), words("What is in it.")),
			with(ui.Card(ui.CardProps{ID: "gallery-danger", Title: "Delete this bot", Tone: ui.Error}), words("What is lost.")),
		}},
		{"Tile", true, []templ.Component{
			ui.Tile(ui.TileProps{Icon: icon.ShipWheel, Label: "Bots running", Value: "6", Unit: "of 12"}),
			ui.Tile(ui.TileProps{Icon: icon.Cpu, Label: "Host CPU", Value: "34%", Sub: "4 cores, load 1.42"}),
		}},
		{"Facts, Fact", false, []templ.Component{with(ui.Facts(), together(with(ui.Fact("Uptime"), ui.Since(now.Add(-9*24*time.Hour), now)), with(ui.Fact("Restarts"), words("3"))))}},
		{"DefinitionRow", false, []templ.Component{list(together(with(ui.DefinitionRow("PID"), words("4711")), with(ui.DefinitionRow("Folder"), words("bots/tide-times"))))}},
		{"EmptyState", true, []templ.Component{with(ui.EmptyState(icon.Anchor, "No bots on deck yet", "Add a bot and Botswain keeps it running."), with(ui.Button(ui.ButtonProps{Kind: ui.Primary, Icon: icon.Plus}), words("New bot")))}},
		{"Skeleton, CardSkeleton, RowSkeleton, Loading", true, []templ.Component{with(ui.Loading("no-place", ""), words("Loading")), ui.CardSkeleton(), ui.RowSkeleton("h-10"), ui.Skeleton("h-4 w-40")}},
	}
}

func chartItems(now time.Time) []item {
	wave, hours, busy, calm := make([]float64, 60), make([]time.Time, 24), make([]float64, 24), make([]float64, 24)
	for i := range wave {
		wave[i] = 3 + 2*math.Sin(float64(i)/6)
	}
	gap := append([]float64{}, wave...)
	for i := 20; i < 35; i++ {
		gap[i] = math.NaN()
	}
	for i := range hours {
		hours[i] = now.Truncate(time.Hour).Add(time.Duration(i-23) * time.Hour)
		busy[i], calm[i] = 900+700*math.Sin(float64(i)/4), 160+90*math.Cos(float64(i)/3)
	}
	day := ui.HoursProps{Hours: hours, Series: []ui.HourSeries{
		{Name: "Messages", Values: busy, Class: "text-primary", Swatch: "bg-primary"}, {Name: "Commands", Values: calm, Class: "text-secondary", Swatch: "bg-secondary"}}}
	troubled := day
	troubled.Crashes = make([]int, len(hours))
	troubled.Crashes[4], troubled.Crashes[17] = 1, 3
	return []item{
		{"Sparkline", true, []templ.Component{
			sized(ui.Sparkline(ui.SparkProps{Values: wave, Class: "text-primary", Label: "CPU of the last hour"})),
			sized(ui.Sparkline(ui.SparkProps{Values: gap, Class: "text-secondary", Label: "Memory of the last hour, with a gap"})),
			sized(ui.Sparkline(ui.SparkProps{})),
		}},
		{"Ring", false, []templ.Component{ui.Ring(0.33, "33% used", "size-10 text-primary"), ui.Ring(0.91, "91% used", "size-10 text-warning"), ui.Ring(0, "Not used", "size-10")}},
		{"Uptime", true, []templ.Component{ui.Uptime("gallery-uptime", uptime(now)), ui.Uptime("gallery-uptime-away", ui.UptimeProps{Away: "The database is away."})}},
		{"HourLegend", false, []templ.Component{ui.HourLegend(day), ui.HourLegend(troubled)}},
		{"HourChart", true, []templ.Component{ui.HourChart(day), ui.HourChart(troubled)}},
		{"HourTable", true, []templ.Component{ui.HourTable("gallery-hours", "Messages and commands by the hour", day)}},
	}
}

// uptime is a bot of 60 days with a bad day, a short outage, a day off and one of which nothing is known.
func uptime(now time.Time) ui.UptimeProps {
	const day = 24 * time.Hour
	p := ui.UptimeProps{}
	for i := range 90 {
		d := ui.UptimeDay{At: now.Truncate(day).Add(time.Duration(i-89) * day), Up: day}
		switch i {
		case 50:
			d.Up, d.Down, d.Outages = day-3*time.Hour, 3*time.Hour, 2
		case 61:
			d.Up, d.Down, d.Outages = day-time.Minute, time.Minute, 1
		case 70:
			d.Up, d.Off = 0, day
		case 80:
			d.Up, d.Unknown = 0, day
		}
		if i < 30 {
			d = ui.UptimeDay{At: d.At, None: true}
		}
		p.Days = append(p.Days, d)
	}
	whole, most := 1.0, 0.9979
	p.Shares = []ui.UptimeShare{{Label: "24 h", Share: &whole}, {Label: "7 d", Share: &whole}, {Label: "30 d", Share: nil}, {Label: "90 d", Share: &most}}
	return p
}

func messageItems() []item {
	var banners []templ.Component
	for _, t := range []ui.Tone{ui.OK, ui.Info, ui.Warn, ui.Error} {
		banners = append(banners, with(ui.Banner(ui.BannerProps{Tone: t, Title: "What has happened", Text: "What it means, and what to do."}), with(ui.Button(ui.ButtonProps{}), words("Do it"))))
	}
	return []item{
		{"Banner", true, banners},
		{"Toasts", true, []templ.Component{ui.Toasts([]ui.Toast{
			{State: "warn", Text: "Mod Squad: not possible now", Detail: "It is stopping.", Href: "#banners", Link: "Open"},
			{State: "error", Text: "That did not work", Detail: "Botswain could not be reached."},
			{State: "warn", Text: "Stopping Tide Times", Undo: "#undo"},
		})}},
	}
}

// left are components of views/ui that the gallery doesn't show by themselves: what they are around, or
// where they go, is shown.
func left() []string { return []string{"ToastPartial", "ToastRegion"} }

// with gives a component its children.
func with(c, children templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error { return c.Render(templ.WithChildren(ctx, children), w) })
}

func words(text string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, templ.EscapeString(text))
		return err
	})
}

// together shows one component after the other.
func together(list ...templ.Component) templ.Component { return templ.Join(list...) }

package ui_test

import (
	"bytes"
	"context"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/icon"
	"github.com/botswain/botswain/views/ui"
)

// gallery is every component in each of its states.
func gallery() map[string]templ.Component {
	now := time.Date(2026, 11, 22, 17, 42, 0, 0, time.UTC)
	evil := `<script>alert(1)</script>" onload="x`
	g := map[string]templ.Component{
		"count-down":  ui.StateBadge(bot.Waiting, now.Add(24*time.Second), now),
		"dot":         ui.StatusDot(true),
		"note":        ui.StatusNote(icon.Skull, evil),
		"icon":        ui.StatusIcon(ui.Error, icon.OctagonX),
		"until":       ui.Until(now.Add(time.Hour), now),
		"since":       ui.Since(now.Add(-time.Hour), now),
		"button":      with(ui.Button(ui.ButtonProps{Kind: ui.Primary, Icon: icon.Plus, Busy: "Creating…", Attrs: templ.Attributes{"hx-post": "/x"}}), evil),
		"icon button": ui.Button(ui.ButtonProps{Label: evil, Icon: icon.X, Disabled: true}),
		"opener":      with(ui.Button(ui.ButtonProps{Open: "d", Kind: ui.DangerOutline, Size: ui.XS}), "Delete…"),
		"link":        with(ui.LinkButton("javascript:alert(1)", ui.ButtonProps{}), "To"),
		"card":        with(ui.Card(ui.CardProps{ID: "c", Title: evil, Sub: evil, Tone: ui.Error}), "inside"),
		"tile":        ui.Tile(ui.TileProps{Icon: icon.Cpu, Label: "CPU", Value: "34%", Unit: "of 4", Sub: "load 1.42"}),
		"facts":       with(ui.Facts(), "none"),
		"fact":        with(ui.Fact("Uptime"), "9 d"),
		"row":         with(ui.DefinitionRow("PID"), "4711"),
		"empty":       with(ui.EmptyState(icon.Anchor, "No bots on deck yet", evil), ""),
		"skeleton":    ui.CardSkeleton(),
		"banner":      with(ui.Banner(ui.BannerProps{ID: "b", Tone: ui.Warn, Title: evil, Text: evil, Alert: true, Focus: true}), ""),
		"toasts":      ui.Toasts([]ui.Toast{{State: "ok", Text: evil, Detail: evil, Href: "/x", Link: "Open", Undo: "/undo"}, {State: "error", Text: "No"}}),
		"partial":     ui.ToastPartial([]ui.Toast{{State: "info", Text: "x"}}),
		"no partial":  ui.ToastPartial(nil),
		"region":      ui.ToastRegion(nil),
		"spark":       ui.Sparkline(ui.SparkProps{Values: []float64{1, math.NaN(), 3, 4, math.NaN()}, Label: "CPU of the last hour", Class: "text-primary"}),
		"no spark":    ui.Sparkline(ui.SparkProps{}),
		"only gaps":   ui.Sparkline(ui.SparkProps{Values: []float64{math.NaN(), math.NaN()}}),
		"ring":        ui.Ring(0.33, "33% used", "size-10"),
		"full ring":   ui.Ring(3, "300% used", "size-10"),
		"avatar":      ui.Avatar(evil, bot.TelegramBot, ui.AvatarCard),
		"big avatar":  ui.Avatar("Mod Squad", bot.DiscordBot, ui.AvatarPage),
		"no platform": ui.Avatar("", bot.Generic, ui.AvatarList),
		"person":      ui.PersonAvatar("Ada Lovelace"),
		"tabs":        ui.Tabs("Sections", []ui.Tab{{Label: "Overview", Href: "/", Current: true}, {Label: evil, Href: "/logs", Count: 2}}),
		"menu":        with(ui.Menu(ui.MenuProps{Label: "More", ID: "m", Up: true}), ""),
		"menu link":   ui.MenuLink("/x", icon.Pencil, evil),
		"menu button": ui.MenuButton(icon.Trash2, "Delete", true, templ.Attributes{"type": "submit"}),
		"menu line":   ui.MenuLine(),
		"tags":        ui.TagList([]string{"prod", evil}),
		"chip":        ui.Chip(ui.ChipProps{Type: "checkbox", Name: "state", Value: "crashed", Checked: true, Icon: icon.OctagonX, Tone: "crashed", Label: "Crashed", Count: 1}),
		"dialog":      ui.ConfirmDialog(ui.ConfirmProps{ID: "d", Tone: ui.Error, Icon: icon.Trash2, Title: evil, Text: evil, Safe: "Keep it", Action: "/x", Do: "Delete bot", Type: evil}),
		"text":        ui.TextField(ui.TextProps{FieldProps: ui.FieldProps{ID: "a", Label: "Name", Help: "help", Error: evil}, Value: evil, Mono: true}),
		"password":    ui.TextField(ui.TextProps{FieldProps: ui.FieldProps{ID: "p", Label: "Password", Note: "twice"}, Type: "password", Reveal: true, Required: true, Autofocus: true}),
		"area":        ui.TextArea(ui.AreaProps{TextProps: ui.TextProps{FieldProps: ui.FieldProps{ID: "t", Label: "Key", Error: evil}, Value: evil, Required: true}, Rows: 2, Masked: true}),
		"figure":      ui.TextField(ui.TextProps{FieldProps: ui.FieldProps{ID: "f", Label: "Wait", Help: "h"}, Value: "1", Prefix: "~", Suffix: "s", Numeric: true}),
		"select":      ui.Select(ui.SelectProps{FieldProps: ui.FieldProps{ID: "s", Label: "Signal", Error: "no"}, Value: "b", Options: []ui.Option{{"a", "A"}, {"b", evil}}}),
		"radio":       ui.RadioCards(ui.RadioProps{ID: "r", Name: "r", Legend: "R", Value: "x", Options: []ui.RadioOption{{Value: "x", Label: evil, Help: "h"}, {Value: "y", Label: "Y", Picture: icon.Mark("size-5")}}, Error: "Choose one."}),
		"toggle":      ui.Toggle(ui.ToggleProps{ID: "t", Label: "On", Help: "h", Checked: true}),
	}
	for _, s := range bot.States() {
		g["state "+string(s)] = ui.StateBadge(s, time.Time{}, now)
	}
	for _, tone := range []ui.Tone{ui.OK, ui.Info, ui.Warn, ui.Error} {
		g["tone "+string(tone)] = ui.Badge(tone, "", string(tone))
	}
	return g
}

// with gives a component its children.
func with(c templ.Component, text string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		inside := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
			_, err := io.WriteString(w, templ.EscapeString(text))
			return err
		})
		return c.Render(templ.WithChildren(ctx, inside), w)
	})
}

// TestGallery renders everything and looks for what the content policy forbids, for text that
// became markup, for references to ids that aren't there, and for buttons without a name.
func TestGallery(t *testing.T) {
	for name, c := range gallery() {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := c.Render(t.Context(), &b); err != nil {
				t.Fatal(err)
			}
			doc, err := html.Parse(&b)
			if err != nil {
				t.Fatal(err)
			}
			ids := map[string]bool{}
			for n := range doc.Descendants() {
				ids[attr(n, "id")] = true
			}
			for n := range doc.Descendants() {
				if n.Type == html.ElementNode {
					check(t, n, ids)
				}
			}
		})
	}
}

func check(t *testing.T, n *html.Node, ids map[string]bool) {
	t.Helper()
	if n.Data == "script" || n.Data == "style" {
		t.Errorf("there is a <%s>", n.Data)
	}
	for _, a := range n.Attr {
		switch {
		case a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on"):
			t.Errorf("<%s> has %s", n.Data, a.Key)
		case strings.HasPrefix(a.Val, "javascript:"):
			t.Errorf("<%s %s> leads to a script", n.Data, a.Key)
		case (a.Key == "aria-describedby" || a.Key == "aria-labelledby" || a.Key == "for" || a.Key == "commandfor") && a.Val != "d" && !ids[a.Val]:
			t.Errorf("<%s %s=%q> names nothing", n.Data, a.Key, a.Val)
		case strings.Contains(a.Val, "NaN") || strings.Contains(a.Val, "Inf"):
			t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
		}
	}
	if n.Data == "button" && attr(n, "aria-label") == "" && strings.TrimSpace(text(n)) == "" {
		t.Error("a button has no name")
	}
	if n.Data == "svg" && attr(n, "aria-hidden") == "" && attr(n, "aria-label") == "" {
		t.Error("a picture has neither a name nor aria-hidden")
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// TestWordsApart: text and the component after it don't run together.
func TestWordsApart(t *testing.T) {
	now := time.Now()
	var b bytes.Buffer
	if err := ui.StateBadge(bot.Waiting, now.Add(24*time.Second), now).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if doc, err := html.Parse(&b); err != nil || text(doc) != "Restarts in 0:24" {
		t.Errorf("got %q (%v)", text(doc), err)
	}
}

func TestFormat(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{ui.Span(-time.Second), "0 s"}, {ui.Span(59 * time.Second), "59 s"}, {ui.Span(time.Minute), "1 min"}, {ui.Span(134 * time.Second), "2 min 14 s"},
		{ui.Span(3*time.Hour + 5*time.Minute), "3 h 5 min"}, {ui.Span(218 * time.Hour), "9 d 2 h"},
		{ui.Countdown(-1), "0:00"}, {ui.Countdown(23*time.Second + 1), "0:24"}, {ui.Countdown(time.Hour + 2*time.Minute + 3*time.Second), "1:02:03"},
		{ui.Bytes(0), "0 B"}, {ui.Bytes(999), "999 B"}, {ui.Bytes(512 << 20), "512 MB"}, {ui.Bytes(16750372454), "15.6 GB"}, {ui.Bytes(1 << 20), "1 MB"},
		{ui.Percent(0), "0%"}, {ui.Percent(0.068), "6.8%"}, {ui.Percent(0.991), "99%"},
		{ui.Count(7), "7"}, {ui.Count(-1234567), "-1,234,567"}, {ui.Count(123), "123"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

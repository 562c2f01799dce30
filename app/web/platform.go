package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/health"
	"github.com/botswain/botswain/app/platform"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/botpage"
	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/icon"
	"github.com/botswain/botswain/views/ui"
)

// platformReader is what Telegram and Discord say about bots.
type platformReader interface {
	Known(context.Context, bot.Bot) platform.Report
	Look(context.Context, bot.Bot) (platform.Report, error)
	// Revision grows with each change of what is known of a bot.
	Revision(bot.ID) uint64
	Outages() []platform.Outage
	// PictureOf is the version of a bot's picture; "": there is none.
	PictureOf(platform.Report) string
	ReadPicture(platform.Report) (data []byte, contentType, version string, err error)
}

// account is who the platform says a bot is, for its card and the head of its page.
func (p *pages) account(b bot.Bot) botcard.Account {
	if p.platforms == nil || platform.Of(b.Type) == "" {
		return botcard.Account{}
	}
	out := botcard.Account{Revision: p.platforms.Revision(b.ID)}
	if out.Revision == 0 {
		return out // nothing is known: no need to look for its token
	}
	r := p.platforms.Known(context.Background(), b)
	if r.Facts == nil {
		return out
	}
	out.Name = r.Facts.Identity.Name
	out.Handle = handle(r.Facts.Identity.Username)
	if v := p.platforms.PictureOf(r); v != "" {
		out.Picture = "/bots/" + b.ID.String() + "/avatar?v=" + v
	}
	return out
}

// platformPart is the card of the bot's page.
func (p *pages) platformPart(b botcard.Bot) part {
	return part{
		target: botpage.PlatformID, rev: fmt.Sprint(b.Account.Revision, b.Version), drawn: drawn(b.Now), key: botpage.PlatformID + b.ID.String(),
		draw: func(ctx context.Context) (templ.Component, error) {
			return botpage.PlatformCard(p.platform(ctx, b)), nil
		},
	}
}

func (p *pages) platform(ctx context.Context, b botcard.Bot) botpage.Platform {
	if p.platforms == nil || b.Type == bot.Generic {
		return botpage.Platform{}
	}
	return showPlatform(ctx, b, p.platforms.Known(ctx, b.Bot))
}

// checkPlatform answers POST /bots/:id/platform/check: asks, and shows what came.
func (p *pages) checkPlatform(c echo.Context) error {
	view, b, err := p.botOf(c)
	if err != nil {
		return err
	}
	if p.platforms == nil {
		return fault.New(fault.NotFound, "Platforms can't be asked here.")
	}
	r, err := p.platforms.Look(c.Request().Context(), view.Bot)
	if err != nil {
		return err
	}
	p.web.toast(c, checkToast(view.Name, r))
	if !isHTMX(c) {
		return p.web.seeOther(c, "/bots/"+view.ID.String())
	}
	b.Account = p.account(view.Bot)
	b.Now = now()
	shown := part{target: botpage.PlatformID, draw: just(botpage.PlatformCard(showPlatform(c.Request().Context(), b, r)))}
	var out strings.Builder
	if err := newSender(p.fragments).write(c.Request().Context(), &out, []part{shown}); err != nil {
		return err
	}
	return p.web.render(c, http.StatusOK, templ.Raw(out.String()))
}

func checkToast(name string, r platform.Report) ui.Toast {
	switch {
	case r.Unasked != "":
		return ui.Toast{State: "warn", Text: name + " can't be checked", Detail: r.Unasked}
	case r.Failure == nil:
		return ui.Toast{State: "ok", Text: r.Platform.Word() + " takes the token of " + name}
	case r.Failure.Kind == platform.Refused:
		return ui.Toast{State: "error", Text: r.Platform.Word() + " refuses the token of " + name, Detail: r.Failure.Message}
	}
	return ui.Toast{State: "warn", Text: "No answer about " + name, Detail: r.Failure.Message}
}

// avatar answers GET /bots/:id/avatar. Its address has the picture's version, so it may be kept.
func (p *pages) avatar(c echo.Context) error {
	view, _, err := p.botOf(c)
	if err != nil {
		return err
	}
	if p.platforms == nil {
		return fault.New(fault.NotFound, "This bot has no picture.")
	}
	data, contentType, version, err := p.platforms.ReadPicture(p.platforms.Known(c.Request().Context(), view.Bot))
	if err != nil {
		return err
	}
	if c.QueryParam("v") == version {
		c.Response().Header().Set("Cache-Control", "private, max-age=604800")
	}
	return c.Blob(http.StatusOK, contentType, data)
}

// notices say on every page what is wrong with Botswain itself, and which platforms are down.
func notices(s health.State, down []platform.Outage) templ.Component {
	list := []templ.Component{healthBanner(s)}
	for _, o := range down {
		title, text := o.Words()
		list = append(list, ui.Banner(ui.BannerProps{ID: "outage-" + string(o.Platform), Tone: ui.Warn, Icon: icon.Globe, Title: title, Text: text, Class: "mb-4"}))
	}
	return templ.Join(list...)
}

func (p *pages) outages() []platform.Outage {
	if p.platforms == nil {
		return nil
	}
	return p.platforms.Outages()
}

// healthPart draws the notices anew when they change.
func (p *pages) healthPart() part {
	state, down := p.health(), p.outages()
	rev := "health " + state.Message
	for _, o := range down {
		title, text := o.Words()
		rev += "\n" + title + text
	}
	return part{target: "health", swap: "innerHTML", rev: rev, key: "health", draw: just(notices(state, down))}
}

// showPlatform puts a report into what the card shows.
func showPlatform(ctx context.Context, b botcard.Bot, r platform.Report) botpage.Platform {
	out := botpage.Platform{
		Bot: b.ID, Type: b.Type, Title: ui.PlatformWord(b.Type), Unasked: r.Unasked, AskedAt: r.AskedAt, FactsAt: r.FactsAt, Now: b.Now,
	}
	if r.Unasked != "" {
		return out
	}
	findings := r.Findings(b.Now)
	for _, f := range findings {
		out.Findings = append(out.Findings, botpage.PlatformFinding{Tone: findingTone(f.Tone), Title: f.Title, Text: f.Text, Remedy: f.Remedy})
	}
	out.Tone, out.Word = badgeOf(r, findings)
	if f := r.Failure; f != nil {
		out.Failure, out.Until = f.Message, f.Until
	}
	out.Rows = platformRows(ctx, r, b.Now)
	if r.Facts == nil {
		return out
	}
	if t := r.Facts.Telegram; t != nil && t.Webhook != nil {
		out.Pending = &t.Webhook.Pending
		out.PendingNote = "Nothing waits to be taken."
		if t.Webhook.Pending > 0 {
			out.PendingNote = "Telegram keeps them for 24 h."
		}
	}
	if s := r.Session(b.Now); s != nil {
		out.Session = &botpage.Session{Remaining: s.Remaining, Total: s.Total, ResetsAt: s.ResetsAt}
	}
	return out
}

func findingTone(t platform.Tone) ui.Tone {
	switch t {
	case platform.Error:
		return ui.Error
	case platform.Warning:
		return ui.Warn
	}
	return ui.Info
}

// badgeOf sums a report up in a word.
func badgeOf(r platform.Report, findings []platform.Finding) (ui.Tone, string) {
	if f := r.Failure; f != nil {
		switch f.Kind {
		case platform.Refused:
			return ui.Error, "Token refused"
		case platform.Limited:
			return ui.Warn, "Asked too often"
		}
		return ui.Warn, "Not reached"
	}
	if r.AskedAt.IsZero() {
		return ui.Info, "Not asked yet"
	}
	for _, f := range findings {
		words := map[string]string{"webhook": "Webhook set", "webhook_error": "Webhook fails", "pending": "Backlog", "budget": "Sessions short"}
		if w := words[f.Code]; w != "" {
			return findingTone(f.Tone), w
		}
	}
	return ui.OK, "Token valid"
}

// platformRows are the figures. What the platform doesn't tell is said to be not available, and why.
func platformRows(ctx context.Context, r platform.Report, at time.Time) []botpage.PlatformRow {
	token, why := "", r.Platform.Word()+" has said nothing about it yet."
	if holds := r.Holds(); holds != nil {
		token = map[bool]string{true: "Valid", false: "Refused"}[*holds]
		if last := r.FactsAt; *holds && r.Failure != nil && !last.IsZero() {
			token = i18n.T(ctx, "bot.token-valid-ago", i18n.Span(ctx, at.Sub(last)))
		}
	}
	rows := []botpage.PlatformRow{{Label: "Token", Value: token, Why: why}}
	if r.Facts == nil {
		return rows
	}
	who := r.Facts.Identity
	rows = append(rows, botpage.PlatformRow{Label: "Account", Value: strings.TrimSpace(who.Name + " " + handle(who.Username)), Why: "It has no name."})
	switch {
	case r.Facts.Telegram != nil:
		rows = append(rows, telegramRows(r.Facts.Telegram, r.Facts.Missing)...)
	case r.Facts.Discord != nil:
		rows = append(rows, discordRows(ctx, r.Facts.Discord, r.Facts.Missing)...)
	}
	return rows
}

// handle writes a user name as people know it.
func handle(username string) string {
	if username == "" {
		return ""
	}
	return "@" + username
}

func telegramRows(t *platform.TelegramFacts, missing map[string]string) []botpage.PlatformRow {
	updates := ""
	if w := t.Webhook; w != nil {
		updates = "Polled for"
		if w.Host != "" {
			updates = "Webhook at " + w.Host
		}
	}
	return []botpage.PlatformRow{
		{Label: "Updates", Value: updates, Why: missing["webhook"]},
		{Label: "Privacy mode", Value: onOff(!t.ReadsAllMessages)},
		{Label: "Groups", Value: map[bool]string{true: "May be added", false: "May not be added"}[t.CanJoinGroups]},
		{Label: "Inline mode", Value: onOff(t.Inline)},
		{Label: "Users", Why: "Telegram tells no bot how many people use it. The bot can report it as the gauge users."},
	}
}

func discordRows(ctx context.Context, d *platform.DiscordFacts, missing map[string]string) []botpage.PlatformRow {
	application := missing["application"]
	if application == "" {
		application = "Discord didn't say it."
	}
	gateway := missing["gateway"]
	if gateway == "" {
		gateway = "Discord didn't say it."
	}
	intents, shards := "", ""
	if i := d.Intents; i != nil {
		var on []string
		for _, x := range []struct {
			on   bool
			name string
		}{{i.MessageContent, "Message content"}, {i.Members, "Members"}, {i.Presence, "Presence"}} {
			if x.on {
				on = append(on, x.name)
			}
		}
		if intents = strings.Join(on, ", "); intents == "" {
			intents = "None"
		}
	}
	if d.Gateway != nil {
		shards = fmt.Sprint(d.Gateway.Shards)
	}
	return []botpage.PlatformRow{
		{Label: "Servers, about", Value: countOf(ctx, d.Guilds), Why: application},
		{Label: "Installed by users, about", Value: countOf(ctx, d.Installs), Why: application},
		{Label: "Privileged intents", Value: intents, Why: application},
		{Label: "Shards, recommended", Value: shards, Why: gateway},
		{Label: "Members reached", Why: "Discord doesn't say it. The bot can report it as the gauge users."},
		{Label: "Latency", Why: "Only the bot itself can measure it. It can report it as the gauge ping_ms."},
	}
}

func countOf(ctx context.Context, n *int) string {
	if n == nil {
		return ""
	}
	return i18n.Count(ctx, int64(*n))
}

func onOff(on bool) string {
	if on {
		return "On"
	}
	return "Off"
}

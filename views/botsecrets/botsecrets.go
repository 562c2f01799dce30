// Package botsecrets has the page of a bot's secrets. Values are written on it and never shown; it
// works without scripts.
package botsecrets

import (
	"context"
	"net/url"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/layout"
	"github.com/botswain/botswain/views/ui"
)

// Secret is one line of the list.
type Secret struct {
	Name, Label string // Label is what the type calls it; may be empty
	Hint        string // the last four characters; "": not shown
	ChangedAt   time.Time
	Broken      bool
	// SharedWith names other bots that have the same value.
	SharedWith []string
}

// Props describes the page.
type Props struct {
	Page    layout.Props
	Bot     botcard.Bot
	Secrets []Secret
	// Missing are what the type usually needs and isn't set.
	Missing []bot.SecretField
	// Set is the name in the form; Replacing says that it is set already.
	Set       string
	Replacing bool
	// Many gives the value a box of several lines: keys and certificates have them.
	Many bool
	// Remove is the name that the page asks about; "": none.
	Remove string
	// NameError and ValueError stand at the form's fields.
	NameError, ValueError string
	// Notice and NoticeText say what went wrong; may be empty.
	Notice, NoticeText string
}

func (p Props) path() string { return "/bots/" + p.Bot.ID.String() + "/secrets" }

// field is what the type says of the secret in the form; a zero one when it says nothing.
func (p Props) field() bot.SecretField {
	for _, f := range bot.SecretFields(p.Bot.Type) {
		if f.Name == p.Set {
			return f
		}
	}
	return bot.SecretField{}
}

// value is the box for a value, whichever of the two.
func (p Props) value(ctx context.Context, autocomplete string) ui.TextProps {
	return ui.TextProps{
		FieldProps: ui.FieldProps{ID: "value", Label: i18n.T(ctx, "form.value"), Help: p.valueHelp(ctx), Error: p.ValueError},
		Type:       "password", Mono: true, Autocomplete: autocomplete, Required: true,
		Autofocus: (p.Set != "" || p.Many) && p.Notice == "" && p.Remove == "",
	}
}

func (p Props) valueHelp(ctx context.Context) string {
	if f := p.field(); f.Name != "" {
		return i18n.Say(ctx, f.Looks)
	}
	return i18n.T(ctx, "secrets.value-help")
}

func (p Props) title(ctx context.Context) string {
	if p.Replacing {
		return i18n.T(ctx, "secrets.replace-name", p.Set)
	}
	return i18n.T(ctx, "secrets.set-one")
}

func (p Props) replace(name string) string {
	return p.path() + "?replace=" + url.QueryEscape(name) + "#set"
}

// boxes is where the form has the other box for the value.
func (p Props) boxes() string {
	q := url.Values{"replace": {p.Set}}
	if !p.Many {
		q.Set("many", "1")
	}
	return p.path() + "?" + q.Encode() + "#set"
}

func (p Props) remove(name string) string {
	return p.path() + "?remove=" + url.QueryEscape(name) + "#remove"
}

func removal(ctx context.Context, p Props) string {
	if p.Bot.Status.State.Alive() {
		return i18n.T(ctx, "secrets.removal-running")
	}
	return i18n.T(ctx, "secrets.removal")
}

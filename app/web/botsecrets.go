package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/secret"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/botsecrets"
	"github.com/botswain/botswain/views/ui"
)

// SecretKeeper changes the secrets of bots; crew.Service is one.
type SecretKeeper interface {
	SetSecrets(context.Context, event.Actor, bot.ID, secret.Change) (crew.View, error)
}

// secretsPage answers GET /bots/:id/secrets. ?replace=NAME fills the form's name, ?remove=NAME asks,
// ?many=1 has a box of several lines for the value.
func (f *botForms) secretsPage(c echo.Context) error {
	view, err := f.view(c)
	if err != nil {
		return err
	}
	p := f.secretsOf(c, view)
	p.Set = f.settable(view, c.QueryParam("replace"))
	p.Replacing, p.Many = has(view, p.Set), c.QueryParam("many") != ""
	if name := c.QueryParam("remove"); has(view, name) {
		p.Remove = name
	}
	return f.showSecrets(c, http.StatusOK, p)
}

// settable lets a name from an address into the form: one that the bot has or its type needs.
func (f *botForms) settable(view crew.View, name string) string {
	known := slices.ContainsFunc(bot.SecretFields(view.Type), func(s bot.SecretField) bool { return s.Name == name })
	if known || has(view, name) {
		return name
	}
	return ""
}

func has(view crew.View, name string) bool {
	return slices.ContainsFunc(view.Secrets, func(i secret.Info) bool { return i.Name == name })
}

// setSecret answers POST /bots/:id/secrets.
func (f *botForms) setSecret(c echo.Context) error {
	view, err := f.view(c)
	if err != nil {
		return err
	}
	if err := parseForm(c); err != nil {
		return err
	}
	form := c.Request().PostForm
	name, value := strings.TrimSpace(form.Get("name")), typedLines(form.Get("value"))
	p := f.secretsOf(c, view)
	p.Many = form.Get("many") != ""
	if bot.VariableName(name) { // what can't be a name may be a token in the wrong box: it isn't shown again
		p.Set, p.Replacing = name, has(view, name)
	}
	change := secret.Change{Set: map[string]string{name: value}}
	wrong := fieldProblems{}
	wrong.addAll(change.Check())
	if len(wrong) == 0 {
		wrong.add(secret.Field(name), shapeOf(view.Type, name, value))
	}
	if len(wrong) > 0 {
		return f.secretRefused(c, p, name, wrong)
	}
	saved, err := f.crew.SetSecrets(c.Request().Context(), actorOf(c), view.ID, change)
	if err != nil {
		return f.secretNotSet(c, p, name, err)
	}
	f.secretToast(c, saved, tr(c, "secrets.saved", name))
	f.then(c, saved.ID, saved.Name, "restart", bot.Restart)
	return f.seeOther(c, "/bots/"+view.ID.String()+"/secrets")
}

// typedLines is a value as it was typed: browsers end lines of a box with CR LF, and what is around a value is not
// part of it.
func typedLines(value string) string {
	return strings.TrimSpace(strings.ReplaceAll(value, "\r\n", "\n"))
}

// shapeOf says what is wrong with the shape of a secret that the type knows.
func shapeOf(t bot.Type, name, value string) string {
	for _, s := range bot.SecretFields(t) {
		if s.Name == name {
			return s.Check(value)
		}
	}
	return ""
}

func (f *botForms) secretRefused(c echo.Context, p botsecrets.Props, name string, wrong fieldProblems) error {
	wrong = problem{fields: wrong}.in(c.Request().Context()).fields
	p.Notice, p.NoticeText = tr(c, "secrets.nothing-saved"), tr(c, "secrets.nothing-saved-text")
	p.NameError, p.ValueError = wrong["secrets"], wrong[secret.Field(name)]
	return f.showSecrets(c, http.StatusUnprocessableEntity, p)
}

// secretNotSet shows the form again with what a service said, so that the name isn't lost; the value has to be typed
// again. Errors that the form can't help with become pages of their own.
func (f *botForms) secretNotSet(c echo.Context, p botsecrets.Props, name string, err error) error {
	d := describe(err)
	if len(d.fields) > 0 {
		return f.secretRefused(c, p, name, fieldProblems(d.fields))
	}
	if !keepsForm(d.status) {
		return err
	}
	f.logFailure(c, d, err)
	setRetryAfter(c, d.retry)
	p.Notice, p.NoticeText = tr(c, "secrets.nothing-saved"), d.in(c.Request().Context()).message
	p.ValueError = tr(c, "secrets.value-again")
	return f.showSecrets(c, d.status, p)
}

// removeSecret answers POST /bots/:id/secrets/remove; the page before has asked.
func (f *botForms) removeSecret(c echo.Context) error {
	view, err := f.view(c)
	if err != nil {
		return err
	}
	if err := parseForm(c); err != nil {
		return err
	}
	name := c.Request().PostForm.Get("name")
	if has(view, name) {
		saved, err := f.crew.SetSecrets(c.Request().Context(), actorOf(c), view.ID, secret.Change{Remove: []string{name}})
		if err != nil {
			return err
		}
		f.secretToast(c, saved, tr(c, "secrets.removed", name))
	}
	return f.seeOther(c, "/bots/"+view.ID.String()+"/secrets")
}

func (f *botForms) secretToast(c echo.Context, v crew.View, text string) {
	detail := ""
	if v.Status.State.Alive() && c.Request().PostForm.Get("then") == "" {
		detail = tr(c, "secrets.takes-effect")
	}
	f.toast(c, ui.Toast{State: "ok", Text: text, Detail: detail})
}

func (f *botForms) secretsOf(c echo.Context, view crew.View) botsecrets.Props {
	p := botsecrets.Props{Page: f.frame(c, tr(c, "secrets.title-of", view.Name)), Bot: f.card(view, now())}
	p.Page.Crumbs, p.Page.Live = tabCrumbs(c.Request().Context(), view, botcard.OnSecrets), tabLive(view.ID, botcard.OnSecrets)
	fields := bot.SecretFields(view.Type)
	for _, i := range view.Secrets {
		s := botsecrets.Secret{Name: i.Name, Hint: i.Hint, ChangedAt: i.UpdatedAt, Broken: i.Broken}
		if at := slices.IndexFunc(fields, func(f bot.SecretField) bool { return f.Name == i.Name }); at >= 0 {
			s.Label = fields[at].Label
		}
		for _, other := range i.Shared {
			if v, err := f.crew.Get(c.Request().Context(), other); err == nil {
				s.SharedWith = append(s.SharedWith, v.Name)
			}
		}
		p.Secrets = append(p.Secrets, s)
	}
	for _, field := range fields {
		if !has(view, field.Name) {
			p.Missing = append(p.Missing, field)
		}
	}
	return p
}

func (f *botForms) showSecrets(c echo.Context, status int, p botsecrets.Props) error {
	p.Page.Toasts = f.takeToasts(c)
	return f.render(c, status, botsecrets.Page(p))
}

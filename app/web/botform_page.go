package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/botform"
	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/layout"
)

// view finds the bot that the address names.
func (f *botForms) view(c echo.Context) (crew.View, error) {
	id, err := botParam(c)
	if err != nil {
		return crew.View{}, err
	}
	return f.crew.Get(c.Request().Context(), id)
}

func (f *botForms) posted(c echo.Context) (botform.Values, error) {
	if err := parseForm(c); err != nil {
		return botform.Values{}, err
	}
	return postedValues(c.Request().PostForm), nil
}

// newForm is the page for a new bot.
func (f *botForms) newForm(c echo.Context, v botform.Values) botform.Props {
	p := botform.Props{Page: f.frame(c, tr(c, "layout.new-bot")), Values: v, ResetAfter: bot.DefaultResetAfter, Filled: c.Request().PostForm.Get(botform.FilledInput)}
	p.Page.Active, p.Page.HideNew = layout.NewBot, true
	p.Page.Crumbs = []layout.Crumb{{Label: tr(c, "layout.dashboard"), Href: "/"}, {Label: tr(c, "layout.new-bot")}}
	return p
}

// editForm is the settings page of a bot.
func (f *botForms) editForm(c echo.Context, view crew.View, v botform.Values) botform.Props {
	p := botform.Props{Page: f.frame(c, tr(c, "form.settings-of", view.Name)), Values: v, ResetAfter: view.Restart.ResetAfter}
	p.Page.Crumbs, p.Page.Live = tabCrumbs(c.Request().Context(), view, botcard.OnSettings), tabLive(view.ID, botcard.OnSettings)
	p.Editing = &botform.Editing{Bot: f.card(view, now()), Secrets: map[string]string{}}
	for _, i := range view.Secrets {
		p.Editing.Secrets[i.Name] = i.Hint
	}
	return p
}

func (f *botForms) frame(c echo.Context, title string) layout.Props {
	u := userOf(c)
	var pins []layout.Pin
	if f.pins != nil {
		pins = f.pins(c)
	}
	return layout.Props{Title: title, Tab: f.tab(c.Request().Context(), pageBot(c)), Pins: pins, Health: notices(f.health(), f.outages()), User: layout.User{Name: u.Username, Role: u.Role}, Version: f.deps.Version}
}

// show renders the page; toasts are taken only now, so that none is lost when it isn't shown.
func (f *botForms) show(c echo.Context, status int, p botform.Props) error {
	p.Page.Toasts = f.takeToasts(c)
	if p.Notice != "" && secretTyped(c.Request().PostForm) {
		p.NoticeText = strings.TrimSpace(p.NoticeText + " " + tr(c, "form.secrets-again"))
	}
	self := bot.ID{}
	if p.Editing != nil {
		self = p.Editing.ID
	}
	p.Others = f.others(c, self)
	p.Argv, _ = bot.ParseCommandLine(p.Values.Command) // what is wrong with it stands at the field
	return f.render(c, status, botform.Page(p))
}

// again shows the form with what has to change: at the fields, and as links above them.
func (f *botForms) again(c echo.Context, p botform.Props, wrong fieldProblems) error {
	ctx := c.Request().Context()
	p.Errors = problem{fields: wrong}.in(ctx).fields
	for i := range p.Values.Env {
		p.Values.Env[i].Error = i18n.Say(ctx, p.Values.Env[i].Error)
	}
	for i := range p.Values.Secrets {
		p.Values.Secrets[i].Error = i18n.Say(ctx, p.Values.Secrets[i].Error)
	}
	ids := map[string]bool{}
	for _, field := range formOrder(wrong) {
		id := botform.FieldID(field)
		if name, ok := strings.CutPrefix(field, "secrets."); ok {
			id = botform.SecretID(p.Values.Type, name)
		}
		if !ids[id] {
			p.Problems = append(p.Problems, botform.Problem{Href: "#" + id, Label: fieldLabel(ctx, field)})
		}
		ids[id] = true
	}
	if p.Editing != nil {
		p.Notice = tr(c, "form.change-before-save", len(p.Problems))
	} else {
		p.Notice = tr(c, "form.change-before-create", len(p.Problems))
	}
	return f.show(c, http.StatusUnprocessableEntity, p)
}

// refused shows the form with what a service said; nothing that was typed is lost, even when the
// database is away. Errors that the form can't help with become pages of their own.
func (f *botForms) refused(c echo.Context, p botform.Props, err error) error {
	d := describe(err)
	if len(d.fields) > 0 {
		return f.again(c, p, fieldProblems(d.fields))
	}
	if !keepsForm(d.status) {
		return err
	}
	f.logFailure(c, d, err)
	setRetryAfter(c, d.retry)
	p.Notice, p.NoticeText = tr(c, "form.not-saved"), d.in(c.Request().Context()).message
	return f.show(c, d.status, p)
}

// keepsForm says whether a form that was refused with this status may be sent again, so that it comes back with
// what was typed; otherwise there is nothing to save it to, or nobody who may.
func keepsForm(status int) bool {
	switch status {
	case http.StatusUnprocessableEntity, http.StatusConflict, http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusInternalServerError:
		return true
	}
	return false
}

// overtaken shows the form again after somebody else's change: saving it now would replace that.
func (f *botForms) overtaken(c echo.Context, theirs crew.View, v botform.Values, mine bot.Spec) error {
	v.Version = theirs.Version
	p := f.editForm(c, theirs, v)
	p.Notice = tr(c, "form.others-changed")
	if list := formDifferences(c.Request().Context(), formValues(mine, 0), formValues(theirs.Spec, 0)); len(list) > 0 {
		p.NoticeText = tr(c, "form.others-differ", strings.Join(list, ", "))
	} else {
		p.NoticeText = tr(c, "form.others-same")
	}
	p.Problems = []botform.Problem{{Href: "/bots/" + theirs.ID.String() + "/settings", Label: tr(c, "form.show-theirs")}}
	return f.show(c, http.StatusConflict, p)
}

// others are the bots that a bot may start after: all but itself.
func (f *botForms) others(c echo.Context, self bot.ID) []botform.Other {
	var list []botform.Other
	for _, v := range f.crew.All(c.Request().Context()) {
		if v.ID != self {
			list = append(list, botform.Other{ID: v.ID.String(), Name: v.Name})
		}
	}
	slices.SortFunc(list, func(a, b botform.Other) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	return list
}

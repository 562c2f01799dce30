package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/views/layout"
	"github.com/botswain/botswain/views/templates"
	"github.com/botswain/botswain/views/ui"
)

// gallery answers GET /bots/templates.
func (f *botForms) gallery(c echo.Context) error {
	p := templates.Gallery{Page: f.templateFrame(c, tr(c, "templates.title"))}
	for _, t := range f.crew.Templates() {
		p.List = append(p.List, showTemplate(t))
	}
	p.Page.Toasts = f.takeToasts(c)
	return f.render(c, http.StatusOK, templates.GalleryPage(p))
}

// templatePage answers GET /bots/templates/:key.
func (f *botForms) templatePage(c echo.Context) error {
	t, err := f.template(c)
	if err != nil {
		return err
	}
	p := f.templateForm(c, t)
	p.Name, p.Install = t.Name, true
	return f.showTemplateForm(c, http.StatusOK, p)
}

// addTemplate answers POST /bots/templates/:key: makes the bot and, when wished, begins to install
// what it needs.
func (f *botForms) addTemplate(c echo.Context) error {
	t, err := f.template(c)
	if err != nil {
		return err
	}
	if err := parseForm(c); err != nil {
		return err
	}
	form := c.Request().PostForm
	in := crew.FromTemplate{Key: t.Key, Name: form.Get("name"), Dir: form.Get("dir"), Secrets: map[string]string{}}
	for _, s := range bot.SecretFields(t.Type) {
		in.Secrets[s.Name] = form.Get("secret." + s.Name)
	}
	install := form.Get("install-now") != ""
	made, err := f.crew.AddTemplate(c.Request().Context(), actorOf(c), in)
	if err != nil {
		p := f.templateForm(c, t)
		p.Name, p.Dir, p.Install = in.Name, in.Dir, install
		return f.templateRefused(c, p, err)
	}
	f.toast(c, ui.Toast{State: "ok", Text: tr(c, "form.created", made.Name), Detail: tr(c, "templates.created-in", made.Dir)})
	if install {
		f.install(c, made)
	}
	return f.seeOther(c, "/bots/"+made.ID.String())
}

// templateRefused shows the form with what has to change. Secrets have to be typed again.
func (f *botForms) templateRefused(c echo.Context, p templates.Form, err error) error {
	d := describe(err)
	switch d.status {
	case http.StatusUnprocessableEntity, http.StatusConflict, http.StatusServiceUnavailable, http.StatusInternalServerError:
		f.logFailure(c, d, err)
		setRetryAfter(c, d.retry)
		d = d.in(c.Request().Context())
		p.Notice, p.Errors = tr(c, "templates.again", d.message), d.fields
		return f.showTemplateForm(c, d.status, p)
	}
	return err
}

func (f *botForms) template(c echo.Context) (crew.Template, error) {
	t, ok := f.crew.Template(c.Param("key"))
	if !ok {
		return t, fault.New(fault.NotFound, "There is no such template.")
	}
	return t, nil
}

func (f *botForms) templateForm(c echo.Context, t crew.Template) templates.Form {
	p := templates.Form{Page: f.templateFrame(c, t.Name), Template: showTemplate(t), DefaultDir: f.crew.TemplateDir(t.Name, t.Key)}
	p.Page.Crumbs = append(p.Page.Crumbs[:1:1], layout.Crumb{Label: tr(c, "templates.title"), Href: "/bots/templates"}, layout.Crumb{Label: t.Name})
	return p
}

func (f *botForms) showTemplateForm(c echo.Context, status int, p templates.Form) error {
	p.Page.Toasts = f.takeToasts(c)
	return f.render(c, status, templates.FormPage(p))
}

func (f *botForms) templateFrame(c echo.Context, title string) layout.Props {
	p := f.frame(c, title)
	p.Active, p.HideNew = layout.NewBot, true
	p.Crumbs = []layout.Crumb{{Label: tr(c, "layout.dashboard"), Href: "/"}, {Label: title}}
	return p
}

func showTemplate(t crew.Template) templates.Template {
	return templates.Template{Key: t.Key, Name: t.Name, Language: t.Language, Library: t.Library, Text: t.Text, Type: t.Type}
}

package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/health"
	"github.com/botswain/botswain/app/platform"
	"github.com/botswain/botswain/app/runtimes"
	"github.com/botswain/botswain/app/secret"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/botform"
	"github.com/botswain/botswain/views/layout"
	"github.com/botswain/botswain/views/ui"
)

// BotEditor keeps the definitions of bots; crew.Service is one.
type BotEditor interface {
	Get(context.Context, bot.ID) (crew.View, error)
	CreateWith(context.Context, event.Actor, bot.Spec, secret.Change) (crew.View, error)
	UpdateWith(ctx context.Context, by event.Actor, id bot.ID, version int, spec bot.Spec, secrets secret.Change) (crew.View, error)
	Duplicate(context.Context, event.Actor, bot.ID) (crew.View, error)
	Delete(context.Context, event.Actor, bot.ID) error
}

// BotMaker helps to make bots: it knows what is in directories, and has templates; crew.Service is one.
type BotMaker interface {
	Look(dir string) (runtimes.Proposal, error)
	Install(context.Context, event.Actor, bot.ID) (crew.View, error)
	Templates() []crew.Template
	Template(key string) (crew.Template, bool)
	TemplateDir(name, key string) string
	AddTemplate(context.Context, event.Actor, crew.FromTemplate) (crew.View, error)
}

// BotActor starts and stops bots; crew.Service is one.
type BotActor interface {
	Act(context.Context, event.Actor, bot.ID, bot.Action) (crew.View, error)
}

// BotLister lists all bots; crew.Service is one.
type BotLister interface {
	All(context.Context) []crew.View
}

// formCrew is all that the forms need of the bots; crew.Service is one.
type formCrew interface {
	BotEditor
	BotMaker
	SecretKeeper
	BotActor
	BotLister
}

// around is what the forms' pages show besides the form.
type around struct {
	// card is what is shown of a bot.
	card func(crew.View, time.Time) botcard.Bot
	// tab is what the browser's tab shows of the bots.
	tab func(context.Context, bot.ID) layout.Tab
	// health is on each page, since not all forms have a live connection; outages are beside it.
	health  func() health.State
	outages func() []platform.Outage
	// pins are those of who asks; nil: nobody has any.
	pins func(echo.Context) []layout.Pin
}

// botForms are the pages that make, change, copy and delete bots.
type botForms struct {
	*Server
	crew formCrew
	around
}

func (f *botForms) routes() []route {
	const GET, POST = http.MethodGet, http.MethodPost
	return []route{
		{GET, "/bots/new", "bots.new", f.newPage, signedIn, asPage},
		{POST, "/bots/new", "bots.create", f.create, signedIn, asPage},
		{POST, "/bots/new/look", "bots.new.look", f.lookNew, signedIn, asPage},
		{POST, "/bots/look", "bots.look", f.look, signedIn, asPage},
		{GET, "/bots/templates", "templates", f.gallery, signedIn, asPage},
		{GET, "/bots/templates/:key", "template", f.templatePage, signedIn, asPage},
		{POST, "/bots/templates/:key", "template.add", f.addTemplate, signedIn, asPage},
		{POST, "/bots/command", "bots.command", f.command, signedIn, asPage},
		{GET, "/bots/:id/settings", "bot.settings", f.settingsPage, signedIn, asPage},
		{POST, "/bots/:id/settings", "bot.update", f.update, signedIn, asPage},
		{GET, "/bots/:id/secrets", "bot.secrets", f.secretsPage, signedIn, asPage},
		{POST, "/bots/:id/secrets", "bot.secrets.set", f.setSecret, signedIn, asPage},
		{POST, "/bots/:id/secrets/remove", "bot.secrets.remove", f.removeSecret, signedIn, asPage},
		{POST, "/bots/:id/duplicate", "bot.duplicate", f.duplicate, signedIn, asPage},
		{POST, "/bots/:id/delete", "bot.delete", f.delete, signedIn, asPage},
	}
}

// newPage is the empty form; ?type=telegram_bot chooses the platform beforehand, for links.
func (f *botForms) newPage(c echo.Context) error {
	spec := bot.NewSpec()
	if t := bot.Type(c.QueryParam("type")); slices.Contains(bot.Types(), t) {
		spec.Type = t
	}
	return f.show(c, http.StatusOK, f.newForm(c, formValues(spec, 0)))
}

// create makes a bot and, when the button said so, starts it.
func (f *botForms) create(c echo.Context) error {
	v, err := f.posted(c)
	if err != nil {
		return err
	}
	spec, wrong := specOf(&v, bot.NewSpec())
	secrets := postedSecrets(&v, c.Request().PostForm, wrong)
	page := f.newForm(c, v)
	if len(wrong) > 0 {
		return f.again(c, page, wrong)
	}
	made, err := f.crew.CreateWith(c.Request().Context(), actorOf(c), spec, secrets)
	if err != nil {
		return f.refused(c, page, err)
	}
	f.toast(c, ui.Toast{State: "ok", Text: tr(c, "form.created", made.Name)})
	f.then(c, made.ID, made.Name, "start", bot.Start)
	if c.Request().PostForm.Get("then") == "install" {
		f.install(c, made)
	}
	return f.seeOther(c, "/bots/"+made.ID.String())
}

// command shows how a command line is understood while it is typed.
func (f *botForms) command(c echo.Context) error {
	if err := parseForm(c); err != nil {
		return err
	}
	argv, err := bot.ParseCommandLine(c.Request().PostForm.Get("command"))
	problem := ""
	if e, ok := fault.As(err); ok {
		problem = e.Message
	}
	return f.render(c, http.StatusOK, botform.Argv(argv, problem))
}

func (f *botForms) settingsPage(c echo.Context) error {
	view, err := f.view(c)
	if err != nil {
		return err
	}
	return f.show(c, http.StatusOK, f.editForm(c, view, formValues(view.Spec, view.Version)))
}

// update changes a bot, unless somebody else changed it since the form was filled.
func (f *botForms) update(c echo.Context) error {
	view, err := f.view(c)
	if err != nil {
		return err
	}
	v, err := f.posted(c)
	if err != nil {
		return err
	}
	spec, wrong := specOf(&v, view.Spec)
	secrets := postedSecrets(&v, c.Request().PostForm, wrong)
	page := f.editForm(c, view, v)
	if len(wrong) > 0 {
		return f.again(c, page, wrong)
	}
	saved, err := f.crew.UpdateWith(c.Request().Context(), actorOf(c), view.ID, max(v.Version, 1), spec, secrets)
	if fault.CodeOf(err) == fault.Conflict {
		if theirs, e := f.view(c); e == nil && theirs.Version != v.Version {
			return f.overtaken(c, theirs, v, spec)
		}
	}
	if err != nil {
		return f.refused(c, page, err)
	}
	detail := ""
	if saved.Status.State.Alive() && c.Request().PostForm.Get("then") == "" {
		detail = tr(c, "form.applies-later")
	}
	f.toast(c, ui.Toast{State: "ok", Text: tr(c, "form.saved", saved.Name), Detail: detail})
	f.then(c, saved.ID, saved.Name, "restart", bot.Restart)
	return f.seeOther(c, "/bots/"+saved.ID.String())
}

func (f *botForms) duplicate(c echo.Context) error {
	id, err := botParam(c)
	if err != nil {
		return err
	}
	made, err := f.crew.Duplicate(c.Request().Context(), actorOf(c), id)
	if err != nil {
		return err
	}
	f.toast(c, ui.Toast{State: "ok", Text: tr(c, "form.created", made.Name), Detail: tr(c, "form.duplicated-text")})
	return f.seeOther(c, "/bots/"+made.ID.String()+"/settings")
}

// delete removes a bot when its name was typed.
func (f *botForms) delete(c echo.Context) error {
	view, err := f.view(c)
	if err != nil {
		return err
	}
	if err := parseForm(c); err != nil {
		return err
	}
	if strings.TrimSpace(c.Request().PostForm.Get("confirm")) != view.Name {
		page := f.editForm(c, view, formValues(view.Spec, view.Version))
		page.Notice, page.NoticeText = tr(c, "form.not-deleted", view.Name), tr(c, "form.not-deleted-text")
		page.Problems = []botform.Problem{{Href: "#delete", Label: tr(c, "form.delete")}}
		return f.show(c, http.StatusUnprocessableEntity, page)
	}
	if err := f.crew.Delete(c.Request().Context(), actorOf(c), view.ID); err != nil {
		return err
	}
	f.toast(c, ui.Toast{State: "ok", Text: tr(c, "form.deleted", view.Name)})
	return f.seeOther(c, "/")
}

// then does what the pressed button asks for beside saving. The definition is stored by now, so a
// refusal is a toast on the next page.
func (f *botForms) then(c echo.Context, id bot.ID, name, wish string, action bot.Action) {
	if c.Request().PostForm.Get("then") != wish {
		return
	}
	if _, err := f.crew.Act(c.Request().Context(), actorOf(c), id, action); err != nil {
		p := describe(err)
		f.logFailure(c, p, err)
		p = p.in(c.Request().Context())
		if e, ok := fault.As(err); ok && e.Confirm != "" {
			p.message = tr(c, "form.press-there", p.message)
		}
		text := tr(c, "form.could-not-start", name)
		if action == bot.Restart {
			text = tr(c, "form.could-not-restart", name)
		}
		f.toast(c, ui.Toast{State: "error", Text: text, Detail: p.message})
	}
}

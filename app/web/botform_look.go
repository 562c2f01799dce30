package web

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/runtimes"
	"github.com/botswain/botswain/views/botform"
	"github.com/botswain/botswain/views/ui"
)

// look answers POST /bots/look: what is in the folder of the form.
func (f *botForms) look(c echo.Context) error {
	v, err := f.posted(c)
	if err != nil {
		return err
	}
	p, err := f.crew.Look(strings.TrimSpace(v.Dir))
	if err != nil {
		return f.lookFailed(c, err)
	}
	l := showLook(p)
	l.Editing = v.Version > 0
	return f.render(c, http.StatusOK, botform.LookPanel(l))
}

// lookFailed says in the panel why a folder can't be looked into.
func (f *botForms) lookFailed(c echo.Context, err error) error {
	e, ok := fault.As(err)
	if !ok {
		return err
	}
	return f.render(c, http.StatusOK, botform.LookPanel(&botform.Look{Problem: e.Message}))
}

// lookNew answers POST /bots/new/look: what was found is filled in where nothing was typed. To scripts only that is
// sent, for whatever form is open; without them it is the form for a new bot again, with all that may be sent back.
func (f *botForms) lookNew(c echo.Context) error {
	v, err := f.posted(c)
	if err != nil {
		return err
	}
	form := c.Request().PostForm
	v.Secrets = secretNames(form)
	p, err := f.crew.Look(strings.TrimSpace(v.Dir))
	switch {
	case err != nil && isHTMX(c):
		return f.lookFailed(c, err)
	case err != nil:
		return f.refused(c, f.newForm(c, v), err)
	}
	fill := fillIn(v, form, p)
	if isHTMX(c) {
		return f.render(c, http.StatusOK, botform.FillIn(fill))
	}
	fill.Look.SecretsAgain = secretTyped(form)
	page := f.newForm(c, v)
	page.Look = fill.Look
	if fill.Command != "" {
		page.Filled, page.Values.Command = fill.Command, fill.Command
	}
	page.Values.Env = append(page.Values.Env, fill.Env...)
	for _, s := range fill.Secrets {
		page.Values.Secrets = append(page.Values.Secrets, s.SecretRow)
	}
	return f.show(c, http.StatusOK, page)
}

// fillIn chooses what of a proposal goes into a form: a command where a person hasn't typed one (what was filled in
// for another folder isn't typed), and names of variables and secrets that aren't there yet.
func fillIn(v botform.Values, form url.Values, p runtimes.Proposal) botform.Fill {
	fill := botform.Fill{Look: showLook(p)}
	fill.Look.Filled, fill.Look.Editing = true, v.Version > 0
	typed := strings.TrimSpace(v.Command)
	switch found := fill.Look.Command; {
	case found == "" || found == typed:
	case typed == "" || typed == strings.TrimSpace(form.Get(botform.FilledInput)):
		fill.Command, fill.Argv = found, p.Command
	default:
		fill.Look.Kept = true
	}
	for _, name := range slices.Sorted(maps.Keys(p.Env)) {
		if !slices.ContainsFunc(v.Env, func(r botform.EnvRow) bool { return r.Name == name }) {
			fill.Env = append(fill.Env, botform.EnvRow{Name: name, Value: p.Env[name]})
		}
	}
	if v.Type == string(bot.Generic) && !fill.Look.Editing { // a bot that exists may have them already
		fill.Secrets = fillSecrets(form, p.Secrets)
	}
	return fill
}

// fillSecrets gives names that aren't in the form a row: the first empty ones of the form, then new ones.
func fillSecrets(form url.Values, names []string) []botform.FilledSecret {
	var out []botform.FilledSecret
	rows, values, at := form["secret_name"], form["secret_value"], 0
	there := secretNames(form)
	for _, name := range names {
		if slices.ContainsFunc(there, func(r botform.SecretRow) bool { return r.Name == name }) {
			continue
		}
		for at < len(rows) && (strings.TrimSpace(rows[at]) != "" || at < len(values) && strings.TrimSpace(values[at]) != "") {
			at++
		}
		out = append(out, botform.FilledSecret{Row: at, New: at >= len(rows), SecretRow: botform.SecretRow{Name: name}})
		at++
	}
	return out
}

// install begins the installation of a bot that was just made.
func (f *botForms) install(c echo.Context, made crew.View) {
	if _, err := f.crew.Install(c.Request().Context(), actorOf(c), made.ID); err != nil {
		p := describe(err)
		f.logFailure(c, p, err)
		f.toast(c, ui.Toast{State: "error", Text: tr(c, "form.not-installed", made.Name), Detail: p.in(c.Request().Context()).message})
		return
	}
	f.toast(c, ui.Toast{State: "info", Text: tr(c, "form.installing", made.Name), Detail: tr(c, "form.installing-text")})
}

func showLook(p runtimes.Proposal) *botform.Look {
	l := &botform.Look{
		Kind: kindWord(p.Kind), Found: p.Found, Command: bot.FormatCommandLine(p.Command), Install: runtimes.Words(p.Install),
		Secrets: p.Secrets, Notes: p.Notes, Env: slices.Sorted(maps.Keys(p.Env)),
	}
	for _, x := range p.Programs {
		if x.Path != "" {
			l.Present = append(l.Present, x.Path)
		} else {
			l.Missing = append(l.Missing, fmt.Sprintf("%s is not on this machine. Install %s.", x.Name, x.Package))
		}
	}
	return l
}

func kindWord(kind string) string {
	return map[string]string{
		runtimes.Python: "Python", runtimes.Node: "Node", runtimes.Go: "Go", runtimes.Rust: "Rust",
		runtimes.Executable: "A program", runtimes.Procfile: "A Procfile",
	}[kind]
}

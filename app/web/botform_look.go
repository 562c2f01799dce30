package web

import (
	"fmt"
	"maps"
	"net/http"
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
	if err := parseForm(c); err != nil {
		return err
	}
	dir := strings.TrimSpace(c.Request().PostForm.Get("dir"))
	p, err := f.make.Look(dir)
	if err != nil {
		e, ok := fault.As(err)
		if !ok {
			return err
		}
		return f.render(c, http.StatusOK, botform.LookPanel(&botform.Look{Problem: e.Message}))
	}
	return f.render(c, http.StatusOK, botform.LookPanel(showLook(p)))
}

// lookNew answers POST /bots/new/look: the form again, with what was found filled in. What a person
// typed stays, but for a command that they haven't typed.
func (f *botForms) lookNew(c echo.Context) error {
	v, err := f.posted(c)
	if err != nil {
		return err
	}
	page := f.newForm(c, v)
	p, err := f.make.Look(strings.TrimSpace(v.Dir))
	if err != nil {
		return f.refused(c, page, err)
	}
	if p.Command != nil {
		page.Values.Command = bot.FormatCommandLine(p.Command)
	}
	if page.Values.Type == string(bot.Generic) {
		for _, name := range p.Secrets {
			if !slices.ContainsFunc(v.Secrets, func(r botform.SecretRow) bool { return r.Name == name }) {
				page.Values.Secrets = append(page.Values.Secrets, botform.SecretRow{Name: name})
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.Env)) {
		if !slices.ContainsFunc(v.Env, func(r botform.EnvRow) bool { return r.Name == name }) {
			page.Values.Env = append(page.Values.Env, botform.EnvRow{Name: name, Value: p.Env[name]})
		}
	}
	page.Look = showLook(p)
	page.Look.Filled = true
	return f.show(c, http.StatusOK, page)
}

// install begins the installation of a bot that was just made.
func (f *botForms) install(c echo.Context, made crew.View) {
	if _, err := f.make.Install(c.Request().Context(), actorOf(c), made.ID); err != nil {
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

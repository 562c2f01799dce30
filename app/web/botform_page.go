package web

import (
	"context"
	"maps"
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
	return f.bots.Get(c.Request().Context(), id)
}

func (f *botForms) posted(c echo.Context) (botform.Values, error) {
	if err := parseForm(c); err != nil {
		return botform.Values{}, err
	}
	return postedValues(c.Request().PostForm), nil
}

// newForm is the page for a new bot.
func (f *botForms) newForm(c echo.Context, v botform.Values) botform.Props {
	p := botform.Props{Page: f.frame(c, tr(c, "layout.new-bot")), Values: v, ResetAfter: bot.DefaultResetAfter}
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
	switch d.status {
	case http.StatusUnprocessableEntity, http.StatusConflict, http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusInternalServerError:
		f.logFailure(c, d, err)
		setRetryAfter(c, d.retry)
		p.Notice, p.NoticeText = tr(c, "form.not-saved"), d.in(c.Request().Context()).message
		return f.show(c, d.status, p)
	}
	return err
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

// formDifferences names the fields in which two definitions differ.
func formDifferences(ctx context.Context, a, b botform.Values) []string {
	var list []string
	for _, x := range []struct {
		field string
		same  bool
	}{
		{"type", a.Type == b.Type}, {"name", a.Name == b.Name}, {"tags", a.Tags == b.Tags}, {"command", a.Command == b.Command}, {"dir", a.Dir == b.Dir},
		{"autostart", a.Autostart == b.Autostart}, {"env", slices.Equal(a.Env, b.Env)}, {"restart.policy", a.Policy == b.Policy},
		{"restart.initial_delay", a.FirstWait == b.FirstWait}, {"restart.max_delay", a.LongestWait == b.LongestWait},
		{"restart.give_up_after", a.GiveUpAfter == b.GiveUpAfter}, {"stop.signal", a.Signal == b.Signal},
		{"stop.timeout", a.StopGrace == b.StopGrace}, {"start_seconds", a.StartSeconds == b.StartSeconds},
		{"run_as", a.RunAs == b.RunAs}, {"restart.schedule", a.Schedule == b.Schedule}, {"group", a.Group == b.Group},
		{"start_after", slices.Equal(a.StartAfter, b.StartAfter)}, {"ready.by", a.Ready == b.Ready}, {"ready.target", a.ReadyTarget == b.ReadyTarget},
		{"ready.timeout", a.ReadyTimeout == b.ReadyTimeout}, {"health.by", a.Health == b.Health}, {"health.target", a.HealthTarget == b.HealthTarget},
		{"health.interval", a.HealthInterval == b.HealthInterval}, {"health.timeout", a.HealthTimeout == b.HealthTimeout},
		{"health.failures", a.HealthFailures == b.HealthFailures}, {"health.restart", a.HealthRestart == b.HealthRestart},
		{"limits.memory_max", a.MemoryMax == b.MemoryMax}, {"limits.memory_soft", a.MemorySoft == b.MemorySoft}, {"limits.cpu_max", a.CPUMax == b.CPUMax},
		{"limits.processes", a.Processes == b.Processes}, {"limits.open_files", a.OpenFiles == b.OpenFiles}, {"limits.core_dumps", a.CoreDumps == b.CoreDumps},
	} {
		if !x.same {
			list = append(list, fieldLabel(ctx, x.field))
		}
	}
	return list
}

// formFields lists the form's fields by their names in the contract, from top to bottom.
func formFields() []string {
	return []string{"type", "name", "tags", "command", "dir", "run_as", "autostart", "env", "restart.policy", "restart.initial_delay",
		"restart.max_delay", "restart.give_up_after", "restart.schedule", "ready.by", "start_seconds", "ready.timeout", "ready.target",
		"health.by", "health.target", "health.interval", "health.timeout", "health.failures", "stop.signal", "stop.timeout",
		"limits.memory_max", "limits.memory_soft", "limits.cpu_max", "limits.processes", "limits.open_files", "group", "start_after"}
}

// formOrder sorts the fields that are wrong as they stand in the form; unknown ones come last.
func formOrder(wrong fieldProblems) []string {
	var list []string
	for _, f := range formFields() {
		if wrong[f] != "" {
			list = append(list, f)
		}
	}
	for _, f := range slices.Sorted(maps.Keys(wrong)) {
		if !slices.Contains(list, f) {
			list = append(list, f)
		}
	}
	return list
}

// fieldLabel is what the form calls a field.
func fieldLabel(ctx context.Context, field string) string {
	if name, ok := strings.CutPrefix(field, "secrets."); ok {
		return name
	}
	if key, ok := fieldLabels()[field]; ok {
		return i18n.T(ctx, key)
	}
	return field
}

// fieldLabels are those of the form by the names of the contract.
func fieldLabels() map[string]i18n.Key {
	return map[string]i18n.Key{
		"type": "form.platform", "name": "form.name", "tags": "form.tags", "command": "form.command", "dir": "form.dir", "run_as": "form.run-as",
		"env": "form.environment", "secrets": "secrets.title", "autostart": "form.autostart",
		"restart.policy": "form.policy", "restart.initial_delay": "form.first-wait", "restart.max_delay": "form.longest-wait",
		"restart.give_up_after": "form.give-up", "restart.schedule": "form.schedule",
		"stop.signal": "form.signal", "stop.timeout": "form.grace", "start_seconds": "form.start-seconds",
		"ready.by": "form.ready-by", "ready.target": "form.ready-target", "ready.timeout": "form.ready-timeout",
		"health.by": "form.health-by", "health.target": "form.health-target", "health.interval": "form.health-interval",
		"health.timeout": "form.health-timeout", "health.failures": "form.health-failures", "health.restart": "form.health-restart", "health.deaf_after": "form.deaf",
		"limits.memory_max": "form.memory-max", "limits.memory_soft": "form.memory-soft", "limits.cpu_max": "form.cpu-max",
		"limits.processes": "form.processes", "limits.open_files": "form.open-files", "limits.core_dumps": "form.core-dumps",
		"group": "form.group", "start_after": "form.start-after",
	}
}

// others are the bots that a bot may start after: all but itself.
func (f *botForms) others(c echo.Context, self bot.ID) []botform.Other {
	var list []botform.Other
	for _, v := range f.list.All(c.Request().Context()) {
		if v.ID != self {
			list = append(list, botform.Other{ID: v.ID.String(), Name: v.Name})
		}
	}
	slices.SortFunc(list, func(a, b botform.Other) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	return list
}

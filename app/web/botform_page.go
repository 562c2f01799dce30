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
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/botform"
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
	p := botform.Props{Page: f.frame(c, "New bot"), Values: v, ResetAfter: bot.DefaultResetAfter}
	p.Page.Active, p.Page.HideNew = layout.NewBot, true
	p.Page.Crumbs = []layout.Crumb{{Label: "Dashboard", Href: "/"}, {Label: "New bot"}}
	return p
}

// editForm is the settings page of a bot.
func (f *botForms) editForm(c echo.Context, view crew.View, v botform.Values) botform.Props {
	p := botform.Props{Page: f.frame(c, "Settings of "+view.Name), Values: v, ResetAfter: view.Restart.ResetAfter}
	p.Page.Crumbs, p.Page.Live = tabCrumbs(view, botcard.OnSettings), tabLive(view.ID, botcard.OnSettings)
	p.Editing = &botform.Editing{Bot: f.card(view, now()), Secrets: map[string]string{}}
	for _, i := range view.Secrets {
		p.Editing.Secrets[i.Name] = i.Hint
	}
	return p
}

func (f *botForms) frame(c echo.Context, title string) layout.Props {
	u := userOf(c)
	return layout.Props{Title: title, Tab: f.tab(c.Request().Context(), pageBot(c)), Health: notices(f.health(), f.outages()), User: layout.User{Name: u.Username, Role: u.Role}, Version: f.deps.Version}
}

// show renders the page; toasts are taken only now, so that none is lost when it isn't shown.
func (f *botForms) show(c echo.Context, status int, p botform.Props) error {
	p.Page.Toasts = f.takeToasts(c)
	if p.Notice != "" && secretTyped(c.Request().PostForm) {
		p.NoticeText = strings.TrimSpace(p.NoticeText + " Type the secrets again: they are never sent back.")
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
	p.Errors = wrong
	ids := map[string]bool{}
	for _, field := range formOrder(wrong) {
		id := botform.FieldID(field)
		if name, ok := strings.CutPrefix(field, "secrets."); ok {
			id = botform.SecretID(p.Values.Type, name)
		}
		if !ids[id] {
			p.Problems = append(p.Problems, botform.Problem{Href: "#" + id, Label: fieldLabel(field)})
		}
		ids[id] = true
	}
	purpose := "this bot can be created"
	if p.Editing != nil {
		purpose = "this can be saved"
	}
	p.Notice = fmt.Sprintf("%s a change before %s", thingsNeed(len(p.Problems)), purpose)
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
		p.Notice, p.NoticeText = "This was not saved", d.message
		return f.show(c, d.status, p)
	}
	return err
}

// overtaken shows the form again after somebody else's change: saving it now would replace that.
func (f *botForms) overtaken(c echo.Context, theirs crew.View, v botform.Values, mine bot.Spec) error {
	v.Version = theirs.Version
	p := f.editForm(c, theirs, v)
	p.Notice = "Somebody else changed this bot in the meantime"
	p.NoticeText = "Nothing is saved yet, and what you entered is still here. "
	if list := formDifferences(formValues(mine, 0), formValues(theirs.Spec, 0)); len(list) > 0 {
		p.NoticeText += "Yours differs in: " + strings.Join(list, ", ") + ". Saving again replaces their version."
	} else {
		p.NoticeText += "It is the same as theirs."
	}
	p.Problems = []botform.Problem{{Href: "/bots/" + theirs.ID.String() + "/settings", Label: "Drop mine and show theirs"}}
	return f.show(c, http.StatusConflict, p)
}

// formDifferences names the fields in which two definitions differ.
func formDifferences(a, b botform.Values) []string {
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
			list = append(list, fieldLabel(x.field))
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
func fieldLabel(field string) string {
	switch field {
	case "type":
		return "Platform"
	case "command":
		return "Start command"
	case "dir":
		return "Working folder"
	case "env":
		return "Environment"
	case "secrets":
		return "Secrets"
	case "autostart":
		return "Start with Botswain"
	case "restart.policy":
		return "Restart policy"
	case "restart.initial_delay":
		return "First wait"
	case "restart.max_delay":
		return "Longest wait"
	case "restart.give_up_after":
		return "Give up after"
	case "stop.signal":
		return "Stop signal"
	case "stop.timeout":
		return "Stop grace"
	case "start_seconds":
		return "Running after"
	}
	if name, ok := strings.CutPrefix(field, "secrets."); ok {
		return name
	}
	if label := checkLabel(field); label != "" {
		return label
	}
	return strings.ToUpper(field[:1]) + field[1:] // name, tags
}

// checkLabel is fieldLabel for checks, limits and order.
func checkLabel(field string) string {
	return map[string]string{
		"run_as": "Run as user", "restart.schedule": "Restart at", "start_after": "Starts after",
		"ready.by": "Running when", "ready.target": "What to look for", "ready.timeout": "Ready within",
		"health.by": "Watched by", "health.target": "Address or port", "health.interval": "Every", "health.timeout": "Answer within",
		"health.failures": "Unresponsive after", "health.restart": "Restart when unresponsive",
		"limits.memory_max": "Memory limit", "limits.memory_soft": "Restart above", "limits.cpu_max": "CPU limit",
		"limits.processes": "Processes", "limits.open_files": "Open files", "limits.core_dumps": "Core dumps",
	}[field]
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

// thingsNeed is the start of the banner's sentence.
func thingsNeed(n int) string {
	words := []string{"", "One thing needs", "Two things need", "Three things need", "Four things need", "Five things need", "Six things need"}
	if n < len(words) {
		return words[n]
	}
	return fmt.Sprintf("%d things need", n)
}

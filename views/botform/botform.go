// Package botform has the form that makes and changes bots. It is one plain form: it works without
// scripts, which only make it more comfortable.
package botform

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/layout"
	"github.com/botswain/botswain/views/ui"
)

// EnvRow is one environment variable as typed; Error says what is wrong with it.
type EnvRow struct{ Name, Value, Error string }

// SecretRow is a secret of a bot without a platform, as typed. Its value never comes back.
type SecretRow struct{ Name, Error string }

// Values is what stands in the form, as text, so that wrong input comes back as it was typed.
type Values struct {
	Name, Type, Tags, Command, Dir string
	Env                            []EnvRow
	Secrets                        []SecretRow
	Autostart                      bool
	Policy                         string
	// Waits and times are in seconds.
	FirstWait, LongestWait, GiveUpAfter string
	Signal, StopGrace, StartSeconds     string
	Schedule, RunAs, Group              string
	// StartAfter are ids of other bots, sorted.
	StartAfter []string
	// Ready, ReadyTarget and so on are the check that says when a bot is running; Health those of
	// the check that watches it.
	Ready, ReadyTarget, ReadyTimeout string
	Health, HealthTarget             string
	HealthInterval, HealthTimeout    string
	HealthFailures                   string
	HealthRestart                    bool
	DeafAfter                        string
	// Memory is in MB (binary), CPU in cores.
	MemoryMax, MemorySoft, CPUMax, Processes, OpenFiles string
	CoreDumps                                           bool
	// Version is that of the definition the form was filled from; 0 for a new bot.
	Version int
}

// Other is a bot that this one may start after.
type Other struct{ ID, Name string }

// Problem is one line of the banner above the form: a link to the field that has to change.
type Problem struct{ Href, Label string }

// Props describes the page.
type Props struct {
	Page   layout.Props
	Values Values
	// Errors by field name of the REST contract: "name", "restart.max_delay", …
	Errors   map[string]string
	Problems []Problem
	// Notice says what is wrong with the whole form: a title and a sentence; may be empty.
	Notice, NoticeText string
	// Argv is how the command is understood.
	Argv []string
	// Look is what was found in the folder; nil: nobody has looked. Filled is the command that was filled in for it.
	Look   *Look
	Filled string
	// ResetAfter is after how long a run the waits begin small again; 0: after each.
	ResetAfter time.Duration
	// Others are all bots but this one, by name.
	Others []Other
	// Editing is set when the form changes a bot that exists.
	Editing *Editing
}

// Editing is what the settings page knows about the bot beside what the form says.
type Editing struct {
	botcard.Bot // as stored
	// Secrets has the last characters ("": not shown) of those that are set, by name.
	Secrets map[string]string
}

// action is where the form goes.
func (p Props) action() string {
	if p.Editing != nil {
		return "/bots/" + p.Editing.ID.String() + "/settings"
	}
	return "/bots/new"
}

func (p Props) field(name, id, label, help string) ui.FieldProps {
	return ui.FieldProps{ID: id, Label: label, Help: help, Error: p.Errors[name]}
}

// FieldID gives the id of the input that belongs to a field of the contract, for links to it.
func FieldID(field string) string {
	switch field {
	case "type":
		return "type"
	case "env":
		return "environment"
	case "restart.policy":
		return "policy"
	case "restart.initial_delay":
		return "first-wait"
	case "restart.max_delay":
		return "longest-wait"
	case "restart.give_up_after":
		return "give-up-after"
	case "stop.signal":
		return "signal"
	case "stop.timeout":
		return "stop-grace"
	case "start_seconds":
		return "start-seconds"
	case "health.deaf_after":
		return "deaf-after"
	}
	// name, tags, command, dir, run_as, restart.schedule, ready.target, limits.memory_max …
	field = strings.TrimPrefix(strings.TrimPrefix(field, "restart."), "limits.")
	return strings.NewReplacer(".", "-", "_", "-").Replace(field)
}

func signals() []ui.Option {
	var list []ui.Option
	for _, s := range bot.Signals() {
		list = append(list, ui.Option{Value: s.Name, Label: s.Name})
	}
	return list
}

func policies(ctx context.Context) []ui.RadioOption {
	return []ui.RadioOption{
		{Value: string(bot.Always), Label: i18n.T(ctx, "form.always"), Help: i18n.T(ctx, "form.always-help")},
		{Value: string(bot.OnFailure), Label: i18n.T(ctx, "form.on-failure"), Help: i18n.T(ctx, "form.on-failure-help")},
		{Value: string(bot.Never), Label: i18n.T(ctx, "form.never"), Help: i18n.T(ctx, "form.never-help")},
	}
}

// waits says in a sentence how the waits grow and when they are short again.
func waits(ctx context.Context, p Props) string {
	if p.ResetAfter == 0 {
		return i18n.T(ctx, "form.waits-each-run")
	}
	return i18n.T(ctx, "form.waits", i18n.Span(ctx, p.ResetAfter))
}

func typeHelp(t bot.Type) i18n.Key {
	switch t {
	case bot.TelegramBot:
		return "form.telegram-bot-help"
	case bot.TelegramUserbot:
		return "form.telegram-account-help"
	case bot.DiscordBot:
		return "form.discord-bot-help"
	}
	return "form.generic-help"
}

// attrs for inputs that scripts help with.
func tagAttrs(describedBy string, wrong bool) templ.Attributes {
	a := templ.Attributes{}
	if describedBy != "" {
		a["aria-describedby"] = describedBy
	}
	if wrong {
		a["aria-invalid"] = "true"
	}
	return a
}

func version(v Values) string { return strconv.Itoa(v.Version) }

// losses says what a deletion takes away.
func losses(ctx context.Context, e *Editing) string {
	if e.Status.State.Alive() {
		return i18n.T(ctx, "form.losses-running")
	}
	return i18n.T(ctx, "form.losses")
}

// SecretID is the id of the input for a secret of a type.
func SecretID(kind, name string) string { return "secret-" + kind + "-" + name }

// SecretInput is the name of that input.
func SecretInput(kind, name string) string { return "secret." + kind + "." + name }

// isSet says whether the bot has a secret, and what may be shown of it.
func (p Props) isSet(name string) (hint string, set bool) {
	if p.Editing == nil {
		return "", false
	}
	hint, set = p.Editing.Secrets[name]
	return hint, set
}

// secretField is what is around the input for a secret. Errors belong to the chosen type only.
func (p Props) secretField(ctx context.Context, t bot.Type, s bot.SecretField) ui.FieldProps {
	f := ui.FieldProps{ID: SecretID(string(t), s.Name), Label: i18n.Say(ctx, s.Label), Note: s.Name, Help: i18n.Say(ctx, s.Looks)}
	if s.Optional {
		f.Note = i18n.T(ctx, "secrets.name-optional", s.Name)
	}
	if hint, set := p.isSet(s.Name); set {
		f.Help = i18n.T(ctx, "form.secret-set")
		if hint != "" {
			f.Help = i18n.T(ctx, "form.secret-set-hint", hint)
		}
	}
	if p.Values.Type == string(t) {
		f.Error = p.Errors["secrets."+s.Name]
	}
	return f
}

// secretRows are the rows for secrets of a bot without a platform: what was typed and spare ones.
func (p Props) secretRows() []SecretRow {
	rows := append([]SecretRow{}, p.Values.Secrets...)
	for len(rows) < spare {
		rows = append(rows, SecretRow{})
	}
	return rows
}

// spare is how many empty rows for variables there are without scripts.
const spare = 3

func envLabel(ctx context.Context, r EnvRow) string {
	if r.Name == "" {
		return i18n.T(ctx, "form.value")
	}
	return i18n.T(ctx, "form.value-of", r.Name)
}

func removeLabel(ctx context.Context, r EnvRow) string {
	if r.Name == "" {
		return i18n.T(ctx, "form.remove-variable")
	}
	return i18n.T(ctx, "form.remove", r.Name)
}

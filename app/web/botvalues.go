package web

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/views/botform"
)

// formValues writes a definition the way the form shows it.
func formValues(s bot.Spec, version int) botform.Values {
	s = s.Normalize()
	v := botform.Values{
		Name: s.Name, Type: string(s.Type), Tags: strings.Join(s.Tags, ", "), Command: bot.FormatCommandLine(s.Command), Dir: s.Dir,
		Autostart: s.Autostart, Policy: string(s.Restart.Policy), FirstWait: formSeconds(s.Restart.InitialDelay), LongestWait: formSeconds(s.Restart.MaxDelay),
		GiveUpAfter: strconv.Itoa(s.Restart.GiveUpAfter), Signal: s.Stop.Signal, StopGrace: formSeconds(s.Stop.Timeout),
		StartSeconds: strconv.FormatFloat(s.StartSeconds, 'f', -1, 64), Version: version,
		Schedule: s.Restart.Schedule, RunAs: s.RunAs, Group: s.Group,
		Ready: string(s.Ready.By), ReadyTarget: s.Ready.Target, ReadyTimeout: formSeconds(s.Ready.Timeout),
		Health: string(s.Health.By), HealthTarget: s.Health.Target, HealthInterval: formSeconds(s.Health.Interval),
		HealthTimeout: formSeconds(s.Health.Timeout), HealthFailures: strconv.Itoa(s.Health.Failures), HealthRestart: s.Health.Restart,
		DeafAfter: formSeconds(s.Health.DeafAfter),
		MemoryMax: formMemory(s.Limits.MemoryMax), MemorySoft: formMemory(s.Limits.MemorySoft), CPUMax: strconv.FormatFloat(s.Limits.CPUMax, 'f', -1, 64),
		Processes: strconv.Itoa(s.Limits.Processes), OpenFiles: strconv.Itoa(s.Limits.OpenFiles), CoreDumps: s.Limits.CoreDumps,
	}
	for _, id := range s.StartAfter {
		v.StartAfter = append(v.StartAfter, id.String())
	}
	slices.Sort(v.StartAfter)
	for _, name := range slices.Sorted(maps.Keys(s.Env)) {
		v.Env = append(v.Env, botform.EnvRow{Name: name, Value: s.Env[name]})
	}
	return v
}

// postedValues takes what was typed, as it was typed.
func postedValues(f url.Values) botform.Values {
	v := botform.Values{
		Name: f.Get("name"), Type: f.Get("type"), Tags: f.Get("tags"), Command: f.Get("command"), Dir: f.Get("dir"),
		Autostart: f.Get("autostart") != "", Policy: f.Get("policy"), FirstWait: f.Get("first-wait"), LongestWait: f.Get("longest-wait"),
		GiveUpAfter: f.Get("give-up-after"), Signal: f.Get("signal"), StopGrace: f.Get("stop-grace"), StartSeconds: f.Get("start-seconds"),
		Schedule: f.Get("schedule"), RunAs: f.Get("run-as"), Group: f.Get("group"), StartAfter: f["start-after"],
		Ready: f.Get("ready-by"), ReadyTarget: f.Get("ready-target"), ReadyTimeout: f.Get("ready-timeout"),
		Health: f.Get("health-by"), HealthTarget: f.Get("health-target"), HealthInterval: f.Get("health-interval"),
		HealthTimeout: f.Get("health-timeout"), HealthFailures: f.Get("health-failures"), HealthRestart: f.Get("health-restart") != "",
		DeafAfter: f.Get("deaf-after"),
		MemoryMax: f.Get("memory-max"), MemorySoft: f.Get("memory-soft"), CPUMax: f.Get("cpu-max"),
		Processes: f.Get("processes"), OpenFiles: f.Get("open-files"), CoreDumps: f.Get("core-dumps") != "",
	}
	v.Version, _ = strconv.Atoi(f.Get("version")) // nonsense is an old version: a conflict
	values := f["env_value"]
	for i, name := range f["env_name"] {
		row := botform.EnvRow{Name: strings.TrimSpace(name)}
		if i < len(values) {
			row.Value = values[i]
		}
		if row.Name != "" || row.Value != "" { // spare rows
			v.Env = append(v.Env, row)
		}
	}
	return v
}

// fieldProblems are messages by field of the contract; the first one of a field stays.
type fieldProblems map[string]string

func (p fieldProblems) add(field, message string) {
	if _, ok := p[field]; !ok && message != "" {
		p[field] = message
	}
}

// addAll takes over the messages of a *fault.Error, if err is one.
func (p fieldProblems) addAll(err error) {
	if f, ok := fault.As(err); ok {
		for field, message := range f.Fields {
			p.add(field, message)
		}
	}
}

// specOf reads the form into a definition: base has what the form doesn't show (factor and
// reset_after); it is bot.NewSpec for a new bot. What is left empty has its default.
// It marks the rows of variables that are wrong. What a definition must be is checked as well, so
// that all messages come at once.
func specOf(v *botform.Values, base bot.Spec) (bot.Spec, fieldProblems) {
	p := fieldProblems{}
	s := base
	s.Name, s.Type, s.Dir, s.Autostart = v.Name, bot.Type(v.Type), v.Dir, v.Autostart
	s.Tags = strings.Split(v.Tags, ",")
	argv, err := bot.ParseCommandLine(v.Command)
	s.Command = argv
	p.addAll(err)
	s.Restart.Policy = bot.Policy(v.Policy)
	s.Restart.SetDelays(p.duration("restart.initial_delay", v.FirstWait), p.duration("restart.max_delay", v.LongestWait))
	s.Restart.GiveUpAfter = p.count("restart.give_up_after", v.GiveUpAfter)
	s.Stop.Signal = v.Signal
	s.Stop.Timeout, s.StartSeconds = bot.DefaultStopTimeout, bot.DefaultStartSeconds
	if d := p.duration("stop.timeout", v.StopGrace); d != nil {
		s.Stop.Timeout = *d
	}
	if d := p.duration("start_seconds", v.StartSeconds); d != nil {
		s.StartSeconds = d.Seconds()
	}
	s.Restart.Schedule, s.RunAs, s.Group = v.Schedule, v.RunAs, v.Group
	s.Ready, s.Health, s.Limits = p.ready(v), p.health(v), p.limits(v)
	s.StartAfter = p.others(v.StartAfter)
	s.Env = p.environment(v.Env)
	p.addAll(s.Validate())
	return s.Normalize(), p
}

// environment makes the map, and writes what is wrong with a row into it.
func (p fieldProblems) environment(rows []botform.EnvRow) map[string]string {
	env := map[string]string{}
	for i := range rows {
		r := &rows[i]
		_, twice := env[r.Name]
		one := fieldProblems{}
		one.addAll(bot.Spec{Env: map[string]string{r.Name: r.Value}}.Validate())
		switch {
		case r.Name == "":
			r.Error = "Give this variable a name, or empty its value."
		case twice:
			r.Error = r.Name + " is set twice. Keep one of them."
		default:
			r.Error = one["env"]
		}
		p.add("env", r.Error)
		env[r.Name] = r.Value
	}
	return env
}

// duration reads "1", "0.5" (seconds) or "1m30s"; nil: nothing was typed, or nothing that can be
// read.
func (p fieldProblems) duration(field, text string) *time.Duration {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil
	}
	d, err := time.ParseDuration(strings.ReplaceAll(text, ",", ".") + "s")
	if err != nil {
		d, err = time.ParseDuration(text)
	}
	switch {
	case err != nil:
		p.add(field, "Give a number of seconds, such as 10 or 0.5.")
		return nil
	case d < 0:
		p.add(field, "Give a time of 0 or more, such as 0.5.")
	}
	return &d
}

func (p fieldProblems) count(field, text string) int {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		p.add(field, "Give a whole number, or 0 to never give up.")
	}
	return n
}

func formSeconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }

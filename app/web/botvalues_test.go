package web

import (
	"net/url"
	"reflect"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/botform"
)

func filledSpec() bot.Spec {
	return bot.Spec{
		Name: "Tide Times", Type: bot.TelegramBot, Command: []string{".venv/bin/python", "-c", "print('a  b')", ""}, Dir: "/srv/bots/tide",
		Env: map[string]string{"LOG_LEVEL": "info", "TZ": "Europe/Berlin"}, Tags: []string{"prod", "sea"}, Autostart: true,
		Restart: bot.RestartPolicy{Policy: bot.OnFailure, InitialDelay: 500 * time.Millisecond, MaxDelay: time.Minute, Factor: 3, ResetAfter: time.Hour, GiveUpAfter: 7, Schedule: "0 4 * * *"},
		Stop:    bot.StopPolicy{Signal: "SIGINT", Timeout: 20 * time.Second}, StartSeconds: 2.5,
		Limits: bot.Limits{MemoryMax: 1<<30 + 1, MemorySoft: 1 << 29, CPUMax: 0.5, Processes: 32, OpenFiles: 64, CoreDumps: true},
		Ready:  bot.ReadyCheck{By: bot.ProbePattern, Target: " ready ", Timeout: 90 * time.Second},
		Health: bot.HealthCheck{By: bot.ProbeHTTP, Target: "http://127.0.0.1:8081/", Interval: 90 * time.Second, Timeout: 1500 * time.Millisecond, Failures: 5, Restart: true, DeafAfter: 10 * time.Minute},
		RunAs:  "bots", Group: "weather", StartAfter: []bot.ID{{1}, {2}},
	}.Normalize()
}

// postOf is the form that a browser sends for the values.
func postOf(v botform.Values) url.Values {
	f := url.Values{"name": {v.Name}, "type": {v.Type}, "tags": {v.Tags}, "command": {v.Command}, "dir": {v.Dir}, "policy": {v.Policy},
		"first-wait": {v.FirstWait}, "longest-wait": {v.LongestWait}, "give-up-after": {v.GiveUpAfter}, "signal": {v.Signal},
		"stop-grace": {v.StopGrace}, "start-seconds": {v.StartSeconds}, "schedule": {v.Schedule}, "run-as": {v.RunAs}, "group": {v.Group}, "start-after": v.StartAfter,
		"ready-by": {v.Ready}, "ready-target": {v.ReadyTarget}, "ready-timeout": {v.ReadyTimeout}, "health-by": {v.Health}, "health-target": {v.HealthTarget},
		"health-interval": {v.HealthInterval}, "health-timeout": {v.HealthTimeout}, "health-failures": {v.HealthFailures}, "deaf-after": {v.DeafAfter},
		"memory-max": {v.MemoryMax}, "memory-soft": {v.MemorySoft}, "cpu-max": {v.CPUMax}, "processes": {v.Processes}, "open-files": {v.OpenFiles}}
	if v.HealthRestart {
		f.Set("health-restart", "on")
	}
	if v.CoreDumps {
		f.Set("core-dumps", "on")
	}
	if v.Autostart {
		f.Set("autostart", "on")
	}
	for _, r := range v.Env {
		f.Add("env_name", r.Name)
		f.Add("env_value", r.Value)
	}
	return f
}

// TestFormKeepsDefinition: what the form shows and sends back is the same definition, with what
// it doesn't show.
func TestFormKeepsDefinition(t *testing.T) {
	want := filledSpec()
	v := postedValues(postOf(formValues(want, 3)))
	got, p := specOf(&v, want)
	if len(p) != 0 {
		t.Fatalf("problems: %v", p)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestFormErrorsByField(t *testing.T) {
	tests := []struct {
		name, field string
		change      func(url.Values)
	}{
		{"no name", "name", func(f url.Values) { f.Set("name", "  ") }},
		{"unknown type", "type", func(f url.Values) { f.Set("type", "irc") }},
		{"no command", "command", func(f url.Values) { f.Set("command", "") }},
		{"open quote", "command", func(f url.Values) { f.Set("command", `python "bot.py`) }},
		{"bad tag", "tags", func(f url.Values) { f.Set("tags", "prod, no spaces") }},
		{"nul in folder", "dir", func(f url.Values) { f.Set("dir", "/srv/\x00") }},
		{"unknown policy", "restart.policy", func(f url.Values) { f.Set("policy", "sometimes") }},
		{"wait in words", "restart.initial_delay", func(f url.Values) { f.Set("first-wait", "soon") }},
		{"no wait, longest", "restart.max_delay", func(f url.Values) { f.Set("longest-wait", "0") }},
		{"negative grace", "stop.timeout", func(f url.Values) { f.Set("stop-grace", "-0.5") }},
		{"negative wait", "restart.max_delay", func(f url.Values) { f.Set("longest-wait", "-1") }},
		{"longest below first", "restart.max_delay", func(f url.Values) { f.Set("first-wait", "600") }},
		{"half a crash", "restart.give_up_after", func(f url.Values) { f.Set("give-up-after", "1.5") }},
		{"not a stop signal", "stop.signal", func(f url.Values) { f.Set("signal", "SIGSEGV") }},
		{"grace too long", "stop.timeout", func(f url.Values) { f.Set("stop-grace", "99999") }},
		{"NaN", "start_seconds", func(f url.Values) { f.Set("start-seconds", "NaN") }},
		{"schedule", "restart.schedule", func(f url.Values) { f.Set("schedule", "at four") }},
		{"user", "run_as", func(f url.Values) { f.Set("run-as", "a b") }},
		{"group", "group", func(f url.Values) { f.Set("group", "a b") }},
		{"not an id", "start_after", func(f url.Values) { f.Set("start-after", "x") }},
		{"ready by", "ready.by", func(f url.Values) { f.Set("ready-by", "guess") }},
		{"ready target", "ready.target", func(f url.Values) { f.Set("ready-target", "(") }},
		{"ready in words", "ready.timeout", func(f url.Values) { f.Set("ready-timeout", "soon") }},
		{"health by", "health.by", func(f url.Values) { f.Set("health-by", "time") }},
		{"health target", "health.target", func(f url.Values) { f.Set("health-target", "x") }},
		{"health interval", "health.interval", func(f url.Values) { f.Set("health-interval", "0.5") }},
		{"health time", "health.timeout", func(f url.Values) { f.Set("health-timeout", "61") }},
		{"half a failure", "health.failures", func(f url.Values) { f.Set("health-failures", "1.5") }},
		{"memory in words", "limits.memory_max", func(f url.Values) { f.Set("memory-max", "much") }},
		{"endless memory", "limits.memory_soft", func(f url.Values) { f.Set("memory-soft", "1e300") }},
		{"soft above hard", "limits.memory_soft", func(f url.Values) { f.Set("memory-soft", "2048") }},
		{"CPU NaN", "limits.cpu_max", func(f url.Values) { f.Set("cpu-max", "NaN") }},
		{"few processes", "limits.processes", func(f url.Values) { f.Set("processes", "3") }},
		{"few files", "limits.open_files", func(f url.Values) { f.Set("open-files", "3") }},
		{"variable twice", "env", func(f url.Values) { f.Add("env_name", "TZ"); f.Add("env_value", "UTC") }},
		{"variable without a name", "env", func(f url.Values) { f.Add("env_name", ""); f.Add("env_value", "UTC") }},
		{"reserved variable", "env", func(f url.Values) { f.Add("env_name", "BOT_ID"); f.Add("env_value", "1") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := postOf(formValues(filledSpec(), 1))
			tt.change(f)
			v := postedValues(f)
			_, p := specOf(&v, filledSpec())
			if len(p) != 1 || p[tt.field] == "" {
				t.Errorf("got problems %v, want one at %q", p, tt.field)
			}
			if tt.field == "env" && v.Env[len(v.Env)-1].Error != p["env"] {
				t.Errorf("the row isn't marked: %+v", v.Env)
			}
		})
	}
}

// TestEmptyFieldsMeanDefaults: a cleared number isn't an error, and spare rows are no variables.
func TestEmptyFieldsMeanDefaults(t *testing.T) {
	f := url.Values{"name": {"a"}, "command": {"true"}, "env_name": {"", "A", ""}, "env_value": {"", "", ""}}
	v := postedValues(f)
	got, p := specOf(&v, bot.NewSpec())
	if len(p) != 0 {
		t.Fatalf("problems: %v", p)
	}
	want := bot.NewSpec()
	want.Name, want.Command, want.Env = "a", []string{"true"}, map[string]string{"A": ""}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// TestFormTakesZeros: 0 is a time like any other, and is shown as it was typed.
func TestFormTakesZeros(t *testing.T) {
	f := postOf(formValues(filledSpec(), 1))
	for _, name := range []string{"first-wait", "stop-grace", "start-seconds", "deaf-after"} {
		f.Set(name, "0")
	}
	v := postedValues(f)
	got, p := specOf(&v, filledSpec())
	want := filledSpec()
	want.Restart.InitialDelay, want.Stop.Timeout, want.StartSeconds, want.Health.DeafAfter = 0, 0, 0, 0
	if len(p) != 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("problems %v\ngot  %+v\nwant %+v", p, got, want)
	}
	if shown := formValues(got, 1); shown.FirstWait != "0" || shown.StopGrace != "0" || shown.StartSeconds != "0" || shown.LongestWait != "60" {
		t.Errorf("shown: %+v", shown)
	}
	f.Set("longest-wait", "0")
	v = postedValues(f)
	if got, p = specOf(&v, filledSpec()); len(p) != 0 || got.Restart.MaxDelay != 0 {
		t.Errorf("never wait: problems %v, %+v", p, got.Restart)
	}
}

// TestClearedFieldsMeanDefaults: also where the bot had something else before.
func TestClearedFieldsMeanDefaults(t *testing.T) {
	f := postOf(formValues(filledSpec(), 1))
	for _, name := range []string{"first-wait", "longest-wait", "stop-grace", "start-seconds"} {
		f.Set(name, "")
	}
	v := postedValues(f)
	got, p := specOf(&v, filledSpec())
	want := filledSpec()
	want.Restart.InitialDelay, want.Restart.MaxDelay = bot.DefaultInitialDelay, bot.DefaultMaxDelay
	want.Stop.Timeout, want.StartSeconds = bot.DefaultStopTimeout, bot.DefaultStartSeconds
	if len(p) != 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("problems %v\ngot  %+v\nwant %+v", p, got, want)
	}
}

package bot_test

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
)

func valid() bot.Spec { return bot.Spec{Name: "Echo", Command: []string{"/bin/echo", "hi"}} }

// unwatched is the health check of a bot without one.
var unwatched = bot.HealthCheck{Interval: 30 * time.Second, Timeout: 5 * time.Second, Failures: 3}

func TestNormalizeTidiesNewSpec(t *testing.T) {
	s := bot.NewSpec()
	s.Name, s.Command, s.Tags, s.Stop.Signal = "  Echo ", []string{"x"}, []string{" Prod", "prod", ""}, "int"
	s = s.Normalize()
	want := bot.Spec{
		Name: "Echo", Type: bot.Generic, Command: []string{"x"}, Dir: ".", Env: map[string]string{}, Tags: []string{"prod"},
		Restart:      bot.RestartPolicy{Policy: bot.Always, InitialDelay: time.Second, MaxDelay: 5 * time.Minute, Factor: 2, ResetAfter: time.Minute},
		Stop:         bot.StopPolicy{Signal: "SIGINT", Timeout: 10 * time.Second},
		StartSeconds: 1,
		Ready:        bot.ReadyCheck{By: bot.ProbeTime, Timeout: time.Minute}, Health: bot.HealthCheck{Interval: 30 * time.Second, Timeout: 5 * time.Second, Failures: 3, DeafAfter: 3 * time.Minute}, StartAfter: []bot.ID{},
	}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("got  %+v\nwant %+v", s, want)
	}
	if again := s.Normalize(); !reflect.DeepEqual(again, s) {
		t.Errorf("not idempotent: %+v", again)
	}
}

func TestNormalizeSharesNothing(t *testing.T) {
	s := valid()
	s.Env = map[string]string{"A": "1"}
	n := s.Normalize()
	n.Env["A"], n.Command[0] = "2", "changed"
	if s.Env["A"] != "1" || s.Command[0] != "/bin/echo" {
		t.Error("Normalize shares memory with its receiver")
	}
}

func TestNormalizeKeepsZeros(t *testing.T) {
	s := valid().Normalize()
	want := bot.Spec{
		Name: "Echo", Type: bot.Generic, Command: []string{"/bin/echo", "hi"}, Dir: ".", Env: map[string]string{}, Tags: []string{},
		Restart: bot.RestartPolicy{Policy: bot.Always, Factor: 2}, Stop: bot.StopPolicy{Signal: "SIGTERM"},
		Ready: bot.ReadyCheck{By: bot.ProbeTime}, Health: unwatched, StartAfter: []bot.ID{},
	}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("got  %+v\nwant %+v", s, want)
	}
	if err := s.Validate(); err != nil {
		t.Error(err)
	}
}

func TestOneDelayKeepsInStepWithTheOther(t *testing.T) {
	length := func(d time.Duration) *time.Duration { return &d }
	for _, c := range []struct {
		initial, longest         *time.Duration
		wantInitial, wantLongest time.Duration
		field                    string // that is wrong
	}{
		{nil, nil, time.Second, 5 * time.Minute, ""},
		{length(0), nil, 0, 5 * time.Minute, ""},
		{length(time.Hour), nil, time.Hour, time.Hour, ""},
		{nil, length(time.Minute), time.Second, time.Minute, ""},
		{nil, length(100 * time.Millisecond), 100 * time.Millisecond, 100 * time.Millisecond, ""},
		{nil, length(0), 0, 0, ""},
		{length(0), length(0), 0, 0, ""},
		{nil, length(-1), 0, -1, "restart.max_delay"},
		{length(-1), nil, -1, 5 * time.Minute, "restart.initial_delay"},
		{length(2), length(1), 2, 1, "restart.max_delay"},
		{length(1), length(0), 1, 0, "restart.max_delay"},
	} {
		s := valid()
		s.Restart.SetDelays(c.initial, c.longest)
		if s.Restart.InitialDelay != c.wantInitial || s.Restart.MaxDelay != c.wantLongest {
			t.Errorf("%s to %s, want %s to %s", s.Restart.InitialDelay, s.Restart.MaxDelay, c.wantInitial, c.wantLongest)
		}
		wrong := map[string]string{}
		if e, ok := fault.As(s.Validate()); ok {
			wrong = e.Fields
		}
		if c.field == "" && len(wrong) > 0 || c.field != "" && (len(wrong) != 1 || wrong[c.field] == "") {
			t.Errorf("%s to %s: problems %v, want one at %q", c.wantInitial, c.wantLongest, wrong, c.field)
		}
	}
}

func TestValidateNamesTheField(t *testing.T) {
	for name, c := range map[string]struct {
		field string
		spoil func(*bot.Spec)
	}{
		"no name":           {"name", func(s *bot.Spec) { s.Name = " " }},
		"long name":         {"name", func(s *bot.Spec) { s.Name = strings.Repeat("é", 65) }},
		"two-line name":     {"name", func(s *bot.Spec) { s.Name = "a\nb" }},
		"broken name":       {"name", func(s *bot.Spec) { s.Name = "a\xff" }},
		"type":              {"type", func(s *bot.Spec) { s.Type = "irc" }},
		"no command":        {"command", func(s *bot.Spec) { s.Command = nil }},
		"empty program":     {"command", func(s *bot.Spec) { s.Command = []string{"", "x"} }},
		"NUL":               {"command", func(s *bot.Spec) { s.Command = []string{"a", "b\x00"} }},
		"huge command":      {"command", func(s *bot.Spec) { s.Command = append(s.Command, strings.Repeat("x", 65<<10)) }},
		"dir":               {"dir", func(s *bot.Spec) { s.Dir = "a\x00" }},
		"env name":          {"env", func(s *bot.Spec) { s.Env = map[string]string{"1A": ""} }},
		"reserved":          {"env", func(s *bot.Spec) { s.Env = map[string]string{"BOT_ID": ""} }},
		"reserved prefix":   {"env", func(s *bot.Spec) { s.Env = map[string]string{"BOTSWAIN_X": ""} }},
		"env value":         {"env", func(s *bot.Spec) { s.Env = map[string]string{"A": "\x00"} }},
		"env size":          {"env", func(s *bot.Spec) { s.Env = map[string]string{"A": strings.Repeat("x", 65<<10)} }},
		"tag":               {"tags", func(s *bot.Spec) { s.Tags = []string{"a b"} }},
		"long tag":          {"tags", func(s *bot.Spec) { s.Tags = []string{strings.Repeat("x", 33)} }},
		"policy":            {"restart.policy", func(s *bot.Spec) { s.Restart.Policy = "maybe" }},
		"initial":           {"restart.initial_delay", func(s *bot.Spec) { s.Restart.InitialDelay = -1 }},
		"max below initial": {"restart.max_delay", func(s *bot.Spec) { s.Restart.InitialDelay, s.Restart.MaxDelay = 2, 1 }},
		"max too long":      {"restart.max_delay", func(s *bot.Spec) { s.Restart.MaxDelay = 25 * time.Hour }},
		"factor":            {"restart.factor", func(s *bot.Spec) { s.Restart.Factor = 0.5 }},
		"factor NaN":        {"restart.factor", func(s *bot.Spec) { s.Restart.Factor = math.NaN() }},
		"reset":             {"restart.reset_after", func(s *bot.Spec) { s.Restart.ResetAfter = -1 }},
		"give up":           {"restart.give_up_after", func(s *bot.Spec) { s.Restart.GiveUpAfter = -1 }},
		"signal":            {"stop.signal", func(s *bot.Spec) { s.Stop.Signal = "SIGFOO" }},
		"timeout":           {"stop.timeout", func(s *bot.Spec) { s.Stop.Timeout = 2 * time.Hour }},
		"memory":            {"limits.memory_max", func(s *bot.Spec) { s.Limits.MemoryMax = 5 }},
		"cpu":               {"limits.cpu_max", func(s *bot.Spec) { s.Limits.CPUMax = math.Inf(1) }},
		"files":             {"limits.open_files", func(s *bot.Spec) { s.Limits.OpenFiles = 3 }},
		"soft memory":       {"limits.memory_soft", func(s *bot.Spec) { s.Limits.MemorySoft = 5 }},
		"soft is hard":      {"limits.memory_soft", func(s *bot.Spec) { s.Limits.MemorySoft, s.Limits.MemoryMax = 1<<24, 1<<24 }},
		"processes":         {"limits.processes", func(s *bot.Spec) { s.Limits.Processes = 3 }},
		"schedule":          {"restart.schedule", func(s *bot.Spec) { s.Restart.Schedule = "at four" }},
		"user":              {"run_as", func(s *bot.Spec) { s.RunAs = "-x" }},
		"long user":         {"run_as", func(s *bot.Spec) { s.RunAs = strings.Repeat("x", 33) }},
		"group":             {"group", func(s *bot.Spec) { s.Group = "a b" }},
		"long group":        {"group", func(s *bot.Spec) { s.Group = strings.Repeat("x", 33) }},
		"start after many":  {"start_after", func(s *bot.Spec) { s.StartAfter = manyIDs(21) }},
		"start seconds":     {"start_seconds", func(s *bot.Spec) { s.StartSeconds = math.NaN() }},
	} {
		t.Run(name, func(t *testing.T) {
			s := valid()
			c.spoil(&s)
			e, ok := fault.As(s.Validate())
			if !ok || e.Code != fault.Invalid || len(e.Fields) != 1 || e.Fields[c.field] == "" {
				t.Errorf("got %+v, want one message at %s", e, c.field)
			}
		})
	}
	if err := valid().Validate(); err != nil {
		t.Errorf("a valid definition: %v", err)
	}
}

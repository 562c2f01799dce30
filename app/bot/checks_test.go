package bot_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
)

func manyIDs(n int) []bot.ID {
	ids := make([]bot.ID, n)
	for i := range ids {
		ids[i] = bot.NewID()
	}
	return ids
}

func TestChecksNameTheField(t *testing.T) {
	ready := func(by bot.Probe, target string) func(*bot.Spec) {
		return func(s *bot.Spec) { s.Ready = bot.ReadyCheck{By: by, Target: target} }
	}
	health := func(by bot.Probe, target string) func(*bot.Spec) {
		return func(s *bot.Spec) { s.Health = bot.HealthCheck{By: by, Target: target} }
	}
	for name, c := range map[string]struct {
		field string // "": nothing is wrong
		set   func(*bot.Spec)
	}{
		"by time":              {"", ready("", "")},
		"by report":            {"", ready(bot.ProbeReport, "")},
		"by notify":            {"", ready(bot.ProbeNotify, "")},
		"by pattern":           {"", ready(bot.ProbePattern, `(?i)logged in as \w+`)},
		"by http":              {"", ready(bot.ProbeHTTP, " https://[::1]:8080/x?y ")},
		"by tcp":               {"", ready(bot.ProbeTCP, "[::1]:80")},
		"by guess":             {"ready.by", ready("guess", "")},
		"no pattern":           {"ready.target", ready(bot.ProbePattern, "")},
		"broken pattern":       {"ready.target", ready(bot.ProbePattern, "(")},
		"lookahead":            {"ready.target", ready(bot.ProbePattern, "(?=x)")},
		"NUL pattern":          {"ready.target", ready(bot.ProbePattern, "a\x00")},
		"long pattern":         {"ready.target", ready(bot.ProbePattern, strings.Repeat("x", 2049))},
		"other scheme":         {"ready.target", ready(bot.ProbeHTTP, "ftp://x/")},
		"no host":              {"ready.target", ready(bot.ProbeHTTP, "http:///x")},
		"no port":              {"ready.target", ready(bot.ProbeTCP, "localhost")},
		"port 0":               {"ready.target", ready(bot.ProbeTCP, "localhost:0")},
		"big port":             {"ready.target", ready(bot.ProbeTCP, "localhost:65536")},
		"negative time-out":    {"ready.timeout", func(s *bot.Spec) { s.Ready.Timeout = -1 }},
		"health none":          {"", health("", "left over")},
		"health by http":       {"", health(bot.ProbeHTTP, "http://127.0.0.1/")},
		"health by time":       {"health.by", health(bot.ProbeTime, "")},
		"health by pattern":    {"health.by", health(bot.ProbePattern, "x")},
		"health target":        {"health.target", health(bot.ProbeTCP, "x")},
		"health interval":      {"health.interval", func(s *bot.Spec) { s.Health.Interval = time.Millisecond }},
		"long health interval": {"health.interval", func(s *bot.Spec) { s.Health.Interval = 2 * time.Hour }},
		"health time-out":      {"health.timeout", func(s *bot.Spec) { s.Health.Timeout = time.Millisecond }},
		"health failures":      {"health.failures", func(s *bot.Spec) { s.Health.Failures = 101 }},
	} {
		s := valid()
		c.set(&s)
		var fields []string
		if e, ok := fault.As(s.Validate()); ok {
			fields = slices.Collect(maps.Keys(e.Fields))
		}
		if got := strings.Join(fields, " "); got != c.field {
			t.Errorf("%s: problems at %q, want %q", name, got, c.field)
		}
	}
}

func TestSchedules(t *testing.T) {
	from := time.Date(2026, 3, 3, 12, 30, 0, 0, time.UTC) // a Tuesday
	for text, want := range map[string]string{
		"0 4 * * *": "2026-03-04 04:00", "*/20 * * * *": "2026-03-03 12:40", "0 4 * * sun": "2026-03-08 04:00",
		"@daily": "2026-03-04 00:00", "@hourly": "2026-03-03 13:00", "@weekly": "2026-03-08 00:00", "0 0 29 2 *": "2028-02-29 00:00",
	} {
		s, err := bot.ParseSchedule(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := s.Next(from).Format("2006-01-02 15:04"); got != want {
			t.Errorf("%s: next %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{"", "daily", "0 4 * *", "0 0 4 * * *", "60 * * * *", "@every 1s", "TZ=", "TZ=UTC 0 4 * * *", "CRON_TZ=UTC 0 4 * * *", "0 0 31 2 *"} {
		if _, err := bot.ParseSchedule(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

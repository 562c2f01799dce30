package crew

import (
	"fmt"
	"time"

	"github.com/botswain/botswain/app/bot"
)

// The jsonb columns of bots, in the words of the REST contract. They are types of their own so
// that a changed name in app/bot doesn't change what is stored.

type restartColumn struct {
	Policy       string   `json:"policy"`
	InitialDelay duration `json:"initial_delay"`
	MaxDelay     duration `json:"max_delay"`
	Factor       float64  `json:"factor"`
	ResetAfter   duration `json:"reset_after"`
	GiveUpAfter  int      `json:"give_up_after"`
	Schedule     string   `json:"schedule"`
}

func restartOf(p bot.RestartPolicy) restartColumn {
	return restartColumn{string(p.Policy), duration(p.InitialDelay), duration(p.MaxDelay), p.Factor, duration(p.ResetAfter), p.GiveUpAfter, p.Schedule}
}

func (c restartColumn) policy() bot.RestartPolicy {
	return bot.RestartPolicy{
		Policy: bot.Policy(c.Policy), InitialDelay: time.Duration(c.InitialDelay), MaxDelay: time.Duration(c.MaxDelay),
		Factor: c.Factor, ResetAfter: time.Duration(c.ResetAfter), GiveUpAfter: c.GiveUpAfter, Schedule: c.Schedule,
	}
}

type stopColumn struct {
	Signal  string   `json:"signal"`
	Timeout duration `json:"timeout"`
}

func stopOf(p bot.StopPolicy) stopColumn { return stopColumn{p.Signal, duration(p.Timeout)} }

func (c stopColumn) policy() bot.StopPolicy {
	return bot.StopPolicy{Signal: c.Signal, Timeout: time.Duration(c.Timeout)}
}

type limitsColumn struct {
	MemoryMax  int64   `json:"memory_max"`
	MemorySoft int64   `json:"memory_soft"`
	CPUMax     float64 `json:"cpu_max"`
	Processes  int     `json:"processes"`
	OpenFiles  int     `json:"open_files"`
	CoreDumps  bool    `json:"core_dumps"`
}

func limitsOf(l bot.Limits) limitsColumn { return limitsColumn(l) }

func (c limitsColumn) limits() bot.Limits { return bot.Limits(c) }

type readyColumn struct {
	By      string   `json:"by"`
	Target  string   `json:"target"`
	Timeout duration `json:"timeout"`
}

func readyOf(c bot.ReadyCheck) readyColumn {
	return readyColumn{string(c.By), c.Target, duration(c.Timeout)}
}

func (c readyColumn) check() bot.ReadyCheck {
	return bot.ReadyCheck{By: bot.Probe(c.By), Target: c.Target, Timeout: time.Duration(c.Timeout)}
}

type healthColumn struct {
	By       string   `json:"by"`
	Target   string   `json:"target"`
	Interval duration `json:"interval"`
	Timeout  duration `json:"timeout"`
	Failures int      `json:"failures"`
	Restart  bool     `json:"restart"`
	Deaf     duration `json:"deaf_after"`
}

func healthOf(c bot.HealthCheck) healthColumn {
	return healthColumn{string(c.By), c.Target, duration(c.Interval), duration(c.Timeout), c.Failures, c.Restart, duration(c.DeafAfter)}
}

func (c healthColumn) check() bot.HealthCheck {
	return bot.HealthCheck{
		By: bot.Probe(c.By), Target: c.Target, Interval: time.Duration(c.Interval), Timeout: time.Duration(c.Timeout),
		Failures: c.Failures, Restart: c.Restart, DeafAfter: time.Duration(c.Deaf),
	}
}

// duration is a Go duration string in JSON.
type duration time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil {
		return fmt.Errorf("read a stored duration: %w", err)
	}
	*d = duration(v)
	return nil
}

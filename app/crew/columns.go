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
}

func restartOf(p bot.RestartPolicy) restartColumn {
	return restartColumn{string(p.Policy), duration(p.InitialDelay), duration(p.MaxDelay), p.Factor, duration(p.ResetAfter), p.GiveUpAfter}
}

func (c restartColumn) policy() bot.RestartPolicy {
	return bot.RestartPolicy{
		Policy: bot.Policy(c.Policy), InitialDelay: time.Duration(c.InitialDelay), MaxDelay: time.Duration(c.MaxDelay),
		Factor: c.Factor, ResetAfter: time.Duration(c.ResetAfter), GiveUpAfter: c.GiveUpAfter,
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
	MemoryMax int64   `json:"memory_max"`
	CPUMax    float64 `json:"cpu_max"`
	OpenFiles int     `json:"open_files"`
}

func limitsOf(l bot.Limits) limitsColumn { return limitsColumn(l) }

func (c limitsColumn) limits() bot.Limits { return bot.Limits(c) }

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

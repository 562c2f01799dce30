package bot

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

const scheduleHelp = "Write five fields as in a crontab (minute, hour, day, month, weekday), such as 0 4 * * * for every day at 4:00, or @hourly, @daily or @weekly."

// Schedule tells times of the clock.
type Schedule interface {
	// Next is the first time after t, in t's zone; the zero time when there is none.
	Next(t time.Time) time.Time
}

// ParseSchedule reads the five fields of a crontab line, or @hourly, @daily, @midnight, @weekly,
// @monthly, @yearly, @annually. Give Next a local time: the fields mean the server's time zone. A
// schedule that never comes (31 February) is an error, and so are intervals ("@every 1h") and zones of
// their own ("TZ=…").
func ParseSchedule(text string) (Schedule, error) {
	// The parser panics at a zone that no schedule follows.
	if strings.HasPrefix(text, "@every") || strings.Contains(text, "=") {
		return nil, errors.New("a schedule is of the clock, in the server's time zone")
	}
	s, err := cron.ParseStandard(text)
	if err != nil {
		return nil, fmt.Errorf("read a schedule: %w", err)
	}
	// Next looks some years ahead. The day it starts from is of no matter for that.
	if s.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return nil, errors.New("a schedule that never comes")
	}
	return s, nil
}

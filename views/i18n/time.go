package i18n

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Span writes a length of time with at most two units: "36 s", "2 min 14 s", "3 h 5 min", "9 d 2 h".
// static/js/time.js writes the same for data-since.
func Span(ctx context.Context, d time.Duration) string { return Of(ctx).Span(d) }

// Date writes a day: "2 Jan 2006", "2.1.2006". The zone is t's own, here and below.
func Date(ctx context.Context, t time.Time) string { return Of(ctx).Time("time.date", t) }

// Moment writes a day and a time with its zone, for titles: "Mon 2 Jan 2006 15:04 MST".
func Moment(ctx context.Context, t time.Time) string { return Of(ctx).Time("time.moment", t) }

// Exact is Moment with seconds.
func Exact(ctx context.Context, t time.Time) string { return Of(ctx).Time("time.exact", t) }

// Clock writes the time of the day: "15:04".
func Clock(ctx context.Context, t time.Time) string { return Of(ctx).Time("time.clock", t) }

// Day writes a day of this year: "2 Jan", "2. Jan.".
func Day(ctx context.Context, t time.Time) string { return Of(ctx).Time("time.day", t) }

// DayClock writes a day of this year with its time: "2 Jan 15:04".
func DayClock(ctx context.Context, t time.Time) string { return Of(ctx).Time("time.day-clock", t) }

// DaySeconds is DayClock with seconds.
func DaySeconds(ctx context.Context, t time.Time) string { return Of(ctx).Time("time.day-seconds", t) }

// DateClock writes a day and a time: "2 Jan 2006 15:04".
func DateClock(ctx context.Context, t time.Time) string { return Of(ctx).Time("time.date-clock", t) }

// Lately names a time as people do, seen from now, in t's zone: "today 17:40", "yesterday 9:12", "Tuesday 9:12", and for what is
// longer ago "14 Nov 9:12", "14 Nov 2024".
func Lately(ctx context.Context, t, now time.Time) string {
	now = now.In(t.Location())
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	l := Of(ctx)
	switch {
	case !t.Before(midnight):
		return l.T("time.today", l.Time("time.clock", t))
	case !t.Before(midnight.AddDate(0, 0, -1)):
		return l.T("time.yesterday", l.Time("time.clock", t))
	case !t.Before(midnight.AddDate(0, 0, -6)):
		return l.Time("time.weekday-clock", t)
	case t.Year() == now.Year():
		return l.Time("time.day-clock", t)
	}
	return l.Time("time.date", t)
}

// Countdown writes what is left as "0:24" or "1:02:03"; never less than "0:00". It is the same in all
// languages.
func Countdown(d time.Duration) string {
	// Rounded up, so that 0:00 means that the time has come.
	s := int64((max(0, d) + time.Second - 1) / time.Second)
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s%3600/60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// Span is Span for one language.
func (l *Language) Span(d time.Duration) string {
	s := int64(max(0, d) / time.Second)
	second, minute, hour, day := l.T("js.second"), l.T("js.minute"), l.T("js.hour"), l.T("js.day")
	switch {
	case s < 60:
		return fmt.Sprintf("%d %s", s, second)
	case s < 3600:
		return two(s/60, minute, s%60, second)
	case s < 86400:
		return two(s/3600, hour, s%3600/60, minute)
	}
	return two(s/86400, day, s%86400/3600, hour)
}

func two(a int64, unitA string, b int64, unitB string) string {
	if b == 0 {
		return fmt.Sprintf("%d %s", a, unitA)
	}
	return fmt.Sprintf("%d %s %d %s", a, unitA, b, unitB)
}

// Time writes a moment by the layout that a key has, in the form of time.Layout; the names of days
// and months become the language's.
func (l *Language) Time(layout Key, t time.Time) string {
	form := l.T(layout)
	s := t.Format(form)
	switch {
	case strings.Contains(form, "Monday"):
		s = strings.Replace(s, t.Format("Monday"), nth(l.T("time.weekdays-long"), int(t.Weekday())), 1)
	case strings.Contains(form, "Mon"):
		s = strings.Replace(s, t.Format("Mon"), nth(l.T("time.weekdays"), int(t.Weekday())), 1)
	}
	if strings.Contains(form, "Jan") {
		s = strings.Replace(s, t.Format("Jan"), nth(l.T("time.months"), int(t.Month())-1), 1)
	}
	return s
}

// nth is one word of a list with spaces between.
func nth(list string, n int) string {
	words := strings.Fields(list)
	if n >= len(words) {
		return ""
	}
	return words[n]
}

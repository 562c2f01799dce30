package report

import "time"

// Span is how many hours are shown: the one that has begun and those before it.
const Span = 24

// hourOf is the beginning of an hour by t's zone, which may be at half past in UTC: so the hours of a
// day add up to that day.
func hourOf(t time.Time) time.Time {
	return t.Add(-time.Duration(t.Minute())*time.Minute - time.Duration(t.Second())*time.Second - time.Duration(t.Nanosecond()))
}

// dayOf is when the day of t began, by t's zone. A clock that is put forward at midnight begins it at one.
func dayOf(t time.Time) time.Time {
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
	if day.Day() != t.Day() {
		day = day.Add(time.Hour)
	}
	return day
}

// Hour is what came to counters within an hour, by name. A counter that nobody reported isn't there;
// one that was reported as 0 is.
type Hour struct {
	At       time.Time // its beginning
	Counters map[string]float64
}

// hoursUntil are the last Span hours, oldest first, with nothing in them.
func hoursUntil(now time.Time) []Hour {
	hours := make([]Hour, Span)
	for i := range hours {
		hours[i] = Hour{At: hourOf(now).Add(-time.Duration(Span-1-i) * time.Hour), Counters: map[string]float64{}}
	}
	return hours
}

// put adds what is stored for an hour. Where the zone was changed by half an hour, it goes to the
// hour that it began in.
func put(hours []Hour, at time.Time, name string, value float64) {
	since := at.Sub(hours[0].At)
	if i := int(since / time.Hour); since >= 0 && i < len(hours) {
		hours[i].Counters[name] += value
	}
}

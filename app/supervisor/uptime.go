package supervisor

import "time"

// span is when one process lived.
type span struct{ from, to time.Time }

// share is the part (0 to 1) of the window that spans in order of their beginning cover; what
// they cover twice counts once.
func share(spans []span, from, to time.Time) float64 {
	window := to.Sub(from)
	if window <= 0 {
		return 0
	}
	var covered time.Duration
	at := from
	for _, s := range spans {
		begin, end := s.from, s.to
		if begin.Before(at) {
			begin = at
		}
		if end.After(to) {
			end = to
		}
		if end.After(begin) {
			covered += end.Sub(begin)
			at = end
		}
	}
	return float64(covered) / float64(window)
}

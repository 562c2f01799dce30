package stats

import "math"

// ring holds the last HistoryLen figures.
type ring struct {
	values [HistoryLen]float64
	next   int
	len    int
}

// push adds a figure; nil is a gap.
func (r *ring) push(v *float64) {
	f := math.NaN()
	if v != nil {
		f = *v
	}
	r.values[r.next] = f
	r.next = (r.next + 1) % HistoryLen
	r.len = min(r.len+1, HistoryLen)
}

// copy gives the figures, oldest first.
func (r *ring) copy() []float64 {
	out := make([]float64, 0, r.len)
	for i := range r.len {
		out = append(out, r.values[(r.next-r.len+i+HistoryLen)%HistoryLen])
	}
	return out
}

// empty says that there are only gaps.
func (r *ring) empty() bool {
	for i := range r.len {
		if !math.IsNaN(r.values[(r.next-r.len+i+HistoryLen)%HistoryLen]) {
			return false
		}
	}
	return true
}

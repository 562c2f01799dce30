package history

import (
	"math"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/stats"
)

// figure gathers the samples of one figure within a step.
type figure struct {
	n        int32
	sum      float64
	min, max float64
}

func (f *figure) add(v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return
	}
	if f.n == 0 {
		f.min, f.max = v, v
	}
	f.n, f.sum, f.min, f.max = f.n+1, f.sum+v, math.Min(f.min, v), math.Max(f.max, v)
}

// Value is what a step knows of a figure; all are NaN when it doesn't.
type Value struct{ Min, Mean, Max float32 }

func unknown() Value {
	nan := float32(math.NaN())
	return Value{nan, nan, nan}
}

// value is unknown with fewer than enough samples.
func (f *figure) value(enough int) Value {
	if int(f.n) < enough || f.n == 0 {
		return unknown()
	}
	return Value{float32(f.min), float32(f.sum / float64(f.n)), float32(f.max)}
}

// Step is what was measured within one step of the finest tier.
type Step struct {
	At   time.Time // its beginning
	Bots []BotStep
	Host []HostStep
}

// BotStep is the part of a bot; Values are in the order of BotFigures.
type BotStep struct {
	Bot    bot.ID
	N      int32 // samples
	Values [botFigures]Value
}

// HostStep is one series of the host.
type HostStep struct {
	Name  string
	N     int32
	Value Value
}

// bucket gathers the samples of a step that goes on. It belongs to one goroutine at a time.
type bucket struct {
	at   time.Time // zero: nothing was added yet
	bots map[bot.ID]*botBucket
	host map[string]*figure
}

type botBucket struct {
	n       int32
	figures [botFigures]figure
}

// add takes a sample. When it belongs to another step than those before, these come back as that
// step, closed; a clock that was set back closes a step as well.
func (b *bucket) add(s stats.Sample, t Tier) (closed *Step) {
	at := align(s.At, t.Step)
	if !b.at.IsZero() && !at.Equal(b.at) {
		closed = b.close(t)
	}
	if b.at.IsZero() {
		b.at = at
		if b.bots == nil {
			b.bots, b.host = map[bot.ID]*botBucket{}, map[string]*figure{}
		}
	}
	for id, u := range s.Bots {
		x := b.bots[id]
		if x == nil {
			x = &botBucket{}
			b.bots[id] = x
		}
		x.n++
		for i, v := range botValues(u) {
			if v != nil {
				x.figures[i].add(*v)
			}
		}
	}
	hostValues(s.Host, func(name string, v float64) {
		f := b.host[name]
		if f == nil {
			f = &figure{}
			b.host[name] = f
		}
		f.add(v)
	})
	return closed
}

// close gives what has enough samples, and begins anew. What has ended isn't kept in mind.
func (b *bucket) close(t Tier) *Step {
	s := &Step{At: b.at}
	for id, x := range b.bots {
		if x.n == 0 {
			delete(b.bots, id)
			continue
		}
		if int(x.n) >= t.enough() {
			row := BotStep{Bot: id, N: x.n}
			for i := range x.figures {
				row.Values[i] = x.figures[i].value(t.enough())
			}
			s.Bots = append(s.Bots, row)
		}
		*x = botBucket{}
	}
	for name, f := range b.host {
		if f.n == 0 {
			delete(b.host, name)
			continue
		}
		if int(f.n) >= t.enough() {
			s.Host = append(s.Host, HostStep{Name: name, N: f.n, Value: f.value(t.enough())})
		}
		*f = figure{}
	}
	b.at = time.Time{}
	return s
}

package history

import (
	"math"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/stats"
)

// SparkLen is how many minutes a spark shows: the last hour.
const SparkLen = 60

// minutes is a ring of the means of whole minutes.
type minutes struct {
	last   int64 // the minute that the newest value is of; 0: there is none
	next   int
	values [SparkLen]float32
	now    int64 // the minute that is being summed up
	open   figure
}

// add takes a sample at a time.
func (m *minutes) add(minute int64, v float64) {
	if minute != m.now {
		m.settle()
		m.now = minute
	}
	m.open.add(v)
}

// settle ends the minute that was summed up; with too few samples it stays a gap.
func (m *minutes) settle() {
	if m.open.n > 0 {
		m.put(m.now, m.open.value(Tiers()[1].enough()).Mean)
		m.open = figure{}
	}
}

// put takes the mean of a minute; minutes that were left out are gaps.
func (m *minutes) put(minute int64, v float32) {
	if m.last != 0 && minute <= m.last {
		return
	}
	nan := float32(math.NaN())
	for gap := max(m.last+1, minute-SparkLen+1); m.last != 0 && gap < minute; gap++ {
		m.push(nan)
	}
	if m.last == 0 {
		for i := range m.values {
			m.values[i] = nan
		}
	}
	m.push(v)
	m.last = minute
}

func (m *minutes) push(v float32) {
	m.values[m.next] = v
	m.next = (m.next + 1) % SparkLen
}

// show gives the values up to the minute before now, oldest first, NaN where nothing is known.
func (m *minutes) show(now int64) []float64 {
	out := make([]float64, SparkLen)
	for i := range out {
		out[i] = math.NaN()
		minute := now - SparkLen + int64(i)
		if back := m.last - minute; m.last != 0 && back >= 0 && back < SparkLen {
			out[i] = float64(m.values[(m.next-1-int(back)+2*SparkLen)%SparkLen])
		}
	}
	return out
}

// botSpark is what is kept in memory of a bot.
type botSpark struct{ cpu, memory minutes }

// Spark is the last hour of a bot by the minute, oldest first; NaN where nothing is known.
type Spark struct {
	CPU    []float64 // percent; 100 is one core
	Memory []float64 // bytes
}

// sparks keeps the small pictures of all bots and of the host. The service's lock is held.
type sparks struct {
	bots   map[bot.ID]*botSpark
	host   map[string]*minutes
	minute int64 // grows with each minute that has begun
}

func minuteOf(t time.Time) int64 { return t.Unix() / 60 }

// sparkSeries lists the series of the host that have a spark.
func sparkSeries(name string) bool {
	switch name {
	case HostCPU, HostMemory, HostSent, HostReceived, HostLoad1:
		return true
	}
	return false
}

func (s *sparks) add(x stats.Sample) {
	now := minuteOf(x.At)
	for id, u := range x.Bots {
		b := s.bots[id]
		if b == nil {
			b = &botSpark{}
			s.bots[id] = b
		}
		if u.CPU != nil {
			b.cpu.add(now, *u.CPU)
		}
		if u.RSS != nil {
			b.memory.add(now, float64(*u.RSS))
		}
	}
	hostValues(x.Host, func(name string, v float64) {
		if sparkSeries(name) {
			m := s.host[name]
			if m == nil {
				m = &minutes{}
				s.host[name] = m
			}
			m.add(now, v)
		}
	})
	if now != s.minute {
		s.turn(now)
	}
}

// turn begins a minute: those that ended are settled, also of what isn't there any more, and bots that
// were quiet for an hour are forgotten.
func (s *sparks) turn(now int64) {
	s.minute = now
	for id, b := range s.bots {
		for _, m := range []*minutes{&b.cpu, &b.memory} {
			if m.now != now {
				m.settle()
			}
		}
		if max(b.cpu.last, b.cpu.now, b.memory.last, b.memory.now) < now-SparkLen {
			delete(s.bots, id)
		}
	}
}

// BotSpark is the last hour of a bot, for a small picture; false when nothing of it is known. It
// reads memory only, so it may be called for each of hundreds of bots in each drawing. After a start of
// Botswain the hour is read back once.
func (s *Service) BotSpark(id bot.ID) (Spark, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.sparks.bots[id]
	if b == nil {
		return Spark{}, false
	}
	now := minuteOf(s.o.Now())
	return Spark{CPU: b.cpu.show(now), Memory: b.memory.show(now)}, true
}

// HostSpark is the same of the machine, for HostCPU, HostMemory, HostSent, HostReceived and HostLoad1;
// nil when nothing is known.
func (s *Service) HostSpark(series string) []float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.sparks.host[series]
	if m == nil {
		return nil
	}
	return m.show(minuteOf(s.o.Now()))
}

// SparkRevision grows when sparks have a new minute: drawings can be shared by it.
func (s *Service) SparkRevision() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return uint64(s.sparks.minute)
}

package stats

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/disk"
	"github.com/shirou/gopsutil/v4/load"
	"github.com/shirou/gopsutil/v4/mem"
	"github.com/shirou/gopsutil/v4/net"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/runner"
)

// crew is a backend whose figures the test sets.
type crew struct {
	mu    sync.Mutex
	usage []runner.Usage
	runs  map[bot.RunID]bot.ID
	err   error
}

func (c *crew) Usage(context.Context) ([]runner.Usage, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.usage, c.err
}

func (c *crew) runOf() map[bot.RunID]bot.ID { return c.runs }

// clock steps two seconds a sample.
type clock struct{ now time.Time }

func (c *clock) read() time.Time {
	c.now = c.now.Add(2 * time.Second)
	return c.now
}

func sampler(t *testing.T, c *crew) *Sampler {
	t.Helper()
	if c.runs == nil {
		c.runs = map[bot.RunID]bot.ID{}
	}
	return New(Options{Backend: c, RunOf: c.runOf, DataDir: t.TempDir(), Hub: event.NewHub(),
		Now: (&clock{now: time.Unix(1e9, 0)}).read})
}

// TestRealFigures: the machine that runs the test, within what any machine can be.
func TestRealFigures(t *testing.T) {
	s := sampler(t, &crew{})
	s.sample(t.Context())
	first := s.Host()
	if first.CPU != nil || first.Missing["CPU"] == "" {
		t.Errorf("the first sample says %v", first)
	}
	for s.Host().CPU == nil { // until the kernel has counted one more tick
		s.sample(t.Context())
	}
	h := s.Host()
	if h.Name == "" || h.Cores < 1 || h.At.IsZero() || h.Revision < 2 {
		t.Errorf("incomplete: %+v", h)
	}
	if *h.CPU < 0 || *h.CPU > 100 || h.Load1 == nil || *h.Load1 < 0 {
		t.Errorf("CPU %v, load %v", *h.CPU, h.Load1)
	}
	for name, pair := range map[string][2]*uint64{"memory": {h.MemUsed, h.MemTotal}, "swap": {h.SwapUsed, h.SwapTotal}, "disk": {h.DiskUsed, h.DiskTotal}} {
		if pair[0] == nil || pair[1] == nil || *pair[0] > *pair[1] {
			t.Errorf("%s: %v", name, pair)
		}
	}
	if *h.MemTotal < 16<<20 || *h.MemUsed == 0 || *h.DiskTotal == 0 {
		t.Errorf("memory %d of %d, disk %d", *h.MemUsed, *h.MemTotal, *h.DiskTotal)
	}
	if n := len(h.CPUHistory); n < 2 || !math.IsNaN(h.CPUHistory[0]) || h.CPUHistory[n-1] != *h.CPU {
		t.Errorf("history %v", h.CPUHistory)
	}
}

// box is a machine whose counters the test sets.
type box struct {
	times cpu.TimesStat
	nics  []net.IOCountersStat
	err   error
}

func (b *box) cpu(context.Context) (cpu.TimesStat, error)            { return b.times, b.err }
func (b *box) load(context.Context) (*load.AvgStat, error)           { return &load.AvgStat{Load1: 1.5}, b.err }
func (b *box) network(context.Context) ([]net.IOCountersStat, error) { return b.nics, b.err }
func (b *box) memory(context.Context) (*mem.VirtualMemoryStat, error) {
	return &mem.VirtualMemoryStat{Total: 1000, Available: 400, Used: 1}, b.err
}
func (b *box) swap(context.Context) (*mem.SwapMemoryStat, error) { return &mem.SwapMemoryStat{}, b.err }
func (b *box) disk(context.Context, string) (*disk.UsageStat, error) {
	return &disk.UsageStat{Used: 5, Total: 10}, b.err
}

func TestRates(t *testing.T) {
	b := &box{
		times: cpu.TimesStat{User: 10, Guest: 10, Idle: 90},
		nics:  []net.IOCountersStat{{Name: "eth0", BytesSent: 1000, BytesRecv: 5000}, {Name: "lo", BytesSent: 7}, {Name: "docker0"}},
	}
	s := sampler(t, &crew{})
	s.meter.source, s.meter.parts.source = b, &parts{moved: map[string]transfer{"vda": {}}, nics: []net.IOCountersStat{{Name: "eth0", BytesSent: 1}}, sensors: []Temperature{{"cpu", 41}}}
	s.sample(t.Context())
	if h := s.Host(); h.NetSent != nil || h.Missing["NetSent"] == "" || h.NetIface != "eth0" || *h.MemUsed != 600 {
		t.Errorf("first: %+v", h)
	}

	b.times = cpu.TimesStat{User: 11, Guest: 11, Idle: 93} // 1 of 4
	b.nics = []net.IOCountersStat{{Name: "eth0", BytesSent: 3000, BytesRecv: 5500}, {Name: "lo", BytesSent: 1 << 30}, {Name: "wlan0", BytesSent: 1 << 30}}
	s.sample(t.Context())
	h := s.Host()
	if h.CPU == nil || *h.CPU != 25 {
		t.Errorf("CPU %v, want 25", h.CPU)
	}
	// Two seconds have gone by; an interface that is new has no rate yet.
	if h.NetSent == nil || *h.NetSent != 1000 || *h.NetRecv != 250 || h.NetIface != "eth0, wlan0" {
		t.Errorf("network %v, %v, %s", h.NetSent, h.NetRecv, h.NetIface)
	}
	if len(h.Missing) != 0 {
		t.Errorf("missing: %v", h.Missing)
	}

	b.err = errors.New("no /proc today")
	s.sample(t.Context())
	h = s.Host()
	for _, field := range []string{"CPU", "Load1", "MemUsed", "SwapTotal", "DiskUsed", "NetSent", "NetRecv"} {
		if text := h.Missing[field]; text == "" || strings.Contains(text, "/proc") {
			t.Errorf("%s is missing because %q", field, text)
		}
	}
	if h.CPU != nil || h.MemUsed != nil || h.NetSent != nil || !math.IsNaN(h.CPUHistory[2]) {
		t.Errorf("figures without a source: %+v", h)
	}

	b.err = nil // after a gap it is as at the first time
	s.sample(t.Context())
	if h = s.Host(); h.CPU != nil || h.NetSent != nil || h.Load1 == nil {
		t.Errorf("after the gap: %+v", h)
	}
}

func TestOutside(t *testing.T) {
	for name, want := range map[string]bool{"eth0": true, "enp3s0": true, "wlan0": true, "ens18": true, "brcm0": true, "usb0": true,
		"lo": false, "veth12ab": false, "docker0": false, "br-0123": false, "br0": false, "bond0": false, "eth0.10": false, "wg0": false, "ifb1": false, "virbr0": false} {
		if outside(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}

func TestBots(t *testing.T) {
	run, id, stranger := bot.NewID(), bot.NewID(), bot.NewID()
	percent, bytes := 12.5, int64(4096)
	c := &crew{runs: map[bot.RunID]bot.ID{run: id}}
	s := sampler(t, c)
	if _, found := s.Bot(id); found {
		t.Error("known before the first sample")
	}
	c.usage = []runner.Usage{{Run: run, RSS: &bytes, Processes: 2}, {Run: stranger}}
	s.sample(t.Context())
	c.usage = []runner.Usage{{Run: run, RSS: &bytes, CPU: &percent, Processes: 2}}
	s.sample(t.Context())
	b, found := s.Bot(id)
	if !found || b.ID != id || b.Usage.Processes != 2 || b.Revision != 2 || !math.IsNaN(b.CPUHistory[0]) || b.CPUHistory[1] != 12.5 || b.RSSHistory[0] != 4096 {
		t.Errorf("got %+v", b)
	}
	*b.Usage.CPU, b.CPUHistory[1] = -1, -1
	if again, _ := s.Bot(id); *again.Usage.CPU != 12.5 || again.CPUHistory[1] != 12.5 {
		t.Error("a caller changed the sampler's own figures")
	}
	if all := s.All(); len(all) != 1 || all[0].ID != id {
		t.Errorf("all: %+v", all)
	}

	c.err, c.usage = errors.New("away"), nil
	s.sample(t.Context())
	if b, _ = s.Bot(id); b.Usage.Run != (bot.RunID{}) || !math.IsNaN(b.CPUHistory[2]) {
		t.Errorf("figures of a failed sample: %+v", b)
	}
	c.err = nil
	for range HistoryLen - 2 { // the last figure is the oldest now
		s.sample(t.Context())
	}
	if b, found = s.Bot(id); !found || len(b.CPUHistory) != HistoryLen || b.CPUHistory[0] != 12.5 {
		t.Errorf("history of %d: %v", len(b.CPUHistory), found)
	}
	s.sample(t.Context())
	if _, found = s.Bot(id); found {
		t.Error("a bot that has not run for the whole history is still kept")
	}
}

func TestRun(t *testing.T) {
	hub := event.NewHub()
	sub := hub.Subscribe(nil)
	defer sub.Close()
	ticks := make(chan time.Time)
	s := New(Options{Backend: &crew{}, RunOf: (&crew{}).runOf, DataDir: t.TempDir(), Hub: hub, Ticks: ticks})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()
	for n := uint64(1); n <= 3; n++ {
		<-sub.C()
		topics := sub.Take()
		for _, kind := range []event.TopicKind{event.TopicHost, event.TopicUsage} {
			if _, found := topics[event.Topic{Kind: kind}]; !found {
				t.Errorf("sample %d: topic %d wasn't published", n, kind)
			}
		}
		if got := s.Host().Revision; got != n {
			t.Errorf("revision %d after %d samples", got, n)
		}
		if n < 3 {
			ticks <- time.Time{}
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

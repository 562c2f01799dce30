package stats

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/disk"
	"github.com/shirou/gopsutil/v4/load"
	"github.com/shirou/gopsutil/v4/mem"
	"github.com/shirou/gopsutil/v4/net"
)

// source reads the machine's counters.
type source interface {
	cpu(ctx context.Context) (cpu.TimesStat, error)
	load(ctx context.Context) (*load.AvgStat, error)
	memory(ctx context.Context) (*mem.VirtualMemoryStat, error)
	swap(ctx context.Context) (*mem.SwapMemoryStat, error)
	disk(ctx context.Context, dir string) (*disk.UsageStat, error)
	network(ctx context.Context) ([]net.IOCountersStat, error)
}

// machine is the source that tells the truth. What both meters want is read once a sample: cores and interfaces
// give what the cpu and network before them have read. It belongs to one goroutine.
type machine struct {
	times   []cpu.TimesStat
	traffic []net.IOCountersStat
	whole   map[string]bool // by the name of a block device: it is a disk, nothing that lies on one
}

// cpu is the sum of all cores.
func (m *machine) cpu(ctx context.Context) (cpu.TimesStat, error) {
	var all cpu.TimesStat
	var err error
	if m.times, err = cpu.TimesWithContext(ctx, true); err != nil {
		return all, err
	}
	if len(m.times) == 0 {
		return all, errors.New("no CPU times")
	}
	for _, c := range m.times {
		all.User, all.Nice, all.System, all.Idle = all.User+c.User, all.Nice+c.Nice, all.System+c.System, all.Idle+c.Idle
		all.Iowait, all.Irq, all.Softirq, all.Steal = all.Iowait+c.Iowait, all.Irq+c.Irq, all.Softirq+c.Softirq, all.Steal+c.Steal
	}
	return all, nil
}

func (m *machine) cores(ctx context.Context) ([]cpu.TimesStat, error) {
	if len(m.times) == 0 {
		if _, err := m.cpu(ctx); err != nil {
			return nil, err
		}
	}
	times := m.times
	m.times = nil
	return times, nil
}

func (*machine) load(ctx context.Context) (*load.AvgStat, error) { return load.AvgWithContext(ctx) }
func (*machine) memory(ctx context.Context) (*mem.VirtualMemoryStat, error) {
	return mem.VirtualMemoryWithContext(ctx)
}
func (*machine) swap(ctx context.Context) (*mem.SwapMemoryStat, error) {
	return mem.SwapMemoryWithContext(ctx)
}
func (*machine) disk(ctx context.Context, dir string) (*disk.UsageStat, error) {
	return disk.UsageWithContext(ctx, dir)
}

func (m *machine) network(ctx context.Context) ([]net.IOCountersStat, error) {
	var err error
	m.traffic, err = net.IOCountersWithContext(ctx, true)
	return m.traffic, err
}

func (m *machine) interfaces(ctx context.Context) ([]net.IOCountersStat, error) {
	if m.traffic == nil {
		if _, err := m.network(ctx); err != nil {
			return nil, err
		}
	}
	traffic := m.traffic
	m.traffic = nil
	return traffic, nil
}

// hostMeter turns counters into figures; what counts up needs two samples.
type hostMeter struct {
	source  source
	dataDir string

	times   *cpu.TimesStat
	netAt   time.Time
	traffic map[string]net.IOCountersStat

	parts partMeter
}

// The reasons for a missing figure, as a tooltip says them.
const (
	notYet  = "Measured from the second sample on."
	failed  = "The system did not tell it."
	noIface = "No network interface was found."
)

// measure takes one sample. A part that fails leaves its figures out and says why in Missing.
func (m *hostMeter) measure(ctx context.Context, now time.Time) (Host, error) {
	h := Host{At: now, Missing: map[string]string{}}
	var errs []error
	fail := func(err error, fields ...string) {
		errs = append(errs, err)
		for _, f := range fields {
			h.Missing[f] = failed
		}
	}
	if err := m.cpu(ctx, &h); err != nil {
		fail(err, "CPU")
	}
	if l, err := m.source.load(ctx); err != nil {
		fail(err, "Load1")
	} else {
		h.Load1, h.Load5, h.Load15 = &l.Load1, &l.Load5, &l.Load15
	}
	if v, err := m.source.memory(ctx); err != nil {
		fail(err, "MemUsed", "MemTotal")
	} else {
		used := v.Total - min(v.Total, v.Available)
		h.MemUsed, h.MemTotal = &used, &v.Total
	}
	if s, err := m.source.swap(ctx); err != nil {
		fail(err, "SwapUsed", "SwapTotal")
	} else {
		h.SwapUsed, h.SwapTotal = &s.Used, &s.Total
	}
	if d, err := m.source.disk(ctx, m.dataDir); err != nil {
		fail(err, "DiskUsed", "DiskTotal")
	} else {
		h.DiskUsed, h.DiskTotal = &d.Used, &d.Total
	}
	if err := m.network(ctx, &h); err != nil {
		fail(err, "NetSent", "NetRecv")
	}
	if err := m.parts.measure(ctx, &h); err != nil {
		errs = append(errs, err)
	}
	return h, errors.Join(errs...)
}

func (m *hostMeter) cpu(ctx context.Context, h *Host) error {
	now, err := m.source.cpu(ctx)
	if err != nil {
		m.times = nil
		return err
	}
	last := m.times
	m.times = &now
	if last == nil {
		h.Missing["CPU"] = notYet
		return nil
	}
	busy, all := work(now)
	busyBefore, allBefore := work(*last)
	if all <= allBefore { // the counters went back or stood still: no figure rather than a wrong one
		h.Missing["CPU"] = failed
		return nil
	}
	percent := min(100, max(0, (busy-busyBefore)/(all-allBefore)*100))
	h.CPU = &percent
	return nil
}

// work gives the busy and the whole CPU time. Guest time is within User and Nice already.
func work(t cpu.TimesStat) (busy, all float64) {
	busy = t.User + t.Nice + t.System + t.Irq + t.Softirq + t.Steal
	return busy, busy + t.Idle + t.Iowait
}

func (m *hostMeter) network(ctx context.Context, h *Host) error {
	all, err := m.source.network(ctx)
	if err != nil {
		m.traffic = nil
		return err
	}
	now := map[string]net.IOCountersStat{}
	var names []string
	for _, n := range all {
		if outside(n.Name) {
			now[n.Name] = n
			names = append(names, n.Name)
		}
	}
	slices.Sort(names)
	h.NetIface = strings.Join(names, ", ")
	last, seconds := m.traffic, h.At.Sub(m.netAt).Seconds()
	m.traffic, m.netAt = now, h.At
	switch {
	case len(names) == 0:
		h.Missing["NetSent"], h.Missing["NetRecv"] = noIface, noIface
		return nil
	case last == nil || seconds <= 0:
		h.Missing["NetSent"], h.Missing["NetRecv"] = notYet, notYet
		return nil
	}
	var sent, recv float64
	for name, n := range now {
		before, found := last[name]
		// One that is new, or whose counters began again, has no rate in this interval.
		if !found || n.BytesSent < before.BytesSent || n.BytesRecv < before.BytesRecv {
			continue
		}
		sent += float64(n.BytesSent - before.BytesSent)
		recv += float64(n.BytesRecv - before.BytesRecv)
	}
	sent, recv = sent/seconds, recv/seconds
	h.NetSent, h.NetRecv = &sent, &recv
	return nil
}

// outside says that an interface carries traffic to the outside that no other counts already:
// bridges, tunnels, bonds and VLANs pass theirs on to a card, and lo never leaves the machine.
func outside(name string) bool {
	if name == "lo" || strings.ContainsAny(name, ".@:") {
		return false
	}
	for _, inner := range []string{"veth", "docker", "br-", "br", "virbr", "vnet", "cni", "flannel", "cali", "cilium", "lxc", "podman",
		"dummy", "ifb", "bond", "team", "tun", "tap", "wg", "tailscale", "zt", "sit", "gre", "ip6", "kube", "nodelocaldns", "vxlan", "macvtap"} {
		rest, found := strings.CutPrefix(name, inner)
		if found && (rest == "" || inner != "br" || strings.Trim(rest, "0123456789") == "") {
			return false
		}
	}
	return true
}

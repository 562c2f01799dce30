package stats

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/disk"
	"github.com/shirou/gopsutil/v4/net"
	"github.com/shirou/gopsutil/v4/sensors"
)

// transfer is what a disk has read and written since the machine started, in bytes.
type transfer struct{ read, written uint64 }

// partSource reads the counters of the parts of the machine.
type partSource interface {
	cores(ctx context.Context) ([]cpu.TimesStat, error)
	disks(ctx context.Context) ([]Disk, error)
	transfers() (map[string]transfer, error)
	interfaces(ctx context.Context) ([]net.IOCountersStat, error)
	temperatures(ctx context.Context) ([]Temperature, error)
}

// maxParts bounds how many cores, disks, interfaces and sensors are followed, each: machines with more
// have mostly short-lived ones.
const maxParts = 64

// What costs more, or moves slowly, is read with every slowly-th sample only; what it says stands in
// between.
const slowly = 5

// partMeter measures the parts of the machine. A part that can't be measured is left out; that of a
// whole kind is said in Host.Missing.
type partMeter struct {
	source partSource

	n          int
	at         time.Time
	coreTimes  []cpu.TimesStat
	transfers  map[string]transfer
	traffic    map[string]net.IOCountersStat
	diskList   []Disk
	diskErr    error
	sensorList []Temperature
	sensorErr  error
}

// The reasons for missing kinds of parts.
const (
	noSensor = "This machine tells no temperatures."
	noDisk   = "No disk was found."
)

func (m *partMeter) measure(ctx context.Context, h *Host) error {
	seconds := h.At.Sub(m.at).Seconds()
	if m.at.IsZero() || seconds <= 0 {
		seconds = 0
	}
	m.at = h.At
	errs := []error{m.cores(ctx, h), m.diskRates(h, seconds), m.netRates(ctx, h, seconds)}
	if m.n%slowly == 0 {
		m.diskList, m.diskErr = m.source.disks(ctx)
		m.sensorList, m.sensorErr = m.source.temperatures(ctx)
	}
	m.n++
	if m.diskErr != nil {
		m.diskList = nil
	}
	h.Disks, h.Temperatures = limit(m.diskList), limit(m.sensorList)
	for field, x := range map[string]struct {
		none bool
		err  error
		why  string
	}{
		"Disks":        {len(h.Disks) == 0, m.diskErr, noDisk},
		"DiskIO":       {len(h.DiskIO) == 0, nil, noDisk},
		"Interfaces":   {len(h.Interfaces) == 0, nil, noIface},
		"Temperatures": {len(h.Temperatures) == 0, m.sensorErr, noSensor},
	} {
		if x.none && h.Missing[field] == "" {
			h.Missing[field] = x.why
			if x.err != nil {
				h.Missing[field] = failed
			}
		}
	}
	return errors.Join(append(errs, m.diskErr)...) // machines without sensors fail in many ways: that is no fault
}

func limit[T any](list []T) []T { return list[:min(len(list), maxParts)] }

func (m *partMeter) cores(ctx context.Context, h *Host) error {
	now, err := m.source.cores(ctx)
	if err != nil {
		m.coreTimes = nil
		h.Missing["CoreCPU"] = failed
		return err
	}
	last := m.coreTimes
	m.coreTimes = now
	h.CoreCPU = make([]*float64, min(len(now), maxParts))
	if len(last) != len(now) { // the first sample, or cores came or went
		h.Missing["CoreCPU"] = notYet
		return nil
	}
	for i := range h.CoreCPU {
		busy, all := work(now[i])
		busyBefore, allBefore := work(last[i])
		if all > allBefore {
			percent := min(100, max(0, (busy-busyBefore)/(all-allBefore)*100))
			h.CoreCPU[i] = &percent
		}
	}
	return nil
}

func (m *partMeter) diskRates(h *Host, seconds float64) error {
	now, err := m.source.transfers()
	last := m.transfers
	m.transfers = now
	if err != nil {
		h.Missing["DiskIO"] = failed
		return err
	}
	for _, name := range limit(slices.Sorted(maps.Keys(now))) {
		before, found := last[name]
		d := DiskIO{Name: name}
		if found {
			d.Read, d.Write = rate(before.read, now[name].read, seconds), rate(before.written, now[name].written, seconds)
		}
		h.DiskIO = append(h.DiskIO, d)
	}
	return nil
}

func (m *partMeter) netRates(ctx context.Context, h *Host, seconds float64) error {
	all, err := m.source.interfaces(ctx)
	last := m.traffic
	m.traffic = map[string]net.IOCountersStat{}
	if err != nil {
		h.Missing["Interfaces"] = failed
		return err
	}
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b net.IOCountersStat) int { return cmp.Compare(a.Name, b.Name) })
	for _, n := range all {
		unused := n.BytesSent == 0 && n.BytesRecv == 0 // since the machine started
		if n.Name == "lo" || strings.HasPrefix(n.Name, "veth") || unused || len(h.Interfaces) >= maxParts {
			continue
		}
		m.traffic[n.Name] = n
		i := Interface{Name: n.Name}
		if before, found := last[n.Name]; found {
			i.Sent, i.Received = rate(before.BytesSent, n.BytesSent, seconds), rate(before.BytesRecv, n.BytesRecv, seconds)
		}
		h.Interfaces = append(h.Interfaces, i)
	}
	return nil
}

// rate is nil when there is no interval, and when the counter began again.
func rate(before, now uint64, seconds float64) *float64 {
	if seconds <= 0 || now < before {
		return nil
	}
	v := float64(now-before) / seconds
	return &v
}

// copyParts makes the lists of a Host the caller's own.
func (h *Host) copyParts() {
	h.CoreCPU, h.Disks, h.DiskIO = slices.Clone(h.CoreCPU), slices.Clone(h.Disks), slices.Clone(h.DiskIO)
	h.Interfaces, h.Temperatures = slices.Clone(h.Interfaces), slices.Clone(h.Temperatures)
	for i := range h.CoreCPU {
		h.CoreCPU[i] = clone(h.CoreCPU[i])
	}
	for i := range h.DiskIO {
		h.DiskIO[i].Read, h.DiskIO[i].Write = clone(h.DiskIO[i].Read), clone(h.DiskIO[i].Write)
	}
	for i := range h.Interfaces {
		h.Interfaces[i].Sent, h.Interfaces[i].Received = clone(h.Interfaces[i].Sent), clone(h.Interfaces[i].Received)
	}
}

// disks lists each file system on a disk once, by its shortest mount point: a container shows parts of
// one as many mounts.
func (*machine) disks(ctx context.Context) ([]Disk, error) {
	all, err := disk.PartitionsWithContext(ctx, false)
	if err != nil {
		return nil, err
	}
	first := map[string]Disk{}
	for _, p := range all {
		if p.Fstype == "squashfs" || p.Fstype == "iso9660" { // packages and media: always full
			continue
		}
		if d, found := first[p.Device]; !found || len(p.Mountpoint) < len(d.Mount) {
			first[p.Device] = Disk{Mount: p.Mountpoint, Device: p.Device}
		}
	}
	var list []Disk
	for _, d := range first {
		if u, err := disk.UsageWithContext(ctx, d.Mount); err == nil && u.Total > 0 {
			d.Used, d.Total = u.Used, u.Total
			list = append(list, d)
		}
	}
	slices.SortFunc(list, func(a, b Disk) int { return cmp.Compare(a.Mount, b.Mount) })
	return list, nil
}

// sectorSize is the unit of /proc/diskstats, whatever the disk's own is (Documentation/admin-guide/iostats.rst).
const sectorSize = 512

// transfers reads /proc/diskstats: whole disks only, without what lies on top of them (partitions, RAID,
// LVM, loops), which would count twice.
func (m *machine) transfers() (map[string]transfer, error) {
	text, err := os.ReadFile("/proc/diskstats")
	if err != nil {
		return nil, fmt.Errorf("read the disks' counters: %w", err)
	}
	all := parseDiskstats(string(text))
	m.wholeOf(maps.Keys(all), isDisk)
	maps.DeleteFunc(all, func(name string, _ transfer) bool { return !m.whole[name] })
	return all, nil
}

// wholeOf says which block devices are disks. That doesn't change while a device is there, so each is looked at once.
func (m *machine) wholeOf(names iter.Seq[string], look func(string) bool) {
	now := map[string]bool{}
	for name := range names {
		is, known := m.whole[name]
		if !known {
			is = look(name)
		}
		now[name] = is
	}
	m.whole = now
}

func isDisk(name string) bool {
	_, err := os.Stat(filepath.Join("/sys/block", strings.ReplaceAll(name, "/", "!"), "device"))
	return err == nil
}

func parseDiskstats(text string) map[string]transfer {
	all := map[string]transfer{}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 10 {
			continue
		}
		read, err1 := strconv.ParseUint(f[5], 10, 64)
		written, err2 := strconv.ParseUint(f[9], 10, 64)
		if err1 == nil && err2 == nil {
			all[f[2]] = transfer{read * sectorSize, written * sectorSize}
		}
	}
	return all
}

// temperatures gives each sensor that says something believable, by a name of its own.
func (*machine) temperatures(ctx context.Context) ([]Temperature, error) {
	all, err := sensors.TemperaturesWithContext(ctx)
	seen := map[string]int{}
	var list []Temperature
	for _, t := range all {
		if t.Temperature <= -60 || t.Temperature >= 200 || t.Temperature == 0 {
			continue
		}
		name := strings.ReplaceAll(t.SensorKey, "_", " ")
		seen[name]++
		if n := seen[name]; n > 1 {
			name = fmt.Sprintf("%s %d", name, n)
		}
		list = append(list, Temperature{Name: name, Celsius: t.Temperature})
	}
	slices.SortFunc(list, func(a, b Temperature) int { return cmp.Compare(a.Name, b.Name) })
	if len(list) > 0 {
		err = nil // some sensors never answer
	}
	return list, err
}

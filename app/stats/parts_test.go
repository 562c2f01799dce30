package stats

import (
	"context"
	"errors"
	"testing"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/net"
)

// parts are parts of a machine that the test sets.
type parts struct {
	times   []cpu.TimesStat
	moved   map[string]transfer
	nics    []net.IOCountersStat
	sensors []Temperature
	err     error
}

func (p *parts) cores(context.Context) ([]cpu.TimesStat, error) { return p.times, p.err }
func (p *parts) disks(context.Context) ([]Disk, error) {
	return []Disk{{Mount: "/", Device: "/dev/vda1", Used: 3, Total: 10}}, p.err
}
func (p *parts) transfers() (map[string]transfer, error) { return p.moved, p.err }
func (p *parts) interfaces(context.Context) ([]net.IOCountersStat, error) {
	return p.nics, p.err
}
func (p *parts) temperatures(context.Context) ([]Temperature, error) { return p.sensors, p.err }

func TestParts(t *testing.T) {
	p := &parts{
		times: []cpu.TimesStat{{User: 1, Idle: 9}, {User: 5, Idle: 5}}, moved: map[string]transfer{"vda": {1000, 0}},
		nics: []net.IOCountersStat{{Name: "eth0", BytesSent: 10}, {Name: "lo", BytesSent: 5}, {Name: "veth1", BytesSent: 1}, {Name: "docker0", BytesRecv: 1}, {Name: "ifb0"}}, sensors: []Temperature{{"cpu", 41}},
	}
	s := sampler(t, &crew{})
	s.meter.source, s.meter.parts.source = &box{}, p
	s.sample(t.Context())
	h := s.Host()
	if len(h.CoreCPU) != 2 || h.CoreCPU[0] != nil || h.DiskIO[0].Read != nil || len(h.Interfaces) != 2 || h.Interfaces[1].Sent != nil || h.Missing["CoreCPU"] == "" {
		t.Errorf("first: %+v", h)
	}
	p.times = []cpu.TimesStat{{User: 2, Idle: 12}, {User: 5, Idle: 5}}
	p.moved = map[string]transfer{"vda": {3000, 500}, "vdb": {1, 1}}
	p.nics[0].BytesSent = 4010
	s.sample(t.Context())
	h = s.Host()
	if *h.CoreCPU[0] != 25 || h.CoreCPU[1] != nil || *h.DiskIO[0].Read != 1000 || *h.DiskIO[0].Write != 250 || h.DiskIO[1].Read != nil {
		t.Errorf("cores %v, disks %+v", h.CoreCPU, h.DiskIO)
	}
	if i := h.Interfaces; i[0].Name != "docker0" || i[1].Name != "eth0" || *i[1].Sent != 2000 || *i[1].Received != 0 {
		t.Errorf("interfaces %+v", i)
	}
	if h.Disks[0].Total != 10 || h.Temperatures[0].Celsius != 41 || len(h.Missing) != 3 { // CPU and network of the box, which has neither
		t.Errorf("%+v", h)
	}
	*h.CoreCPU[0] = -1
	if again := s.Host(); *again.CoreCPU[0] != 25 {
		t.Error("a caller changed the sampler's own figures")
	}

	p.err = errors.New("no")
	for range slowly {
		s.sample(t.Context())
	}
	h = s.Host()
	for _, field := range []string{"CoreCPU", "Disks", "DiskIO", "Interfaces"} {
		if h.Missing[field] == "" {
			t.Errorf("%s is missing without a reason", field)
		}
	}
	if h.CoreCPU != nil || h.Interfaces != nil {
		t.Errorf("figures without a source: %+v", h)
	}
}

func TestDiskstats(t *testing.T) {
	got := parseDiskstats(" 254 0 vda 100 2 2048 7 50 3 64 8 0 9 10 0 0 0 0\n\n 1 2 short\n")
	if len(got) != 1 || got["vda"] != (transfer{2048 * 512, 64 * 512}) {
		t.Errorf("%v", got)
	}
}

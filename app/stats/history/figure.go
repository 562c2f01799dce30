package history

import (
	"fmt"
	"strings"

	"github.com/botswain/botswain/app/runner"
	"github.com/botswain/botswain/app/stats"
)

// Figures of bots, as Series names them.
const (
	CPU     = "cpu"     // percent; 100 is one core
	Memory  = "memory"  // bytes of resident memory of the tree
	Threads = "threads" // of the tree
	Files   = "files"   // open descriptors of the tree
	Read    = "read"    // bytes a second that came from disks
	Write   = "write"   // bytes a second that go to disks
)

// BotFigures lists them in the order of the table's columns.
func BotFigures() []string { return []string{CPU, Memory, Threads, Files, Read, Write} }

const botFigures = 6

// botValues are the figures of a sample in that order; nil isn't known.
func botValues(u runner.Usage) [botFigures]*float64 {
	whole := func(n int64) *float64 { f := float64(n); return &f }
	v := [botFigures]*float64{u.CPU, nil, whole(int64(u.Threads)), nil, u.ReadRate, u.WriteRate}
	if u.RSS != nil {
		v[1] = whole(*u.RSS)
	}
	if u.OpenFiles != nil {
		v[3] = whole(int64(*u.OpenFiles))
	}
	return v
}

// Series of the host. Those of parts of it have the part's name behind a colon: "core:0", "disk:/",
// "read:vda", "sent:eth0", "temperature:coretemp package id 0".
const (
	HostCPU         = "cpu" // percent of all cores
	HostLoad1       = "load1"
	HostLoad5       = "load5"
	HostLoad15      = "load15"
	HostMemory      = "memory" // bytes used
	HostSwap        = "swap"   // bytes used
	HostSent        = "sent"   // bytes a second, over the interfaces that carry traffic to the outside
	HostReceived    = "received"
	HostCore        = "core"        // percent
	HostDisk        = "disk"        // bytes used
	HostRead        = "read"        // bytes a second
	HostWrite       = "write"       // bytes a second
	HostTemperature = "temperature" // degrees Celsius
)

// Part names the series of a part of the host.
func Part(series, part string) string { return series + ":" + part }

// PartOf takes such a name apart; part is "" for a series of the whole host.
func PartOf(name string) (series, part string) {
	series, part, _ = strings.Cut(name, ":")
	return series, part
}

// hostValues calls add for each figure that a sample has.
func hostValues(h stats.Host, add func(name string, v float64)) {
	float := func(name string, v *float64) {
		if v != nil {
			add(name, *v)
		}
	}
	bytes := func(name string, v *uint64) {
		if v != nil {
			add(name, float64(*v))
		}
	}
	float(HostCPU, h.CPU)
	float(HostLoad1, h.Load1)
	float(HostLoad5, h.Load5)
	float(HostLoad15, h.Load15)
	bytes(HostMemory, h.MemUsed)
	bytes(HostSwap, h.SwapUsed)
	float(HostSent, h.NetSent)
	float(HostReceived, h.NetRecv)
	for i, v := range h.CoreCPU {
		float(Part(HostCore, fmt.Sprint(i)), v)
	}
	for _, d := range h.Disks {
		bytes(Part(HostDisk, d.Mount), &d.Used)
	}
	for _, d := range h.DiskIO {
		float(Part(HostRead, d.Name), d.Read)
		float(Part(HostWrite, d.Name), d.Write)
	}
	for _, n := range h.Interfaces {
		if fleeting(n.Name) {
			continue
		}
		float(Part(HostSent, n.Name), n.Sent)
		float(Part(HostReceived, n.Name), n.Received)
	}
	for _, t := range h.Temperatures {
		add(Part(HostTemperature, t.Name), t.Celsius)
	}
}

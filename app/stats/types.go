// Package stats measures the host and the bots every two seconds and keeps the newest figures
// and a short history in memory.
package stats

import (
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/runner"
)

// Interval is the time between two samples.
const Interval = 2 * time.Second

// HistoryLen is how many samples the short history holds: three minutes.
const HistoryLen = 90

// Host is what the machine does now. A nil figure couldn't be measured; Missing says why, by
// field name, in words for a tooltip.
type Host struct {
	At        time.Time
	Name      string
	Cores     int
	CPU       *float64 // percent of all cores, 0–100
	Load1     *float64
	Load5     *float64
	Load15    *float64
	MemUsed   *uint64 // bytes: total minus available
	MemTotal  *uint64
	SwapUsed  *uint64
	SwapTotal *uint64
	DiskUsed  *uint64 // of the file system that holds the data directory
	DiskTotal *uint64
	NetIface  string   // the interfaces that are summed
	NetSent   *float64 // bytes per second
	NetRecv   *float64
	Missing   map[string]string
	// CoreCPU is each core's percentage, 0–100; nil where it isn't known yet.
	CoreCPU []*float64
	// Disks are the file systems on disks, DiskIO the disks themselves, Interfaces the network's without lo.
	Disks        []Disk
	DiskIO       []DiskIO
	Interfaces   []Interface
	Temperatures []Temperature
	// History of the last samples, oldest first; NaN where a sample had no figure.
	CPUHistory, SentHistory, RecvHistory []float64
	// Revision grows with each sample.
	Revision uint64
}

// Bot is what one bot uses now, with its short history.
type Bot struct {
	ID    bot.ID
	Usage runner.Usage // zero Run when nothing runs
	// History of the last samples, oldest first; NaN while the bot did not run.
	CPUHistory, RSSHistory []float64
	Revision               uint64
}

// Disk is a file system on a disk.
type Disk struct {
	Mount, Device string
	Used, Total   uint64 // bytes
}

// DiskIO is what a disk does, in bytes a second; nil until there are two samples.
type DiskIO struct {
	Name        string
	Read, Write *float64
}

// Interface is the traffic of a network interface, in bytes a second; nil until there are two samples.
type Interface struct {
	Name           string
	Sent, Received *float64
}

// Temperature is what a sensor says.
type Temperature struct {
	Name    string // of the sensor, unique
	Celsius float64
}

// Sample is what was measured at one time; Bots has what each bot that runs used.
type Sample struct {
	At   time.Time
	Host Host // without history
	Bots map[bot.ID]runner.Usage
}

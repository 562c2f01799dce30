package local

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/runner"
)

// recordName is the file in a run's folder that lets another Botswain find the process.
const recordName = "run.json"

// record is what run.json holds. It is written before exec, so that no process can exist without
// one, then completed with PID and StartTicks, and marked when the run is over.
type record struct {
	Bot       bot.ID    `json:"bot"`
	Run       bot.RunID `json:"run"`
	BootID    string    `json:"boot_id"`
	StartedAt time.Time `json:"started_at"`
	// PID and StartTicks are 0 until the process was made.
	PID        int    `json:"pid,omitempty"`
	StartTicks uint64 `json:"start_ticks,omitempty"`
	// Cgroups are the directories of the run's cgroup, one in each hierarchy that it needs.
	Cgroups []string   `json:"cgroups,omitempty"`
	EndedAt *time.Time `json:"ended_at,omitempty"`
	// How it ended, as far as that is known; with EndedAt.
	ExitCode   *int   `json:"exit_code,omitempty"`
	ExitSignal string `json:"exit_signal,omitempty"`
	Leftovers  int    `json:"leftovers,omitempty"`
	Killed     int    `json:"killed,omitempty"`
	OOM        bool   `json:"oom,omitempty"`

	stray bool // not from a file: see run
}

// recordSize is the length of a record's file: one page, filled up with blanks. What is written into one
// page is there as a whole, or not at all, also for who reads after a kill.
const recordSize = 4096

// write puts the record into run.json, over the one before: nobody reads it meanwhile, for those of
// living runs aren't read by the Botswain that has them. It isn't synced to the disk: what a power cut
// could lose is about processes that the cut has ended.
func (r record) write(dir string) error {
	text, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode the run's record: %w", err)
	}
	page := bytes.Repeat([]byte{' '}, max(recordSize, len(text)+1))
	copy(page, text)
	page[len(page)-1] = '\n'
	fd, err := unix.Open(filepath.Join(dir, recordName), unix.O_WRONLY|unix.O_CREAT|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return fmt.Errorf("open the run's record: %w", err)
	}
	defer unix.Close(fd)
	n, err := unix.Pwrite(fd, page, 0)
	if err == nil && n < len(page) {
		err = unix.ENOSPC
	}
	if err != nil {
		return fmt.Errorf("write the run's record: %w", err)
	}
	return nil
}

func readRecord(dir string) (record, error) {
	var r record
	text, err := os.ReadFile(filepath.Join(dir, recordName))
	if err != nil {
		return r, err
	}
	if len(text) == 0 { // a spare folder's: its run didn't get to a record, and so to no process
		return r, fs.ErrNotExist
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("read %s: %w", filepath.Join(dir, recordName), err)
	}
	return r, nil
}

// record is the run's present record.
func (b *Backend) record(r *run) record {
	return record{Bot: r.bot, Run: r.id, BootID: b.bootID, StartedAt: r.startedAt, PID: r.pid, StartTicks: r.ticks, Cgroups: r.group.Dirs()}
}

// over is the record of a run that has ended.
func (r record) over(e bot.Exit) record {
	r.EndedAt, r.ExitCode, r.ExitSignal, r.Leftovers = &e.At, e.Code, e.Signal, e.Leftovers
	r.Killed, r.OOM = e.Killed, e.OOM
	return r
}

// past is the run that a record tells of.
func (r record) past() runner.Past {
	p := runner.Past{
		Instance: runner.Instance{
			Bot: r.Bot, Run: r.Run, PID: r.PID, StartTicks: r.StartTicks, BootID: r.BootID, StartedAt: r.StartedAt,
		},
		Exit: bot.Exit{Code: r.ExitCode, Signal: r.ExitSignal, Leftovers: r.Leftovers, Killed: r.Killed, OOM: r.OOM},
	}
	if r.EndedAt != nil {
		p.Exit.At = *r.EndedAt
	}
	return p
}

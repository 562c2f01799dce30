package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/procfs"
)

// unrecorded finds living runs of this spool whose folder is gone: somebody made room, or a part
// of the data directory was restored. They are known by the run id in their environment, and as
// ours by what they have open; bots of another Botswain on this machine have its spool open.
func (b *Backend) unrecorded() ([]record, error) {
	tagged, err := b.forest.strangers()
	if err != nil {
		return nil, err
	}
	root, err := filepath.EvalSymlinks(b.root) // as the kernel names it
	if err != nil {
		return nil, fmt.Errorf("find the spool directory: %w", err)
	}
	var found []record
	seen := map[bot.RunID]bool{}
	for _, t := range tagged {
		id, ours := spoolOf(t.pid, t.run, root)
		if !ours || seen[t.run] || b.find(t.run) != nil {
			continue
		}
		if _, err := readRecord(b.SpoolDir(id, t.run)); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		seen[t.run] = true
		b.log.Warn("a running bot's spool folder is gone; what it prints is lost until it is restarted", "bot", id, "run", t.run)
		found = append(found, record{Bot: id, Run: t.run, BootID: b.bootID})
	}
	return found, nil
}

// spoolOf says whose run it is, when a process has a file of that run's folder as one of its
// standard descriptors.
func spoolOf(pid int, run bot.RunID, root string) (bot.ID, bool) {
	for fd := range 3 {
		file, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", pid, fd))
		if err != nil {
			continue
		}
		inside, ok := strings.CutPrefix(file, root+"/")
		if !ok {
			continue
		}
		parts := strings.Split(inside, "/")
		if len(parts) != 3 || parts[1] != run.String() {
			continue
		}
		if id, err := uuid.Parse(parts[0]); err == nil {
			return id, true
		}
	}
	return bot.ID{}, false
}

// tagged is a process in a run's cgroup, or with its id in its environment.
type tagged struct {
	pid int
	run bot.RunID
}

// strangers are the living processes of runs that nobody has added.
func (f *forest) strangers() ([]tagged, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.sweep(); err != nil {
		return nil, err
	}
	var all []tagged
	for i := range f.stats {
		st := &f.stats[i]
		k := f.seen[st.PID]
		if k.run != uuid.Nil || st.Dead() {
			continue
		}
		if k.caged != uuid.Nil {
			all = append(all, tagged{st.PID, k.caged})
		} else if k.tag != uuid.Nil {
			all = append(all, tagged{st.PID, k.tag})
		}
	}
	return all, nil
}

// startTime is when a process was started, as exact as the kernel's clock ticks.
func startTime(st procfs.Stat) time.Time { return time.Now().Add(-age(st.Start)) }

// age is how long ago that tick since boot was; 0 for none.
func age(ticks uint64) time.Duration {
	if now := bootTicks(); ticks > 0 && ticks < now {
		return time.Duration(now-ticks) * (time.Second / procfs.TicksPerSecond)
	}
	return 0
}

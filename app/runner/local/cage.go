package local

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/botswain/botswain/app/procfs"
	"github.com/botswain/botswain/app/runner"
	"github.com/botswain/botswain/app/runner/local/cgroup"
)

// sliceName is the name of the cgroup that holds those of an installation's runs. It goes by what
// the spool is, not by its path: a directory that was moved keeps its runs, one that was copied
// doesn't get them, and two containers may have the same path.
func sliceName(root string) (string, error) {
	info, err := os.Stat(root)
	if err != nil {
		return "", fmt.Errorf("find the spool directory: %w", err)
	}
	id := root
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		id = fmt.Sprintf("%d:%d", st.Dev, st.Ino)
	}
	sum := sha256.Sum256([]byte(id))
	return "botswain-" + hex.EncodeToString(sum[:6]), nil
}

// cage makes the cgroup of a run. A run without one starts all the same.
func (b *Backend) cage(r *run, s runner.Start) *cgroup.Group {
	group, err := b.place.Make(r.id.String(), cgroup.Limits{Memory: s.Limits.MemoryMax, CPU: s.Limits.CPUMax, Processes: s.Limits.Processes})
	if err != nil {
		b.log.Warn("the cgroup of a bot is not what it should be; limits may not hold", "bot", r.bot, "run", r.id, "error", err)
	}
	return group
}

// uncage removes the cgroup of a run in which no process was started.
func (b *Backend) uncage(r *run) {
	if err := r.group.Remove(); err != nil {
		b.log.Warn("an empty cgroup could not be removed", "run", r.id, "error", err)
	}
	r.group = nil
}

// gather has the limits of a run hold for what its process has started before it had them itself. That
// can only be when it couldn't be held at its exec. The children of a confined process are confined
// from their first moment, so all are when looks show nobody new; several looks, because a fork that
// was under way when its parent was confined goes by what held before, and shows only when the kernel
// has finished it.
func (b *Backend) gather(r *run, s runner.Start) {
	if r.held || !r.group.Moves() && s.Limits.OpenFiles == 0 {
		return
	}
	const tries, quiet, pause = 20, 3, 10 * time.Millisecond
	calm := 0
	confined := map[int]uint64{r.pid: r.ticks}
	for range tries {
		seen, err := b.forest.look()
		if err != nil {
			b.log.Warn("the children of a bot can't be listed", "bot", r.bot, "run", r.id, "error", err)
			return
		}
		if !slices.ContainsFunc(seen.trees[r.id], func(st procfs.Stat) bool {
			start, found := confined[st.PID]
			return !found || start != st.Start
		}) {
			if calm++; calm == quiet {
				return
			}
			time.Sleep(pause)
			continue
		}
		calm = 0
		for _, st := range seen.trees[r.id] {
			if start, found := confined[st.PID]; !found || start != st.Start {
				confined[st.PID] = st.Start
				b.confine(r, st.PID, s)
			}
		}
	}
}

// containment says what the machine's cgroups give.
func (b *Backend) containment() runner.Containment {
	p := b.place
	c := runner.Containment{Memory: enforcement(p, cgroup.Memory), CPU: enforcement(p, cgroup.CPU), Processes: enforcement(p, cgroup.Processes)}
	tree, why := p.Tree()
	c.Reason = why
	v1 := false
	for _, name := range cgroup.Controllers() {
		version, _ := p.Version(name)
		v1 = v1 || version == 1
	}
	switch {
	case tree == 0:
		c.Mechanism = runner.Sessions
	case tree == 1:
		c.Mechanism = runner.CgroupV1
		if !b.mayHold {
			c.Reason += "; ptrace is forbidden, so a process that leaves its bot as the first thing it does may be missed"
		}
	case v1:
		c.Mechanism = runner.CgroupBoth
	default:
		c.Mechanism = runner.CgroupV2
	}
	return c
}

func enforcement(p *cgroup.Place, controller string) runner.Enforcement {
	version, why := p.Version(controller)
	return runner.Enforcement{Enforced: version != 0, Reason: why}
}

// bury removes the cgroup of a run that is over, now or with a later one: the kernel may take a
// moment to see that it is empty.
func (b *Backend) bury(group *cgroup.Group) {
	if group != nil {
		b.graves = append(b.graves, group)
	}
	b.graves = slices.DeleteFunc(b.graves, func(g *cgroup.Group) bool { return g.Remove() == nil })
}

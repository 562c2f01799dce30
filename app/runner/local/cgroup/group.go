package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// Limits bound a group; zero means no limit.
type Limits struct {
	Memory    int64   // bytes
	CPU       float64 // cores
	Processes int
}

// Group is the cgroup of one run: a directory in each hierarchy that it needs. A nil *Group is a
// run without one: its methods do nothing.
type Group struct {
	// tree is the directory whose members are the run's processes, with all below it.
	tree   string
	treeV2 bool
	// later are the v1 directories, which a process must be moved into.
	later map[string]string // controller → directory
	// memory is the directory that tells of kills for memory, or "".
	memory   string
	memoryV2 bool
}

// Dirs are the directories of the group, for Find.
func (g *Group) Dirs() []string {
	if g == nil {
		return nil
	}
	all := []string{g.tree}
	for _, c := range Controllers() {
		if dir := g.later[c]; dir != "" && dir != g.tree {
			all = append(all, dir)
		}
	}
	return all
}

// Open gives a descriptor of the v2 cgroup to start a process in; -1 when there is none. The
// caller closes it.
func (g *Group) Open() (int, error) {
	if g == nil || !g.treeV2 {
		return -1, nil
	}
	return openDir(g.tree)
}

// Moves says that a process must be moved into a part of the group after it was made.
func (g *Group) Moves() bool { return g != nil && len(g.later) > 0 }

// Move moves a process into the parts of the group that it can't be started in.
func (g *Group) Move(pid int) error {
	if g == nil {
		return nil
	}
	var failed []error
	for _, dir := range g.later {
		if err := write(filepath.Join(dir, "cgroup.procs"), strconv.Itoa(pid)); err != nil && !errors.Is(err, unix.ESRCH) {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// Populated says that a process of the group lives. An unreadable group counts as empty: what else
// tells of processes goes on.
func (g *Group) Populated() bool {
	if g == nil {
		return false
	}
	if g.treeV2 {
		n, ok := figure(filepath.Join(g.tree, "cgroup.events"), "populated")
		return ok && n > 0
	}
	pids, err := members(g.tree)
	return err == nil && len(pids) > 0
}

// Empty says that the kernel counts no living process in the group; false also when it can't be known.
func (g *Group) Empty() bool {
	if g == nil || !g.treeV2 {
		return false
	}
	n, ok := figure(filepath.Join(g.tree, "cgroup.events"), "populated")
	return ok && n == 0
}

// Kill kills all processes of the group in one step where the kernel can (v2, Linux 5.14), and
// else keeps them from making more of themselves while the caller kills them one by one.
func (g *Group) Kill() {
	if g == nil {
		return
	}
	if dir := g.later[Processes]; dir != "" {
		write(filepath.Join(dir, "pids.max"), "0")
	}
	if g.treeV2 {
		if write(filepath.Join(g.tree, "cgroup.kill"), "1") == nil {
			return
		}
		write(filepath.Join(g.tree, "pids.max"), "0")
	}
}

// Members lists the processes of the group, not those of groups below it.
func (g *Group) Members() ([]int, error) {
	if g == nil {
		return nil, nil
	}
	return members(g.tree)
}

// All lists the processes of the group and of the groups below it, which a bot may have made.
func (g *Group) All() ([]int, error) {
	if g == nil {
		return nil, nil
	}
	return allMembers(nil, g.tree)
}

func allMembers(pids []int, dir string) ([]int, error) {
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil {
		return nil, fmt.Errorf("find a cgroup: %w", err)
	}
	own, err := members(dir)
	if err != nil {
		return nil, err
	}
	pids = append(pids, own...)
	if st.Nlink <= 2 { // itself, and its name in the directory above: none below
		return pids, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list a cgroup: %w", err)
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		if pids, err = allMembers(pids, filepath.Join(dir, e.Name())); err != nil {
			return nil, err
		}
	}
	return pids, nil
}

// Born says that processes are in the group from their first moment, and needn't be moved there.
func (g *Group) Born() bool { return g != nil && g.treeV2 }

// KilledForMemory counts the processes of the group that the kernel has killed because memory ran
// out; false when nobody counts.
func (g *Group) KilledForMemory() (int, bool) {
	if g == nil || g.memory == "" {
		return 0, false
	}
	file := "memory.oom_control"
	if g.memoryV2 {
		file = "memory.events"
	}
	return figure(filepath.Join(g.memory, file), "oom_kill")
}

// Remove removes the group; it fails while a process is in it.
func (g *Group) Remove() error {
	if g == nil {
		return nil
	}
	var failed []error
	for _, dir := range g.Dirs() {
		failed = append(failed, removeAll(dir))
	}
	return errors.Join(failed...)
}

// removeAll removes a cgroup and those below it, which a bot may have made.
func removeAll(dir string) error {
	err := unix.Rmdir(dir)
	if err == nil || errors.Is(err, unix.ENOENT) {
		return nil
	}
	entries, _ := os.ReadDir(dir)
	below := false
	for _, e := range entries {
		if e.IsDir() {
			below = true
			if err := removeAll(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	if below {
		err = unix.Rmdir(dir)
	}
	if err != nil {
		return fmt.Errorf("remove the cgroup %s: %w", dir, err)
	}
	return nil
}

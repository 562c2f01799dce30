package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

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

// Make makes the cgroup of a run. It answers nil without an error when there is no place for any.
// With an error the group may stand all the same, and lack one of its limits.
func (p *Place) Make(name string, l Limits) (*Group, error) {
	if tree, _ := p.Tree(); tree == 0 {
		return nil, nil
	}
	g := &Group{later: map[string]string{}}
	var failed []error
	if p.v2 != "" {
		dir := filepath.Join(p.v2, name)
		if err := makeDir(dir); err != nil {
			return nil, err
		}
		g.tree, g.treeV2 = dir, true
		if p.on[Memory] {
			g.memory, g.memoryV2 = dir, true
		}
		failed = append(failed, p.limitV2(dir, l))
	}
	failed = append(failed, p.makeV1(g, name, l))
	if g.tree == "" {
		return nil, errors.Join(failed...)
	}
	return g, errors.Join(failed...)
}

// makeV1 makes the v1 directories that the limits need, and one for membership without v2.
func (p *Place) makeV1(g *Group, name string, l Limits) error {
	var failed []error
	wanted := map[string]bool{Processes: l.Processes > 0, Memory: l.Memory > 0, CPU: l.CPU > 0}
	for _, c := range Controllers() {
		slice := p.v1[c]
		if slice == "" || !wanted[c] && g.tree != "" {
			continue
		}
		dir := filepath.Join(slice, name)
		if err := makeDir(dir); err != nil {
			failed = append(failed, err)
			continue
		}
		g.later[c] = dir
		if g.tree == "" {
			g.tree = dir
		}
		if c == Memory {
			g.memory = dir
		}
		if wanted[c] {
			failed = append(failed, limitV1(dir, c, l))
		}
	}
	return errors.Join(failed...)
}

func makeDir(dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make a cgroup: %w", err)
	}
	return nil
}

// Find takes up the group of a run that an earlier life has made, by its directories as Dirs gave
// them, or at the usual place. The list comes from a file, so only what is ours by its name is taken.
func (p *Place) Find(name string, dirs []string) *Group {
	for _, slice := range p.slices() {
		dirs = append(dirs, filepath.Join(slice, name))
	}
	g := &Group{later: map[string]string{}}
	for _, dir := range dirs {
		var st unix.Statfs_t
		slice, last := filepath.Split(filepath.Clean(dir))
		if last != name || filepath.Base(slice) != p.name || unix.Statfs(dir, &st) != nil {
			continue
		}
		switch st.Type {
		case unix.CGROUP2_SUPER_MAGIC:
			g.tree, g.treeV2 = dir, true
			if exists(dir, "memory.events") {
				g.memory, g.memoryV2 = dir, true
			}
		case unix.CGROUP_SUPER_MAGIC:
			if g.tree == "" {
				g.tree = dir
			}
			for c, file := range map[string]string{Processes: "pids.max", Memory: "memory.limit_in_bytes", CPU: "cpu.cfs_quota_us"} {
				if exists(dir, file) {
					g.later[c] = dir
				}
			}
			if g.later[Memory] == dir && !g.memoryV2 {
				g.memory = dir
			}
		}
	}
	if g.tree == "" {
		return nil
	}
	return g
}

func exists(dir, file string) bool {
	_, err := os.Stat(filepath.Join(dir, file))
	return err == nil
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

// figure reads one number of a file with lines "NAME NUMBER".
func figure(file, name string) (int, bool) {
	text, err := read(file)
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			n, err := strconv.Atoi(strings.TrimSpace(rest))
			return n, err == nil
		}
	}
	return 0, false
}

// read is os.ReadFile without the runtime's poller, which would be asked in vain for each of these
// files; they are read on the way from a bot's death to its next life.
func read(file string) ([]byte, error) {
	fd, err := unix.Open(file, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	defer unix.Close(fd)
	text := make([]byte, 0, 512)
	for {
		if len(text) == cap(text) {
			text = append(text, 0)[:len(text)]
		}
		n, err := unix.Read(fd, text[len(text):cap(text)])
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return nil, fmt.Errorf("read %s: %w", file, err)
		case n == 0:
			return text, nil
		default:
			text = text[:len(text)+n]
		}
	}
}

func members(dir string) ([]int, error) {
	text, err := read(filepath.Join(dir, "cgroup.procs"))
	if err != nil {
		return nil, fmt.Errorf("list a cgroup: %w", err)
	}
	var pids []int
	for _, field := range strings.Fields(string(text)) {
		if pid, err := strconv.Atoi(field); err == nil && pid > 0 {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

func openDir(dir string) (int, error) {
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("open a cgroup: %w", err)
	}
	return fd, nil
}

// write puts a value into a file of a cgroup, which must exist.
func write(file, value string) error {
	fd, err := unix.Open(file, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open %s: %w", file, err)
	}
	defer unix.Close(fd)
	if _, err := unix.Write(fd, []byte(value)); err != nil {
		return fmt.Errorf("write %q to %s: %w", value, file, err)
	}
	return nil
}

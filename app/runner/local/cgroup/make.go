package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

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

// Package cgroup keeps the process tree of each run in a control group of its own, where the
// machine lets us: version 2, or the controllers of version 1 where those are in use, or both (a
// "hybrid" machine has the controllers in v1 and a v2 hierarchy without any, which still gives
// membership and cgroup.kill).
//
// All cgroups are made below the one that Botswain itself is in, so that bounds which somebody has
// set for Botswain hold for its bots as well. See cgroups(7) and the kernel's
// Documentation/admin-guide/cgroup-v2.rst.
package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// The controllers that hold limits, by their names in both versions.
const (
	Memory    = "memory"
	CPU       = "cpu"
	Processes = "pids"
)

// Controllers lists them, the one that also serves best for membership (v1) first.
func Controllers() []string { return []string{Processes, Memory, CPU} }

// Options say where the cgroups of an installation are to be.
type Options struct {
	// Name is that of the slice, the cgroup that holds those of all runs. It must be unique to the
	// installation, and the same at each of its starts.
	Name string
	// NoV2 leaves the v2 hierarchy alone, Off all of them.
	NoV2, Off bool
}

// Place is where an installation keeps its cgroups. It never changes after Open, so all methods
// may be called at once.
type Place struct {
	name string
	v2   string            // the slice's directory; "" without
	v1   map[string]string // controller → the slice's directory in its hierarchy
	on   map[string]bool   // the controllers that v2 holds
	// why says of each controller that nobody holds why that is so.
	why map[string]string
	// noTree says why there is no cgroup at all.
	noTree string
}

// Open finds or makes the place. It always answers one, which may be able to do nothing.
func Open(o Options) *Place {
	p := &Place{name: o.Name, v1: map[string]string{}, on: map[string]bool{}, why: map[string]string{}}
	if o.Off {
		p.none("cgroups are not used")
		return p
	}
	h, err := readHierarchies()
	if err != nil {
		p.none(err.Error())
		return p
	}
	if !o.NoV2 {
		p.openV2(h)
	} else {
		p.noTree = "cgroup v2 is not used"
	}
	for _, c := range Controllers() {
		if !p.on[c] {
			p.openV1(h, c)
		}
	}
	return p
}

func (p *Place) none(why string) {
	p.noTree = why
	for _, c := range Controllers() {
		p.why[c] = why
	}
}

// Version is what holds a controller: 2, 1, or 0 for nothing, and then why.
func (p *Place) Version(controller string) (version int, why string) {
	switch {
	case p.on[controller]:
		return 2, ""
	case p.v1[controller] != "":
		return 1, ""
	}
	return 0, p.why[controller]
}

// Tree is the version of the hierarchy that tells the members of a run: 2, 1, or 0 for none, and
// then why.
func (p *Place) Tree() (version int, why string) {
	switch {
	case p.v2 != "":
		return 2, ""
	case len(p.v1) > 0:
		return 1, ""
	}
	return 0, p.noTree
}

// openV1 makes the slice in the hierarchy of one controller.
func (p *Place) openV1(h hierarchies, controller string) {
	own, _, found := h.v1(controller)
	if !found {
		if p.why[controller] == "" {
			p.why[controller] = fmt.Sprintf("no cgroup hierarchy with the %s controller is mounted", controller)
		}
		return
	}
	slice, err := makeSlice(p.outside(own), p.name)
	if err != nil {
		p.why[controller] = cant(err, own)
		return
	}
	p.v1[controller] = slice
	delete(p.why, controller)
}

// outside is the cgroup to make the slice in, when our own is that slice or is in it, because a bot
// has started us, or is the one beside it that the Botswain before us has stepped aside to.
func (p *Place) outside(own string) string {
	own = strings.TrimSuffix(own, "/"+p.name+"-self")
	if at := strings.Index(own+"/", "/"+p.name+"/"); at >= 0 {
		return own[:at]
	}
	return own
}

func makeSlice(base, name string) (string, error) {
	slice := filepath.Join(base, name)
	if err := os.Mkdir(slice, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	for _, file := range []string{filepath.Join(slice, "cgroup.procs"), slice} {
		if err := unix.Faccessat(unix.AT_FDCWD, file, unix.W_OK, unix.AT_EACCESS); err != nil {
			return "", err
		}
	}
	return slice, nil
}

// cant says in words why a cgroup can't be used.
func cant(err error, dir string) string {
	switch {
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return fmt.Sprintf("Botswain's user may not change the cgroup %s", dir)
	case errors.Is(err, unix.EROFS):
		return fmt.Sprintf("the cgroups in %s are mounted read-only", dir)
	case errors.Is(err, unix.ENOENT):
		return fmt.Sprintf("the cgroup %s is not visible here", dir)
	}
	return fmt.Sprintf("the cgroup %s can't be used: %v", dir, err)
}

// slices are the directories that hold those of the runs.
func (p *Place) slices() []string {
	var all []string
	if p.v2 != "" {
		all = append(all, p.v2)
	}
	for _, c := range Controllers() {
		if dir := p.v1[c]; dir != "" && !slices.Contains(all, dir) {
			all = append(all, dir)
		}
	}
	return all
}

// Sweep removes the empty cgroups that earlier lives have left. No run may be starting meanwhile.
func (p *Place) Sweep() {
	for _, slice := range p.slices() {
		entries, err := os.ReadDir(slice)
		if err != nil {
			continue
		}
		for _, e := range entries {
			if e.IsDir() {
				removeAll(filepath.Join(slice, e.Name())) // refused while a process is in it
			}
		}
	}
}

// Living names the cgroups of runs that have processes.
func (p *Place) Living() []string {
	var living []string
	all := p.slices()
	if len(all) == 0 {
		return nil
	}
	entries, _ := os.ReadDir(all[0])
	for _, e := range entries {
		if e.IsDir() && p.Find(e.Name(), nil).Populated() {
			living = append(living, e.Name())
		}
	}
	return living
}

// Close removes the slices when nothing is in them. Cgroups of living runs stay.
func (p *Place) Close() {
	for _, slice := range p.slices() {
		os.Remove(slice)
	}
}

// RunOf finds the name of a run's cgroup in what /proc/PID/cgroup says, be it one that is gone and
// where only a zombie is left; "" when the process is in none of ours.
func (p *Place) RunOf(text []byte) string {
	for line := range strings.Lines(string(text)) {
		_, inside, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "/"+p.name+"/")
		if ok {
			name, _, _ := strings.Cut(strings.TrimSuffix(inside, " (deleted)"), "/")
			return name
		}
	}
	return ""
}

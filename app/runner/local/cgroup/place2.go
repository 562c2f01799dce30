package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/procfs"
)

// openV2 makes the slice in the v2 hierarchy and enables what controllers can be.
func (p *Place) openV2(h hierarchies) {
	own, point, found := h.v2()
	if !found {
		p.noTree = "no cgroup v2 hierarchy is mounted"
		return
	}
	base := baseOf(p.outside(own), point)
	slice, err := makeSlice(base, p.name)
	if err == nil {
		err = probe(slice)
	}
	if err != nil {
		p.noTree = cant(err, base)
		for _, c := range Controllers() {
			p.why[c] = p.noTree
		}
		return
	}
	p.v2 = slice
	for _, c := range Controllers() {
		if err := p.enable(base, c); err != nil {
			p.why[c] = err.Error()
		} else {
			p.on[c] = true
		}
	}
}

// baseOf is the cgroup to make the slice in: our own, or the one above when that is what was
// delegated to us and we sit in a part of it (DelegateSubgroup= of a systemd unit).
func baseOf(own, point string) string {
	above := filepath.Dir(own)
	if own != point && delegated(above) && !delegated(own) {
		return above
	}
	return own
}

// delegated says that systemd has marked a cgroup as somebody else's to manage.
func delegated(dir string) bool {
	var value [8]byte
	for _, name := range []string{"trusted.delegate", "user.delegate"} {
		if n, err := unix.Getxattr(dir, name, value[:]); err == nil && string(value[:n]) == "1" {
			return true
		}
	}
	return false
}

// probe makes sure that processes can be started in a cgroup (Linux 5.7, and the right to): it has
// one made that fails to execute nothing, so that the answer is exec's.
func probe(slice string) error {
	fd, err := openDir(slice)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	_, err = syscall.ForkExec("", []string{""}, &syscall.ProcAttr{Sys: &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: fd}})
	if errors.Is(err, syscall.ENOENT) {
		return nil
	}
	return err
}

// enable gives a controller to the cgroups in the slice. All of them between must hand it on, and
// one that does may have no processes of its own, unless it is the root of all.
func (p *Place) enable(base, controller string) error {
	if !has(base, "cgroup.controllers", controller) {
		return fmt.Errorf("the %s controller is not available in Botswain's cgroup", controller)
	}
	for _, dir := range []string{base, p.v2} {
		if has(dir, "cgroup.subtree_control", controller) {
			continue
		}
		err := handOn(dir, controller)
		if errors.Is(err, unix.EBUSY) && dir == base && p.stepAside(base) {
			err = handOn(dir, controller)
		}
		switch {
		case errors.Is(err, unix.EBUSY):
			return errors.New("other processes are in Botswain's own cgroup; as a service it needs Delegate=yes and DelegateSubgroup= in its unit file")
		case err != nil:
			return errors.New(cant(err, dir))
		}
	}
	return nil
}

func handOn(dir, controller string) error {
	return write(filepath.Join(dir, "cgroup.subtree_control"), "+"+controller)
}

func has(dir, file, controller string) bool {
	text, err := os.ReadFile(filepath.Join(dir, file))
	return err == nil && slices.Contains(strings.Fields(string(text)), controller)
}

// stepAside moves Botswain, with what it has started, into a cgroup beside the slice, when nobody
// else is in the present one. Not below a systemd service: systemd itself must be able to put the
// next Botswain there, which it couldn't while bots of this one live on.
func (p *Place) stepAside(base string) bool {
	if strings.HasSuffix(base, ".service") {
		return false
	}
	pids, err := members(base)
	if err != nil {
		return false
	}
	for _, pid := range pids {
		if !descends(pid) {
			return false
		}
	}
	leaf := filepath.Join(base, p.name+"-self")
	if err := os.Mkdir(leaf, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return false
	}
	for _, pid := range pids {
		if err := write(filepath.Join(leaf, "cgroup.procs"), strconv.Itoa(pid)); err != nil && !errors.Is(err, unix.ESRCH) {
			return false
		}
	}
	return true
}

// descends says that a process is this one or comes from it. A process that has ended is nobody's.
func descends(pid int) bool {
	for range 64 {
		if pid == os.Getpid() {
			return true
		}
		st, err := procfs.One(pid)
		if errors.Is(err, procfs.ErrGone) {
			return true
		}
		if err != nil || st.PPID <= 1 {
			return false
		}
		pid = st.PPID
	}
	return false
}

package pgserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// identity recognises the processes of one cluster. The name is given to Postgres as
// cluster_name, so it stands in the postmaster's arguments and in its children's titles, where
// everybody may read it (a container's root may not look at another user's working directory).
type identity struct {
	name string
	uid  int
}

// process is one process for certain: its id may be used again, its id and start time may not.
type process struct {
	pid   int
	ticks string // start time in clock ticks since boot, field 22 of /proc/PID/stat
}

// identify names a cluster by its inode: a copy of the directory is another cluster.
func identify(dir *os.File) (identity, error) {
	fi, err := dir.Stat()
	if err != nil {
		return identity{}, fmt.Errorf("pgserver: %w", err)
	}
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return identity{}, errors.New("pgserver: this system is not supported")
	}
	return identity{name: fmt.Sprintf("botswain-%x-%x", st.Dev, st.Ino), uid: int(st.Uid)}, nil
}

// postmaster finds the cluster's main process through its pid file, and only if that process
// really is it.
func (id identity) postmaster(dir string) (process, bool) {
	pid := pidIn(filepath.Join(dir, "postmaster.pid"))
	if pid == 0 {
		return process{}, false
	}
	return id.check(pid)
}

// check says whether that process belongs to the cluster.
func (id identity) check(pid int) (process, bool) {
	p := process{pid: pid, ticks: startTicks(pid)}
	cmdline, err := os.ReadFile(procPath(pid, "cmdline"))
	if err != nil || p.ticks == "" || uidOf(pid) != id.uid {
		return process{}, false
	}
	arg := []byte("cluster_name=" + id.name + "\x00")
	title := []byte("postgres: " + id.name + ": ")
	return p, bytes.Contains(cmdline, arg) || bytes.HasPrefix(cmdline, title)
}

// clear removes what a killed server left. Its children end by themselves unless they are in the
// middle of something; they must be gone before a new server may touch the files. A pid file is
// removed only if its number now belongs to another process, or to a corpse that nobody has
// buried yet (Postgres takes both for itself); the rest it judges itself.
func (id identity) clear(ctx context.Context, dir string) error {
	give := time.Now().Add(5 * time.Second)
	for {
		orphans := id.members()
		if len(orphans) == 0 {
			break
		}
		sig := syscall.SIGQUIT // "immediate shutdown"
		if time.Now().After(give) {
			sig = syscall.SIGKILL
		}
		for _, p := range orphans {
			p.signal(sig)
		}
		if err := pause(ctx); err != nil {
			return fmt.Errorf("pgserver: processes of a killed Postgres don't end: %w", err)
		}
	}
	for _, name := range []string{"postmaster.pid", ".s.PGSQL." + port + ".lock"} {
		path := filepath.Join(dir, name)
		if pid := pidIn(path); pid == 0 || !exists(pid) {
			continue
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("pgserver: stale file: %w", err)
		}
	}
	return nil
}

// pidIn reads the number in a lock file's first line; 0 when there is none.
func pidIn(path string) int {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || pid < 0 {
		return 0
	}
	return pid
}

// members lists every living process of the cluster.
func (id identity) members() []process {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var all []process
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			if p, ok := id.check(pid); ok {
				all = append(all, p)
			}
		}
	}
	return all
}

func (p process) alive() bool { return p.ticks != "" && startTicks(p.pid) == p.ticks }

func (p process) signal(sig syscall.Signal) {
	if p.alive() {
		_ = syscall.Kill(p.pid, sig)
	}
}

// bury takes a dead server that is our child off the process table: after an exec in place a found
// server is the child of a program that nobody else waits in.
func (p process) bury() {
	fields, ok := statFields(p.pid)
	if !ok || fields[0] != "Z" || fields[1] != strconv.Itoa(os.Getpid()) || fields[19] != p.ticks {
		return
	}
	_, _ = syscall.Wait4(p.pid, nil, syscall.WNOHANG, nil)
}

// startTicks gives "" when there is no such process, or only its corpse.
func startTicks(pid int) string {
	fields, ok := statFields(pid)
	if !ok || fields[0] == "Z" || fields[0] == "X" {
		return ""
	}
	return fields[19]
}

// statFields are the fields of /proc/PID/stat from the state (field 3) on; at least 20.
func statFields(pid int) ([]string, bool) {
	b, err := os.ReadFile(procPath(pid, "stat"))
	if err != nil {
		return nil, false
	}
	// The name in parentheses may hold anything; fields are counted after its end.
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	return fields, len(fields) >= 20
}

// exists says whether the process table has that number, be it a corpse's.
func exists(pid int) bool {
	_, err := os.Stat(procPath(pid, "stat"))
	return err == nil
}

func uidOf(pid int) int {
	b, err := os.ReadFile(procPath(pid, "status"))
	if err != nil {
		return -1
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "Uid:"); ok {
			if f := strings.Fields(rest); len(f) > 1 {
				if uid, err := strconv.Atoi(f[1]); err == nil { // effective
					return uid
				}
			}
		}
	}
	return -1
}

func procPath(pid int, name string) string { return "/proc/" + strconv.Itoa(pid) + "/" + name }

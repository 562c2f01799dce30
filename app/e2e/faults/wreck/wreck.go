// Package wreck finds the processes of a fault test by a mark in their environment, and clears
// them away with all they have made. It looks at /proc by itself: what it says is held against
// what Botswain says.
package wreck

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Mark is the variable that every process of a test has in its environment.
const Mark = "FAULTS_MARK"

// Process is a process of the test. Run and Bot are empty for Botswain itself.
type Process struct {
	PID, Parent int
	State       byte   // as in /proc/PID/stat
	Start       string // ticks since boot; with PID it names a process for ever
	Run, Bot    string
	Leader      bool // of a session
}

// Find lists the living processes with the mark. A process on its way through exec or exit has no
// environment and is left out.
func Find(mark string) []Process {
	var all []Process
	for _, pid := range pids() {
		env, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
		if err != nil || !bytes.Contains(env, []byte(mark)) {
			continue
		}
		vars := map[string]string{}
		for _, v := range strings.Split(string(env), "\x00") {
			if name, value, ok := strings.Cut(v, "="); ok {
				vars[name] = value
			}
		}
		if vars[Mark] != mark {
			continue
		}
		if p, ok := Look(pid); ok && p.State != 'Z' && p.State != 'X' {
			p.Run, p.Bot = vars["BOTSWAIN_RUN_ID"], vars["BOT_ID"]
			all = append(all, p)
		}
	}
	return all
}

// Look reads one process; false when there is none. Run and Bot stay empty.
func Look(pid int) (Process, bool) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return Process{}, false
	}
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	if len(f) < 20 {
		return Process{}, false
	}
	parent, _ := strconv.Atoi(f[1])
	return Process{PID: pid, Parent: parent, State: f[0][0], Start: f[19], Leader: f[3] == strconv.Itoa(pid)}, true
}

// Lives says whether that very process still exists and is no zombie.
func (p Process) Lives() bool {
	now, ok := Look(p.PID)
	return ok && now.Start == p.Start && now.State != 'Z' && now.State != 'X'
}

// Children lists the children of a process, zombies too.
func Children(parent int) []Process {
	var all []Process
	for _, pid := range pids() {
		if p, ok := Look(pid); ok && p.Parent == parent {
			all = append(all, p)
		}
	}
	return all
}

func pids() []int {
	names, _ := filepath.Glob("/proc/[0-9]*")
	all := make([]int, 0, len(names))
	for _, n := range names {
		if pid, err := strconv.Atoi(filepath.Base(n)); err == nil && pid != os.Getpid() {
			all = append(all, pid)
		}
	}
	return all
}

// Clear kills all that has the mark (and isn't spared) and the Postgres in dir, and removes dir with
// what is mounted at dir/data. It is for the end of a test, good or bad.
func Clear(mark, dir string, spare ...int) {
	for range 200 {
		left := 0
		for _, p := range Find(mark) {
			if !contains(spare, p.PID) {
				left++
				unix.Kill(p.PID, unix.SIGKILL)
			}
		}
		if left == 0 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if pid := Postmaster(dir); pid > 1 {
		for _, p := range append(Children(pid), Process{PID: pid}) {
			unix.Kill(p.PID, unix.SIGKILL)
			unix.Kill(p.PID, unix.SIGCONT)
		}
	}
	for unix.Unmount(filepath.Join(dir, "data"), unix.MNT_DETACH) == nil { // it may be there twice
	}
	for range 50 {
		if os.RemoveAll(dir) == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Postmaster is the pid of the Postgres in dir/pg, or 0.
func Postmaster(dir string) int {
	b, err := os.ReadFile(filepath.Join(dir, "pg", "postmaster.pid"))
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(b), "\n")
	pid, _ := strconv.Atoi(first)
	cmdline, _ := os.ReadFile("/proc/" + first + "/cmdline")
	if !bytes.Contains(cmdline, []byte("postgres")) {
		return 0
	}
	return pid
}

func contains(all []int, n int) bool {
	for _, x := range all {
		if x == n {
			return true
		}
	}
	return false
}

package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/botswain/botswain/app/procfs"
)

// ticks is the unit of CPU times in /proc, a second's part. Linux shows programs 100 everywhere.
const ticks = 100

// cost is what processes have used and hold at one moment.
type cost struct {
	cpu     float64 // seconds
	memory  float64 // MiB
	threads int
}

// costs measures the system, its database apart; the bots below it are not counted. The memory of
// the database is its proportional share, because its processes have most of it in common; the
// supervisor's is resident memory, which is what its manual and `top` speak of.
func (s *stage) costs() (own, database cost, err error) {
	r, err := procfs.NewReader()
	if err != nil {
		return own, database, err
	}
	defer r.Close()
	all, err := r.Sweep(nil)
	if err != nil {
		return own, database, err
	}
	ownRoots, dbRoots := s.sys.roots()
	// A process belongs to the nearest root above it.
	for _, p := range s.tree(all, dbRoots, nil) {
		database.cpu += float64(p.Own()+p.Children()) / ticks // children: its short-lived workers
		database.memory += proportional(p.PID)
		database.threads += p.Threads
	}
	for _, p := range s.tree(all, ownRoots, dbRoots) {
		own.cpu += float64(p.Own()) / ticks // without children: the bots that it waited for
		own.memory += float64(p.RSSPages) * float64(os.Getpagesize()) / (1 << 20)
		own.threads += p.Threads
	}
	return own, database, nil
}

// tree is the roots and all below them, without bots and what is below the processes of except.
func (s *stage) tree(all []procfs.Stat, roots, except []int) []procfs.Stat {
	skip := map[int]bool{}
	for _, pid := range except {
		skip[pid] = true
	}
	children := map[int][]procfs.Stat{}
	var next, found []procfs.Stat
	for _, p := range all {
		children[p.PPID] = append(children[p.PPID], p)
		for _, pid := range roots {
			if p.PID == pid {
				next = append(next, p)
			}
		}
	}
	for len(next) > 0 {
		p := next[0]
		next = next[1:]
		if exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", p.PID)); skip[p.PID] || exe == s.testbot {
			continue
		}
		skip[p.PID] = true
		found = append(found, p)
		next = append(next, children[p.PID]...)
	}
	return found
}

// proportional is the memory of a process in MiB, shared pages divided by their users.
func proportional(pid int) float64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid)) // gone: nothing
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "Pss:"); ok {
			kb, _ := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 64)
			return kb / 1024
		}
	}
	return 0
}

// alive says whether the process exists and is no zombie.
func alive(pid int) bool {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	rest := b[bytes.LastIndexByte(b, ')')+1:]
	return len(rest) > 1 && rest[1] != 'Z' && rest[1] != 'X'
}

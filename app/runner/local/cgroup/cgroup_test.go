package cgroup

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	h := hierarchies{
		parseMounts(`22 1 0:20 / /proc rw - proc proc rw
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 /docker/abc /sys/fs/cgroup/cpu,cpuacct rw,relatime master:5 - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/a\040b rw,relatime - cgroup cgroup rw,memory
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate
broken line
`),
		parseOwn("9:name=systemd:/\n4:memory:/x/y\n1:cpu,cpuacct:/docker/abc/in\n2:pids:/../up\n0::/user.slice/a:b.scope\n"),
	}
	if own, point, ok := h.v2(); own != "/sys/fs/cgroup/unified/user.slice/a:b.scope" || point != "/sys/fs/cgroup/unified" || !ok {
		t.Errorf("v2: %q, %q, %v", own, point, ok)
	}
	for controller, want := range map[string]string{
		Memory: "/sys/fs/cgroup/a b/x/y", CPU: "/sys/fs/cgroup/cpu,cpuacct/in", Processes: "",
	} {
		if own, _, ok := h.v1(controller); own != want || ok != (want != "") {
			t.Errorf("%s: %q, %v; want %q", controller, own, ok, want)
		}
	}
	if _, ok := (mount{root: "/docker/abc", point: "/p"}).dir("/docker/abcd"); ok {
		t.Error("a cgroup that only begins with the name is shown")
	}
	if _, ok := (mount{root: "/", point: "/p"}).dir("/../up"); ok {
		t.Error("a cgroup outside of the namespace is shown")
	}
}

func TestNames(t *testing.T) {
	p := &Place{name: "botswain-1"}
	for text, want := range map[string]string{
		"4:memory:/a/botswain-1/run\n0::/\n": "run",
		"0::/botswain-1/run/below\n":         "run",
		"0::/botswain-12/run\n":              "",
		"0::/botswain-1\n":                   "",
		"0::/x\n1:pids:/botswain-1/run\n":    "run",
		"0::/other/botswain-1-self\n":        "",
		"0::/user.slice/session-1.scope\n":   "",
		"0::/a/botswain-1/run (deleted)\n":   "run", // a zombie in a cgroup that was removed
	} {
		if got := p.RunOf([]byte(text)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for own, want := range map[string]string{"/c/a": "/c/a", "/c/botswain-1/run": "/c", "/c/botswain-1": "/c", "/c/botswain-1-self": "/c", "/c/botswain-12": "/c/botswain-12"} {
		if got := p.outside(own); got != want {
			t.Errorf("%s: %s, want %s", own, got, want)
		}
	}
}

// files makes a directory that looks like a cgroup.
func files(t *testing.T, dir string, content map[string]string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range content {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func wantFiles(t *testing.T, dir string, content map[string]string) {
	t.Helper()
	for name, want := range content {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s is %q, %v; want %q", name, got, err, want)
		}
	}
}

// TestV2Files: what is written to which file of a v2 cgroup, on plain files, because few machines
// have controllers in both versions.
func TestV2Files(t *testing.T) {
	base := t.TempDir()
	slice := filepath.Join(base, "botswain-1")
	files(t, base, map[string]string{"cgroup.controllers": "cpuset memory pids\n", "cgroup.subtree_control": ""})
	files(t, slice, map[string]string{"cgroup.subtree_control": ""})
	p := &Place{name: "botswain-1", v2: slice, v1: map[string]string{}, on: map[string]bool{Memory: true, CPU: true, Processes: true}, why: map[string]string{}}
	if err := p.enable(base, Memory); err != nil {
		t.Error(err)
	}
	wantFiles(t, base, map[string]string{"cgroup.subtree_control": "+memory"})
	wantFiles(t, slice, map[string]string{"cgroup.subtree_control": "+memory"})
	if err := p.enable(base, CPU); err == nil || !strings.Contains(err.Error(), "not available") {
		t.Errorf("a controller that isn't there: %v", err)
	}
	run := filepath.Join(slice, "run")
	limits := map[string]string{"memory.max": "max", "memory.swap.max": "max", "memory.oom.group": "0", "cpu.max": "max 100000", "pids.max": "max", "cgroup.kill": ""}
	files(t, run, limits)
	g, err := p.Make("run", Limits{Memory: 64 << 20, CPU: 0.5, Processes: 30})
	if err != nil {
		t.Fatal(err)
	}
	wantFiles(t, run, map[string]string{"memory.max": "67108864", "memory.swap.max": "0ax", "memory.oom.group": "1", "cpu.max": "50000 100000", "pids.max": "30x"})
	if g.Moves() {
		t.Error("a v2 group wants processes moved")
	}
	files(t, run, map[string]string{"memory.events": "low 0\noom 2\noom_kill 1\noom_group_kill 1\n", "cgroup.events": "populated 1\nfrozen 0\n"})
	if n, ok := g.KilledForMemory(); n != 1 || !ok {
		t.Errorf("%d killed for memory, %v", n, ok)
	}
	if !g.Populated() {
		t.Error("a populated group is taken for empty")
	}
	g.Kill()
	wantFiles(t, run, map[string]string{"cgroup.kill": "1"})
}

// TestAll: the processes of a group are also those of the groups below it. The kernel counts a
// directory's subdirectories in its links, as most file systems do.
func TestAll(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	files(t, dir, map[string]string{"cgroup.procs": "11\n12\n"})
	g := &Group{tree: dir}
	if pids, err := g.All(); err != nil || !slices.Equal(pids, []int{11, 12}) {
		t.Errorf("%v, %v", pids, err)
	}
	files(t, filepath.Join(dir, "a"), map[string]string{"cgroup.procs": ""})
	files(t, filepath.Join(dir, "a", "deep"), map[string]string{"cgroup.procs": "13\n"})
	files(t, filepath.Join(dir, "b"), map[string]string{"cgroup.procs": "14\n15\n"})
	pids, err := g.All()
	slices.Sort(pids)
	if err != nil || !slices.Equal(pids, []int{11, 12, 13, 14, 15}) {
		t.Errorf("with groups below: %v, %v", pids, err)
	}
	if pids, err := g.Members(); err != nil || !slices.Equal(pids, []int{11, 12}) {
		t.Errorf("its own: %v, %v", pids, err)
	}
	if pids, err := (*Group)(nil).All(); err != nil || pids != nil {
		t.Errorf("no group: %v, %v", pids, err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if pids, err := g.All(); err == nil {
		t.Errorf("a group that is gone: %v", pids)
	}
}

func TestQuota(t *testing.T) {
	for cores, want := range map[float64]string{0.5: "50000", 2: "200000", 0.001: "1000"} {
		if got := cpuQuota(cores); got != want {
			t.Errorf("%v cores: %s, want %s", cores, got, want)
		}
	}
}

// TestNoGroup: a run without a cgroup needs no special treatment.
func TestNoGroup(t *testing.T) {
	p := Open(Options{Name: "botswain-none", Off: true})
	g, err := p.Make("run", Limits{Memory: 1})
	if g != nil || err != nil {
		t.Errorf("%+v, %v", g, err)
	}
	if tree, why := p.Tree(); tree != 0 || why == "" {
		t.Errorf("%d, %q", tree, why)
	}
	if fd, err := g.Open(); fd != -1 || err != nil {
		t.Errorf("%d, %v", fd, err)
	}
	g.Kill()
	if _, counted := g.KilledForMemory(); counted || g.Populated() || g.Moves() || g.Move(1) != nil || g.Remove() != nil || g.Dirs() != nil {
		t.Error("no group does something")
	}
}

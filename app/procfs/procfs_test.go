package procfs_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/botswain/botswain/app/procfs"
)

func open(t testing.TB) *procfs.Reader {
	t.Helper()
	r, err := procfs.NewReader()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func TestParseStat(t *testing.T) {
	const tail = " S 10 20 30 0 -1 4194304 1 2 3 4 500 60 7 8 20 0 9 0 123456 1000 77 18446744073709551615"
	for _, name := range []string{"sh", "a b", "x) S 1 2 3 (", "", "("} {
		s, err := procfs.ParseStat([]byte("4242 (" + name + ")" + tail))
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		want := procfs.Stat{PID: 4242, PPID: 10, PGrp: 20, Session: 30, State: 'S', Flags: 4194304, User: 500, System: 60,
			ChildUser: 7, ChildSystem: 8, Threads: 9, Start: 123456, RSSPages: 77}
		if s != want {
			t.Errorf("%q: got %+v, want %+v", name, s, want)
		}
	}
	for _, bad := range []string{"", "1", "1 (", "1 (a)", "1 (a) ", "1 (a) S", "1 (a) S 1 2 3", "x (a)" + tail, strings.Replace("1 (a)"+tail, "123456", "12x", 1)} {
		if _, err := procfs.ParseStat([]byte(bad)); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func TestOwnProcess(t *testing.T) {
	r := open(t)
	all, err := r.Sweep(nil)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, s := range all {
		if s.PID != os.Getpid() {
			continue
		}
		found = true
		if s.PPID != os.Getppid() || s.Threads < 1 || s.RSSPages <= 0 || s.Start == 0 || s.Dead() || s.Kernel() {
			t.Errorf("own process: %+v", s)
		}
	}
	if !found {
		t.Errorf("own process isn't among the %d of a sweep", len(all))
	}
	if n, err := r.OpenFiles(os.Getpid()); err != nil || n < 3 {
		t.Errorf("OpenFiles: %d, %v", n, err)
	}
	if _, err := r.Stat(1 << 30); !errors.Is(err, procfs.ErrGone) {
		t.Errorf("an absent process: %v", err)
	}
}

func TestEnv(t *testing.T) {
	r := open(t)
	cmd := exec.Command("sleep", "60")
	// The wanted name also begins another's, and there is more than one buffer's worth before it.
	cmd.Env = []string{"XX=1", "WANTED_NOT=no", "BIG=" + strings.Repeat("x", 60<<10), "WANTED=yes", "EMPTY="}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	// The environment becomes readable a moment after the exec was reported.
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		if _, _, readable, _ := r.Env(cmd.Process.Pid, "WANTED"); readable {
			break
		}
	}
	for name, want := range map[string]string{"WANTED": "yes", "EMPTY": ""} {
		v, found, _, err := r.Env(cmd.Process.Pid, name)
		if err != nil || !found || string(v) != want {
			t.Errorf("%s: %q, %v, %v", name, v, found, err)
		}
	}
	if _, found, readable, err := r.Env(cmd.Process.Pid, "WANT"); found || !readable || err != nil {
		t.Errorf("WANT: found %v, readable %v, %v", found, readable, err)
	}
}

func TestBootID(t *testing.T) {
	if id, err := procfs.BootID(); err != nil || len(id) != 36 {
		t.Errorf("%q, %v", id, err)
	}
}

func BenchmarkSweep(b *testing.B) {
	r := open(b)
	var all []procfs.Stat
	var err error
	b.ReportAllocs()
	for b.Loop() {
		if all, err = r.Sweep(all[:0]); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(all)), "ns/process")
}

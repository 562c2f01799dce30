package local_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/procfs"
	"github.com/botswain/botswain/app/runner"
	"github.com/botswain/botswain/app/runner/runnertest"
)

// killedHost runs a whole Botswain's worth of runner in another process, kills it with its bot
// running, and gives the bot's run.
func killedHost(t *testing.T, dir string) bot.RunID {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "RUNNER_TEST_HOST="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	cmd.Process.Kill()
	cmd.Wait()
	id, ok := strings.CutSuffix(line, " <nil>\n")
	if !ok {
		t.Fatalf("the host said %q", line)
	}
	return uuid.MustParse(id)
}

// TestStrangersExitCode: the adopted process is no child of the one that watches it. Newer kernels
// tell its exit code all the same.
func TestStrangersExitCode(t *testing.T) {
	dir := t.TempDir()
	s := runnertest.Board(t, newBackend(t, dir), dir) // has us inherit the orphan, and cleans up
	run := killedHost(t, dir)
	folders, _ := filepath.Glob(filepath.Join(dir, "spool", "*", run.String()))
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "RUNNER_TEST_HEIR="+dir)
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(pipe)
	if line, _ := out.ReadString('\n'); line != "1 <nil>\n" {
		t.Fatalf("the heir found %q", line)
	}
	var main struct{ PID int }
	text, err := os.ReadFile(filepath.Join(folders[0], "run.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &main); err != nil {
		t.Fatal(err)
	}
	fifo, err := os.OpenFile(filepath.Join(folders[0], "stdin"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer fifo.Close()
	fmt.Fprintln(fifo, "go")
	if _, err := syscall.Wait4(main.PID, nil, 0, nil); err != nil { // as init would
		t.Fatal(err)
	}
	line, _ := out.ReadString('\n')
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if line == "-1 1\n" && !kernelTells(t) {
		t.Log("this kernel doesn't tell it")
	} else if line != "9 1\n" {
		t.Errorf("the heir was told %q", line)
	}
	if all := list(t, s); len(all) != 0 {
		t.Errorf("still listed: %+v", all)
	}
}

// kernelTells says that the kernel is 6.15 or newer.
func kernelTells(t *testing.T) bool {
	t.Helper()
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		t.Fatal(err)
	}
	var major, minor int
	fmt.Sscanf(unix.ByteSliceToString(name.Release[:]), "%d.%d", &major, &minor)
	return major > 6 || major == 6 && minor >= 15
}

func list(t *testing.T, s *runnertest.Ship) []runner.Instance {
	t.Helper()
	all, err := s.Backend.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// editRecord changes fields of a run's record; nil removes one.
func editRecord(t *testing.T, dir string, changes map[string]any) {
	t.Helper()
	path := filepath.Join(dir, "run.json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var record map[string]any
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	if err := decoder.Decode(&record); err != nil {
		t.Fatal(err)
	}
	maps.Copy(record, changes)
	maps.DeleteFunc(record, func(_ string, v any) bool { return v == nil })
	if text, err = json.Marshal(record); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAdoptAfterKill(t *testing.T) {
	for name, change := range map[string]map[string]any{
		"complete record":                    {},
		"killed between exec and the record": {"pid": nil, "start_ticks": nil},
		"the clock was set back since":       {"started_at": time.Now().Add(time.Hour)},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := runnertest.Board(t, newBackend(t, dir), dir)
			run := killedHost(t, dir)
			folders, _ := filepath.Glob(filepath.Join(dir, "spool", "*", run.String()))
			if len(folders) != 1 {
				t.Fatalf("folders of the run: %v", folders)
			}
			editRecord(t, folders[0], change)
			all := list(t, s)
			if len(all) != 1 || all[0].Run != run || !all[0].Adopted || all[0].StartTicks == 0 {
				t.Fatalf("found %+v", all)
			}
			tree := s.PIDs(all[0], 2)
			for _, p := range tree {
				if !runnertest.Alive(p) {
					t.Errorf("process %d did not outlive Botswain", p.PID)
				}
			}
			if err := s.Backend.Attach(t.Context(), run, "still here"); err != nil {
				t.Fatal(err)
			}
			e := s.End(run)
			// The code is known because the orphan came to this process, its nearest reaper.
			if e.Exit.Code == nil || *e.Exit.Code != 9 || e.Exit.Leftovers != 1 {
				t.Errorf("ended with %+v", e.Exit)
			}
			if lived := e.Exit.At.Sub(all[0].StartedAt.Round(0)); lived < 0 || lived > time.Minute {
				t.Errorf("lived %s", lived)
			}
			if !strings.HasSuffix(s.Output(all[0], "stdout"), "still here\n") {
				t.Errorf("it printed %q", s.Output(all[0], "stdout"))
			}
			for _, p := range tree {
				if runnertest.Alive(p) {
					t.Errorf("process %d outlived its run", p.PID)
				}
			}
			runnertest.Eventually(t, func() bool { return len(list(t, s)) == 0 }, "the run off the list")
		})
	}
}

// TestChildrenOfTheOneBefore: after an upgrade in place (exec) bots are children of the new Botswain,
// which learns how they ended, also of one that died in between, and leaves no zombie. Another
// Backend in the same process is what exec leaves.
func TestChildrenOfTheOneBefore(t *testing.T) {
	dir := t.TempDir()
	old := newBackend(t, dir)
	first := runnertest.Board(t, old, dir)
	living, dying := first.Sh("read go; exit 7"), first.Sh("read go; exit 8")
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	say(t, old.SpoolDir(dying.Bot, dying.Run))
	runnertest.Eventually(t, func() bool { st, err := procfs.One(dying.PID); return err == nil && st.Dead() }, "a zombie")

	s := runnertest.Board(t, newBackend(t, dir), dir)
	if _, err := s.Backend.Usage(t.Context()); err != nil { // a look before it is known what there was must not bury it
		t.Fatal(err)
	}
	if all := list(t, s); len(all) != 1 || all[0].Run != living.Run {
		t.Fatalf("found %+v", all)
	}
	if _, err := procfs.One(dying.PID); err != procfs.ErrGone {
		t.Errorf("a zombie is left: %v", err)
	}
	past, err := s.Backend.Past(t.Context())
	if err != nil || len(past) != 1 || past[0].Exit.Code == nil || *past[0].Exit.Code != 8 || past[0].Exit.At.IsZero() {
		t.Errorf("past %+v, %v", past, err)
	}
	say(t, s.Backend.SpoolDir(living.Bot, living.Run))
	if e := s.End(living.Run); e.Exit.Code == nil || *e.Exit.Code != 7 {
		t.Errorf("ended %+v", e.Exit)
	}
	if _, err := procfs.One(living.PID); err != procfs.ErrGone {
		t.Errorf("a zombie is left: %v", err)
	}
}

// say writes a line to the input of a run.
func say(t *testing.T, folder string) {
	t.Helper()
	fifo, err := os.OpenFile(filepath.Join(folder, "stdin"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer fifo.Close()
	fmt.Fprintln(fifo, "go")
}

// TestAdoptWithoutFolder: a bot whose spool somebody has removed must not be started a second time,
// and a bot of another spool must not be taken for one of this.
func TestAdoptWithoutFolder(t *testing.T) {
	dir := t.TempDir()
	s := runnertest.Board(t, newBackend(t, dir), dir)
	run := killedHost(t, dir)
	if err := os.RemoveAll(filepath.Join(dir, "spool")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "spool"), 0o700); err != nil {
		t.Fatal(err)
	}
	elsewhere := t.TempDir()
	if all := list(t, runnertest.Board(t, newBackend(t, elsewhere), elsewhere)); len(all) != 0 {
		t.Errorf("another spool's list has %+v", all)
	}
	all := list(t, s)
	if len(all) != 1 || all[0].Run != run || all[0].PID == 0 {
		t.Fatalf("found %+v", all)
	}
	main, err := procfs.One(all[0].PID)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Backend.Stop(t.Context(), run, "SIGKILL", 0); err != nil {
		t.Fatal(err)
	}
	if e := s.End(run); e.Exit.Signal != "SIGKILL" || runnertest.Alive(main) {
		t.Errorf("ended with %+v, alive %v", e.Exit, runnertest.Alive(main))
	}
}

// TestNotAdopted: a record alone proves nothing; pid, start time and boot must all be right.
func TestNotAdopted(t *testing.T) {
	for name, change := range map[string]map[string]any{
		"another process has the pid": {"start_ticks": 1},
		"another boot":                {"boot_id": "11111111-2222-3333-4444-555555555555"},
		"over":                        {"ended_at": "2026-01-02T03:04:05Z"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := runnertest.NewShip(t, newBackend) // starts a process that must be left alone
			spec := s.Spec("sleep", "1000")
			spec.Env = []string{"PATH=/usr/bin:/bin"}
			in := s.Apply(spec)
			folder := filepath.Join(dir, "spool", in.Bot.String(), in.Run.String())
			if err := os.MkdirAll(folder, 0o700); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(filepath.Join(s.Backend.SpoolDir(in.Bot, in.Run), "run.json"))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, "run.json"), text, 0o600); err != nil {
				t.Fatal(err)
			}
			editRecord(t, folder, change)
			other := runnertest.Board(t, newBackend(t, dir), dir)
			if all := list(t, other); len(all) != 0 {
				t.Errorf("found %+v", all)
			}
			if st, err := procfs.One(in.PID); err != nil || st.Start != in.StartTicks || st.Dead() {
				t.Errorf("the other process was hit: %+v, %v", st, err)
			}
		})
	}
}

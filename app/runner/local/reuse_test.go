package local_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/procfs"
	"github.com/botswain/botswain/app/runner/runnertest"
)

// TestANumberThatSomebodyElseHad: a bot ended while Botswain was away, its pid was given to a program that made itself a
// daemon, and the daemon goes on in that session. It isn't a leftover of the bot.
func TestANumberThatSomebodyElseHad(t *testing.T) {
	setsid, err := exec.LookPath("setsid")
	if err != nil {
		t.Skip("no setsid here")
	}
	out, err := exec.Command(setsid, "-w", "sh", "-c", "sleep 300 </dev/null >/dev/null 2>&1 & echo $$ $!").Output()
	if err != nil {
		t.Fatal(err)
	}
	leader, daemon := 0, 0
	if words := strings.Fields(string(out)); len(words) == 2 {
		leader, _ = strconv.Atoi(words[0])
		daemon, _ = strconv.Atoi(words[1])
	}
	before, err := procfs.One(daemon)
	if err != nil || before.Session != leader {
		t.Fatalf("%q: %+v, %v", out, before, err)
	}
	defer syscall.Kill(daemon, syscall.SIGKILL)
	boot, err := procfs.BootID()
	if err != nil {
		t.Fatal(err)
	}
	dir, id, run := t.TempDir(), bot.NewID(), bot.NewID()
	folder := filepath.Join(dir, "spool", id.String(), run.String())
	record, err := json.Marshal(map[string]any{
		"bot": id, "run": run, "boot_id": boot, "started_at": time.Now().Add(-time.Hour), "pid": leader, "start_ticks": before.Start - 1000,
	})
	if err == nil {
		err = os.MkdirAll(folder, 0o700)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, "run.json"), record, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	s := runnertest.Board(t, newBackend(t, dir), dir)
	if living := list(t, s); len(living) != 0 {
		t.Errorf("living: %v", living)
	}
	if st, err := procfs.One(daemon); err != nil || st.Dead() || st.Start != before.Start {
		t.Errorf("the daemon of somebody else: %+v, %v", st, err)
	}
}

package supervisor_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/procfs"
)

// TestReboot: what was wished up is started again after a restart of the machine, and its run says
// so; a later restart of Botswain alone is told apart.
func TestReboot(t *testing.T) {
	w := newWorld(t)
	up, down := w.bot(forever, nil), w.bot(forever, nil)
	s := w.start()
	for _, b := range []bot.Bot{up, down} {
		s.act(b.ID, bot.Start)
		s.awaitState(b.ID, bot.Running)
	}
	s.act(down.ID, bot.Stop)
	s.awaitState(down.ID, bot.Stopped)
	st, _ := s.Status(up.ID)
	dir := s.backend.SpoolDir(up.ID, st.Run)
	s.end(true)

	// The machine went down with everything: another boot's record and row, and no process.
	if err := syscall.Kill(-st.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if _, err := syscall.Wait4(st.PID, nil, 0, nil); err != nil {
		t.Fatal(err)
	}
	boot, err := procfs.BootID()
	if err != nil {
		t.Fatal(err)
	}
	const other = "11111111-2222-3333-4444-555555555555"
	file := filepath.Join(dir, "run.json")
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), boot) {
		t.Fatalf("%s, %v", text, err)
	}
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(text), boot, other)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := w.pool.Exec(t.Context(), "update runs set boot_id = $1", other); err != nil {
		t.Fatal(err)
	}

	s = w.start()
	s.awaitState(up.ID, bot.Running)
	w.until("the new run", func() bool { r := w.history(up.ID); return len(r) == 2 && r[0].PID != 0 })
	r := w.history(up.ID)
	if r[0].Cause != "reboot" || r[1].Exit == nil || r[1].Exit.Reason != "ended by a restart of the machine" || r[1].Exit.Code != nil {
		t.Errorf("runs %+v, exit %+v", r, r[1].Exit)
	}
	if st, _ := s.Status(down.ID); st.State != bot.Stopped || len(w.history(down.ID)) != 1 {
		t.Errorf("what was stopped is %s", st.State)
	}
	s.end(false)
	s = w.start()
	s.awaitState(up.ID, bot.Running)
	w.until("the third run", func() bool { r := w.history(up.ID); return len(r) == 3 })
	if r := w.history(up.ID); r[0].Cause != "resume" {
		t.Errorf("after a restart of Botswain: %s", r[0].Cause)
	}
	s.end(false)
}

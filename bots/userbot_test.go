package bots_test

import (
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/botswain/botswain/app/platform/platformtest"
)

// TestPythonUserbotsOwnPart runs the Python userbot with a stand-in for Telethon: the library's part,
// MTProto, isn't tried here.
func TestPythonUserbotsOwnPart(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("python3 is not on this machine")
	}
	dir, err := filepath.Abs("python-telegram-userbot")
	if err != nil {
		t.Fatal(err)
	}
	stand, err := filepath.Abs("testdata/telethon")
	if err != nil {
		t.Fatal(err)
	}
	argv := []string{"python3", filepath.Join(dir, "main.py")}
	run := func(env ...string) *process {
		return startWith(t, t.TempDir(), argv, nil, append(env, "PYTHONPATH="+stand, "PYTHONDONTWRITEBYTECODE=1")...)
	}
	run().fails("There is no API_ID")
	run("API_ID=one", "API_HASH=h").fails("API_ID must be a number")
	run("API_ID=1", "API_HASH=h", "SESSION_NAME=../x").fails("SESSION_NAME must be a plain name")

	console, typed := io.Pipe()
	defer typed.Close()
	p := startWith(t, t.TempDir(), argv, console, "API_ID=1", "API_HASH=0123456789abcdef", "PHONE=+49123",
		"PYTHONPATH="+stand, "PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1")
	for _, line := range []string{"\n", "54321\n", "12345\n"} { // what is read before it asks waits for it
		if _, err := io.WriteString(typed, line); err != nil {
			t.Fatal(err)
		}
	}
	p.reported("ready", func(r platformtest.Reported) bool { return r.Ready })
	p.reported("the command", func(r platformtest.Reported) bool { return r.Heartbeats > 0 })
	p.counted(1, 1)
	typed.Close()
	p.stop()
	for _, want := range []string{"login code: type it", "WRONG CODE", "Ready as captain", "REPLY land ahoy", "DISCONNECTED", "INFO Stopped."} {
		if !strings.Contains(p.out.String(), want) {
			t.Errorf("no %q in the output", want)
		}
	}
	p.keepsSecret("0123456789abcdef")
}

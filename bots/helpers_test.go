package bots

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The helpers are copied into each example, so that a person can copy one folder: all copies are
// the same file.
func TestCopiesAreTheSame(t *testing.T) {
	for _, name := range []string{"botswain_report.py", "quiet.py", "answers.py", "botswain-report.mjs", "answers.mjs"} {
		copies, err := filepath.Glob("*/" + name)
		if err != nil || len(copies) < 2 {
			t.Fatalf("%s: %v, %v", name, copies, err)
		}
		first := read(t, copies[0])
		for _, c := range copies[1:] {
			if !bytes.Equal(first, read(t, c)) {
				t.Errorf("%s and %s differ; copy the better one over the other", copies[0], c)
			}
		}
	}
}

func TestPythonHelper(t *testing.T) {
	cmd := exec.Command(interpreter(t, "python3"), "testdata/test_report.py")
	cmd.Env = append(os.Environ(), "PYTHONPATH=python-telegram", "PYTHONDONTWRITEBYTECODE=1")
	run(t, cmd)
}

func TestNodeHelper(t *testing.T) {
	cmd := exec.Command(interpreter(t, "node"), "--test", "testdata/report.test.mjs")
	helper, err := filepath.Abs("node-discord/botswain-report.mjs")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), "HELPER=file://"+helper)
	run(t, cmd)
}

func interpreter(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not on this machine, so its helper can't be tested here", name)
	}
	return path
}

func run(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %v\n%s", cmd.Args, err, out)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

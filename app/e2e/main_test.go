package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// built holds the programs under test; TestMain sets it once, before any test runs.
var built struct{ botswain, testbot string }

// TestMain builds the real binary (with the race detector, when the tests have it) and the test bot.
func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "botswain-e2e-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		built.botswain = filepath.Join(dir, "botswain")
		built.testbot = filepath.Join(dir, "testbot")
		args := []string{"build", "-o", built.botswain}
		if raceEnabled {
			args = append(args, "-race")
		}
		for _, a := range [][]string{append(args, "../../cmd/botswain"), {"build", "-o", built.testbot, "./testdata/testbot"}} {
			cmd := exec.Command("go", a...)
			cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
			if err := cmd.Run(); err != nil {
				fmt.Fprintln(os.Stderr, "go", a, err)
				return 1
			}
		}
		return m.Run()
	}())
}

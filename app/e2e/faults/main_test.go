package faults

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

var (
	minutes = flag.Float64("faults.minutes", 0, "go on with faults for that long (0: a short way)")
	seed    = flag.Uint64("faults.seed", 3, "what the faults and their order follow from")
	only    = flag.String("faults.only", "", "use only faults whose name contains this")
)

// built holds the programs under test; TestMain sets it once, before any test runs.
var built struct{ botswain, bot string }

// TestMain builds the real binary and the bots' program.
func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "botswain-faults-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		built.botswain, built.bot = filepath.Join(dir, "botswain"), filepath.Join(dir, "faultbot")
		args := []string{"build", "-buildvcs=false", "-o", built.botswain}
		if raceEnabled {
			args = append(args, "-race")
		}
		for _, a := range [][]string{append(args, "../../../cmd/botswain"), {"build", "-buildvcs=false", "-o", built.bot, "./testdata/faultbot"}} {
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

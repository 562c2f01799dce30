package local_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/runner"
	"github.com/botswain/botswain/app/runner/local"
	"github.com/botswain/botswain/app/runner/local/cgroup"
	"github.com/botswain/botswain/app/runner/runnertest"
)

// TestMain lets this binary also be a Botswain that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("RUNNER_TEST_HOST"); dir != "" {
		host(dir)
	}
	if dir := os.Getenv("RUNNER_TEST_HEIR"); dir != "" {
		heir(dir)
	}
	os.Exit(m.Run())
}

// host starts a bot, says so, and waits to be killed.
func host(dir string) {
	b, err := local.New(local.Options{DataDir: dir})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	run := uuid.New()
	_, err = b.Apply(context.Background(), runner.Start{Bot: uuid.New(), Run: run, Dir: dir, Env: runnertest.Env(run),
		Command: []string{"sh", "-c", `(setsid sh -c 'echo $$; exec sleep 1000' &); echo $$; read line; echo "$line"; exit 9`}})
	fmt.Println(run, err)
	select {}
}

// heir adopts what it finds, tells the first end, and leaves.
func heir(dir string) {
	b, err := local.New(local.Options{DataDir: dir})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	all, err := b.List(context.Background())
	fmt.Println(len(all), err)
	e := <-b.Watch(context.Background())
	code := -1
	if e.Exit.Code != nil {
		code = *e.Exit.Code
	}
	fmt.Println(code, e.Exit.Leftovers)
	os.Exit(0)
}

func newBackend(t *testing.T, dataDir string) runnertest.Backend {
	t.Helper()
	b, err := local.New(local.Options{DataDir: dataDir})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBehaviour(t *testing.T) { runnertest.Run(t, newBackend) }

// TestBehaviourElsewhere: machines that have less than this one.
func TestBehaviourElsewhere(t *testing.T) {
	for name, x := range map[string]struct {
		cgroups cgroup.Options
		never   bool
	}{
		"without cgroup v2":  {cgroup.Options{NoV2: true}, false},
		"without cgroups":    {cgroup.Options{Off: true}, false},
		"no holding at exec": {cgroup.Options{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			newBackend := func(t *testing.T, dir string) runnertest.Backend {
				b, err := local.NewContained(local.Options{DataDir: dir}, x.cgroups)
				if err != nil {
					t.Fatal(err)
				}
				if x.never {
					local.NeverHold(b)
				}
				return b
			}
			runnertest.RunTrees(t, newBackend)
			if !x.never { // else a bot has a moment before its limits hold: see TestNotHeld
				runnertest.RunLimits(t, newBackend)
			}
		})
	}
}

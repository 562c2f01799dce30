package supervisor

import (
	"fmt"
	"io/fs"
	"syscall"
	"testing"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
)

func TestSpawnWords(t *testing.T) {
	for want, err := range map[string]error{
		"the disk with the data directory is full":          fmt.Errorf("write: %w", &fs.PathError{Err: syscall.ENOSPC}),
		"the data directory is read-only":                   &fs.PathError{Err: syscall.EROFS},
		"No such command":                                   fault.New(fault.Invalid, "No such command."),
		"the system refused (Botswain's own log says more)": syscall.EIO,
	} {
		if got := spawnWords(err); got != want {
			t.Errorf("%v is told as %q", err, got)
		}
	}
}

func TestExitWords(t *testing.T) {
	code := 137
	for _, x := range []struct {
		exit  bot.Exit
		limit int64
		want  string
	}{
		{bot.Exit{Signal: "SIGKILL"}, 64 << 20, "killed by SIGKILL"},
		{bot.Exit{Signal: "SIGKILL", OOM: true}, 64 << 20, "out of memory: killed by the kernel at its limit of 64 MiB"},
		{bot.Exit{Code: &code, OOM: true}, 1000, "out of memory: killed by the kernel at its limit of 1000 bytes"},
		{bot.Exit{Signal: "SIGKILL", OOM: true}, 0, "out of memory: killed by the kernel"},
		{bot.Exit{}, 0, "ended, exit code unknown"},
	} {
		if got := exitWords(x.exit, x.limit); got != x.want {
			t.Errorf("%+v is told as %q", x.exit, got)
		}
	}
	for want, e := range map[string]bot.Exit{
		"":                             {},
		"; 1 process had to be killed": {Killed: 1},
		"; 3 processes had to be killed; 1 process that it left behind was killed": {Killed: 3, Leftovers: 1},
	} {
		if got := leftovers(e); got != want {
			t.Errorf("%+v is told as %q", e, got)
		}
	}
}

package supervisor

import (
	"fmt"
	"io/fs"
	"syscall"
	"testing"

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

package health

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// lowSpace is when the disk counts as full: Postgres and the spool need room to go on.
const lowSpace = 64 << 20 // bytes

// disk is one look at the data directory.
type disk struct {
	full     bool
	writable bool
	err      error // why not
}

func lookAtDisk(dir string) disk {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return disk{err: fmt.Errorf("statfs: %w", err)}
	}
	d := disk{full: fs.Bavail*uint64(fs.Bsize) < lowSpace, writable: true}
	if err := probe(dir); err != nil {
		d.writable, d.err = false, err
		// The space may be there and the quota or the inodes used up.
		d.full = d.full || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
	}
	return d
}

// probe writes a little, since only that shows a read-only file system, a quota, or missing rights.
func probe(dir string) error {
	f, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, 4096))
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}

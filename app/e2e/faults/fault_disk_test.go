package faults

import (
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// diskFaults trouble the small file system with the data directory.
func diskFaults() []fault {
	own := func(v *voyage) bool { return v.small }
	return []fault{
		{family: "disk", name: "disk full", weight: 3, do: fillDisk, needs: own},
		{family: "disk", name: "data directory read-only", weight: 2, do: lockDisk, needs: own},
	}
}

// lockDisk makes the data directory read-only for whoever opens something there from now on. The file
// system itself can't become that while bots have their output open for writing.
func lockDisk(v *voyage) func() {
	if err := v.lockData(); err != nil {
		v.note("the data directory can't be made read-only: %v", err)
		return nil
	}
	v.mayFail = true
	return func() {
		v.pause(4000)
		unix.Unmount(v.data(), unix.MNT_DETACH)
	}
}

// lockData mounts the data directory over itself.
func (s *ship) lockData() error {
	if err := unix.Mount(s.data(), s.data(), "", unix.MS_BIND, ""); err != nil {
		return err
	}
	err := unix.Mount("", s.data(), "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, "")
	if err != nil {
		unix.Unmount(s.data(), unix.MNT_DETACH)
	}
	return err
}

// fillDisk takes every free byte, also those that are given back meanwhile.
func fillDisk(v *voyage) func() {
	name := filepath.Join(v.data(), "ballast")
	f, err := os.Create(name)
	if err != nil {
		v.note("the disk can't be filled: %v", err)
		return nil
	}
	v.mayFail = true
	enough, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		defer f.Close()
		for size := 1 << 20; ; {
			if _, err := f.Write(make([]byte, size)); err == nil {
				continue
			}
			size = max(1, size/4)
			wait := time.Millisecond
			if size == 1 {
				size, wait = 1<<12, 10*time.Millisecond
			}
			select {
			case <-enough:
				return
			case <-time.After(wait):
			}
		}
	}()
	return func() {
		v.pause(3000)
		close(enough)
		<-over
		os.Remove(name)
	}
}

package faults

import (
	"os"
	"path/filepath"
	"time"
)

// diskFaults fill the small file system with the data directory.
func diskFaults() []fault {
	return []fault{{family: "disk", name: "disk full", weight: 3, do: fillDisk, needs: func(v *voyage) bool { return v.small }}}
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

package local

import (
	"math"

	"github.com/botswain/botswain/app/runner/local/cgroup"
)

// ReapAtOnce takes away the time that a zombie of unknown origin is left to its owner.
func ReapAtOnce(b *Backend) {
	b.forest.mu.Lock()
	defer b.forest.mu.Unlock()
	b.forest.unclaimed = -1
}

// ReapNever leaves a zombie of unknown origin to its owner for ever.
func ReapNever(b *Backend) {
	b.forest.mu.Lock()
	defer b.forest.mu.Unlock()
	b.forest.unclaimed = math.MaxInt64
}

// NewContained makes a backend that uses only a part of what the machine's cgroups give.
func NewContained(o Options, c cgroup.Options) (*Backend, error) { return open(o, c) }

// NeverHold has a backend start processes as where none can be held at its exec.
func NeverHold(b *Backend) { b.mayHold = false }

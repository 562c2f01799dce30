package script

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ledgerSize is two counters: lines whose write began, and lines whose write is over.
const ledgerSize = 16

// Ledger counts what one run prints on one stream. It is memory of a file, so it survives the
// death of its writer at any instruction.
type Ledger struct{ begun, done *atomic.Int64 }

// Open makes the ledger of a run's stream. A run that exists twice fails here, and leaves a file
// that tells (see Twice).
func Open(dir, run, stream string) (Ledger, error) {
	name := filepath.Join(dir, run+"."+stream)
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		os.WriteFile(filepath.Join(dir, run+".twice"), nil, 0o600)
		return Ledger{}, fmt.Errorf("open a ledger: %w", err)
	}
	defer f.Close()
	if err := f.Truncate(ledgerSize); err != nil {
		return Ledger{}, fmt.Errorf("make room for a ledger: %w", err)
	}
	mem, err := unix.Mmap(int(f.Fd()), 0, ledgerSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return Ledger{}, fmt.Errorf("map a ledger: %w", err)
	}
	return Ledger{(*atomic.Int64)(unsafe.Pointer(&mem[0])), (*atomic.Int64)(unsafe.Pointer(&mem[8]))}, nil
}

// Begin says that the lines up to n are about to be written.
func (l Ledger) Begin(n int64) { l.begun.Store(n) }

// Done says that the lines up to n are written.
func (l Ledger) Done(n int64) { l.done.Store(n) }

// Entry is what a ledger says: at least Done lines were printed, and no more than Begun.
type Entry struct {
	Run, Stream string
	Begun, Done int64
}

// Read gives the entry of one stream of a run; false when that run never spoke there.
func Read(dir, run, stream string) (Entry, bool) {
	e := Entry{Run: run, Stream: stream}
	b, err := os.ReadFile(filepath.Join(dir, run+"."+stream))
	if err != nil || len(b) < ledgerSize {
		return e, false
	}
	e.Begun, e.Done = int64(binary.NativeEndian.Uint64(b)), int64(binary.NativeEndian.Uint64(b[8:]))
	return e, true
}

// Runs lists the runs that have a ledger, and those of them that existed twice.
func Runs(dir string) (all map[string]bool, twice []string, err error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, err
	}
	all = map[string]bool{}
	for _, f := range files {
		run, stream, _ := strings.Cut(f.Name(), ".")
		all[run] = true
		if stream == "twice" {
			twice = append(twice, run)
		}
	}
	return all, twice, nil
}

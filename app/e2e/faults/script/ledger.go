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
// that tells (see Runs).
func Open(dir, bot, run, stream string) (Ledger, error) {
	f, err := os.OpenFile(name(dir, bot, run, stream), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		os.WriteFile(name(dir, bot, run, "twice"), nil, 0o600)
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

func name(dir, bot, run, stream string) string {
	return filepath.Join(dir, bot+"."+run+"."+stream)
}

// Broken leaves word that a bot could not print.
func Broken(dir, bot, run string, why error) {
	os.WriteFile(name(dir, bot, run, "broken"), []byte(why.Error()), 0o600)
}

// Begin says that the lines up to n are about to be written.
func (l Ledger) Begin(n int64) { l.begun.Store(n) }

// Done says that the lines up to n are written.
func (l Ledger) Done(n int64) { l.done.Store(n) }

// Entry is what a ledger says: at least Done lines were printed, and no more than Begun.
type Entry struct {
	Bot, Run, Stream string
	Begun, Done      int64
}

// Read gives the entry of one stream of a run; false when that run never spoke there.
func Read(dir, bot, run, stream string) (Entry, bool) {
	e := Entry{Bot: bot, Run: run, Stream: stream}
	b, err := os.ReadFile(name(dir, bot, run, stream))
	if err != nil || len(b) < ledgerSize {
		return e, false
	}
	e.Begun, e.Done = int64(binary.NativeEndian.Uint64(b)), int64(binary.NativeEndian.Uint64(b[8:]))
	return e, true
}

// Logbook is what all ledgers of a folder say of runs.
type Logbook struct {
	Runs   map[string]string // the bot of each run that has a ledger
	Twice  []string          // runs that existed twice
	Broken []string          // runs that could not print
}

// Open reads the folder.
func (l *Logbook) Open(dir string) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	*l = Logbook{Runs: map[string]string{}}
	for _, f := range files {
		part := strings.SplitN(f.Name(), ".", 3)
		if len(part) != 3 {
			continue
		}
		l.Runs[part[1]] = part[0]
		switch part[2] {
		case "twice":
			l.Twice = append(l.Twice, part[1])
		case "broken":
			why, _ := os.ReadFile(filepath.Join(dir, f.Name()))
			l.Broken = append(l.Broken, part[1]+": "+string(why))
		}
	}
	return nil
}

// Forget removes the ledgers of a bot.
func Forget(dir, bot string) {
	files, _ := filepath.Glob(filepath.Join(dir, bot+".*"))
	for _, f := range files {
		os.Remove(f)
	}
}

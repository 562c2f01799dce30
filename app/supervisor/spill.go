package supervisor

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// spill is the journal's file: it has the changes that the database hasn't taken yet, oldest first,
// so that they outlive a Botswain that is killed while the database is away. It exists only while
// something waits. Each line is the CRC-32C of a change in 8 hex digits, a blank, and the change as
// JSON. A change may be in the file and in the database too: storing it again does no harm.
//
// Its owner serialises all calls but sync.
type spill struct {
	path    string
	file    *os.File // nil: nothing is on disk
	records int
}

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

func encode(c Change) ([]byte, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("encode a change: %w", err)
	}
	line := make([]byte, 0, len(text)+10)
	line = fmt.Appendf(line, "%08x ", crc32.Checksum(text, castagnoli()))
	return append(append(line, text...), '\n'), nil
}

var errDamaged = errors.New("the line is damaged")

// decode reads one line without its end.
func decode(line []byte) (c Change, err error) {
	sum, text, ok := bytes.Cut(line, []byte(" "))
	want, err := strconv.ParseUint(string(sum), 16, 32)
	if !ok || len(sum) != 8 || err != nil || crc32.Checksum(text, castagnoli()) != uint32(want) {
		return c, errDamaged
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return c, fmt.Errorf("decode a change: %w", err)
	}
	return c, nil
}

// load reads what an earlier Botswain left, and goes on at its end. A last line that was cut short
// is dropped; damaged is how many whole lines couldn't be read.
func (s *spill) load() (changes []Change, damaged int, err error) {
	text, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read the journal: %w", err)
	}
	whole := bytes.LastIndexByte(text, '\n') + 1
	for line := range bytes.Lines(text[:whole]) {
		c, err := decode(line[:len(line)-1])
		if err != nil {
			damaged++
			continue
		}
		changes = append(changes, c)
	}
	f, err := os.OpenFile(s.path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return nil, 0, fmt.Errorf("open the journal: %w", err)
	}
	if err := f.Truncate(int64(whole)); err != nil {
		return nil, 0, errors.Join(fmt.Errorf("cut the journal's torn end off: %w", err), f.Close())
	}
	s.file, s.records = f, len(changes)
	return changes, damaged, nil
}

// add appends a change. It has left this process when add returns; sync brings it to the disk.
func (s *spill) add(c Change) error {
	line, err := encode(c)
	if err != nil {
		return err
	}
	if _, err := s.file.Write(line); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	s.records++
	return nil
}

// replace puts a whole new file in place of the old one, in one step.
func (s *spill) replace(entries []*entry) error {
	var text bytes.Buffer
	for _, e := range entries {
		line, err := encode(e.Change)
		if err != nil {
			return err
		}
		text.Write(line)
	}
	temp := s.path + ".new"
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("make the journal: %w", err)
	}
	_, err = f.Write(text.Bytes())
	if err == nil {
		err = os.Rename(temp, s.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write the journal: %w", err), f.Close(), os.Remove(temp))
	}
	s.close()
	s.file, s.records = f, len(entries)
	return nil
}

// clear ends with nothing on disk. The emptiness is synced: an old file that came back after a
// power cut would overwrite what was stored since.
func (s *spill) clear() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Truncate(0)
	if err == nil {
		err = s.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("clear the journal: %w", err)
	}
	s.records = 0
	s.close()
	_ = os.Remove(s.path) // empty is as good
	return nil
}

func (s *spill) close() {
	if s.file != nil {
		_ = s.file.Close()
		s.file = nil
	}
}

// sync brings a file and its name to the disk. It may run beside the other calls; a file that was
// closed meanwhile has been replaced, and the next sync is for its successor.
func (s *spill) sync(f *os.File) error {
	if err := f.Sync(); err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("sync the journal: %w", err)
	}
	dir, err := os.Open(filepath.Dir(s.path))
	if err != nil {
		return fmt.Errorf("sync the journal: %w", err)
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil {
		return fmt.Errorf("sync the journal: %w", err)
	}
	return nil
}

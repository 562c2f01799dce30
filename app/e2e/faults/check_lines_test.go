package faults

import (
	"errors"
	"fmt"
	"strings"

	"github.com/botswain/botswain/app/e2e/faults/script"
)

// reader reads all that is stored, once, and holds each line against the one that it must be.
type reader struct {
	v       *voyage
	last    map[string]int64 // the last seq of each bot
	voices  map[voiceKey]*voice
	over    map[string]bool // runs that are over and were found complete
	checked int
}

type voiceKey struct{ run, stream string }

// voice is what was stored of one stream of a run.
type voice struct {
	n       int64  // whole lines
	piece   string // of the next one
	dangles bool   // the last line was no whole one: nothing may follow
}

func newReader(v *voyage) *reader {
	return &reader{v: v, last: map[string]int64{}, voices: map[voiceKey]*voice{}, over: map[string]bool{}}
}

// advance reads what has been stored since the last time.
func (r *reader) advance() error {
	for _, h := range r.v.crew {
		for {
			n, err := r.page(h)
			if err != nil {
				return err
			}
			if n == 0 {
				break
			}
		}
	}
	return nil
}

const pageSize = 20_000

func (r *reader) page(h *hand) (n int, err error) {
	rows, err := r.v.db.Query(r.v.t.Context(), `select seq, run_id::text, stream, truncated, message
		from log_lines where bot_id = $1 and seq > $2 order by seq limit $3`, h.id, r.last[h.id], pageSize)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var (
			seq       int64
			run       string
			stream    int
			truncated bool
			message   string
		)
		if err := rows.Scan(&seq, &run, &stream, &truncated, &message); err != nil {
			return n, err
		}
		n++
		if seq != r.last[h.id]+1 {
			return n, stop(fmt.Errorf("%s: after seq %d comes %d", h.name, r.last[h.id], seq))
		}
		r.last[h.id] = seq
		if stream > 2 {
			continue // Botswain's own words
		}
		if err := r.line(h, voiceKey{run, [3]string{1: "stdout", 2: "stderr"}[stream]}, message, truncated); err != nil {
			return n, stop(fmt.Errorf("%s, seq %d: %w", h.name, seq, err))
		}
	}
	return n, rows.Err()
}

func (r *reader) line(h *hand, key voiceKey, message string, truncated bool) error {
	x := r.voices[key]
	if x == nil {
		x = &voice{}
		r.voices[key] = x
	}
	r.checked++
	if r.over[key.run] || x.dangles {
		return fmt.Errorf("a line more of run %s %s, which was complete: %.80q", key.run, key.stream, message)
	}
	if x.piece += message; truncated {
		return nil
	}
	text := script.Text(h.kind, key.stream, x.n+1)
	want := script.Stored(text)
	switch {
	case x.piece == want:
		x.n++
		x.piece = ""
	case strings.HasPrefix(want, x.piece) || cutWithin(text, x.piece):
		x.dangles = true // its writer was killed in the middle
	default:
		return fmt.Errorf("run %s, line %d of %s is %.400q, want %.400q", key.run, x.n+1, key.stream, x.piece, want)
	}
	return nil
}

// cutWithin says whether a piece is what was stored of a text whose writer was killed within a character: the bytes of
// it that were written are no UTF-8, so they are stored in another way than the whole one.
func cutWithin(text, piece string) bool {
	for n := range len(text) {
		if script.Stored(text[:n]) == piece {
			return true
		}
	}
	return false
}

// checkLines waits until all is stored that had been printed when it was first called.
func (v *voyage) checkLines() func() error {
	var printed []script.Entry
	return func() (err error) {
		if printed == nil {
			if printed, err = v.reader.printed(); err != nil {
				return stop(err)
			}
		}
		ended, err := v.endedRuns()
		if err != nil {
			return err
		}
		if err := v.reader.advance(); err != nil {
			return err
		}
		return v.reader.compare(printed, ended)
	}
}

// printed reads the ledgers of runs that weren't found complete before.
func (r *reader) printed() ([]script.Entry, error) {
	var book script.Logbook
	if err := book.Open(r.v.ledgers()); err != nil {
		return nil, err
	}
	if len(book.Twice) > 0 || len(book.Broken) > 0 {
		return nil, fmt.Errorf("runs that existed twice: %v; that could not print: %v", book.Twice, book.Broken)
	}
	all := []script.Entry{}
	for run, id := range book.Runs {
		if r.over[run] || !r.v.aboard(id) {
			continue
		}
		for _, stream := range []string{"stdout", "stderr"} {
			if e, ok := script.Read(r.v.ledgers(), id, run, stream); ok {
				all = append(all, e)
			}
		}
	}
	return all, nil
}

func (r *reader) compare(printed []script.Entry, ended map[string]bool) error {
	late := 0
	var first error
	for _, e := range printed {
		x := r.voices[voiceKey{e.Run, e.Stream}]
		if x == nil {
			x = &voice{}
		}
		if ended[e.Run] { // the ledger is final now
			if now, ok := script.Read(r.v.ledgers(), e.Bot, e.Run, e.Stream); ok {
				e = now
			}
			if x.n > e.Begun {
				return stop(fmt.Errorf("run %s has %d lines of %s stored, and printed %d", e.Run, x.n, e.Stream, e.Begun))
			}
		}
		if x.n < e.Done {
			late++
			if first == nil {
				first = fmt.Errorf("run %s: %d of %d lines of %s are stored (ended: %v)", e.Run, x.n, e.Done, e.Stream, ended[e.Run])
			}
		}
	}
	if first != nil {
		return fmt.Errorf("%w; %d such streams", first, late)
	}
	for _, e := range printed {
		if ended[e.Run] {
			r.over[e.Run] = true
		}
	}
	for key := range r.voices {
		if r.over[key.run] {
			delete(r.voices, key)
		}
	}
	return nil
}

// endedRuns are the runs that the database has as over.
func (v *voyage) endedRuns() (map[string]bool, error) {
	rows, err := v.db.Query(v.t.Context(), "select id::text from runs where ended_at is not null")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	ended := map[string]bool{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ended[id] = true
	}
	return ended, rows.Err()
}

// complete is for the end of Botswain: what was printed is stored, now.
func (r *reader) complete() error {
	printed, err := r.printed()
	if err != nil {
		return err
	}
	ended, err := r.v.endedRuns()
	if err != nil {
		return err
	}
	for _, e := range printed {
		if !ended[e.Run] {
			return fmt.Errorf("run %s has no end", e.Run)
		}
	}
	return errors.Join(r.advance(), r.compare(printed, ended))
}

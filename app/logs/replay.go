package logs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/logs/redact"
)

// begin gives what is stored, after everything has been that an earlier life numbered: somebody may
// have seen those lines. edition is the last one of that life.
func (s *Service) begin(ctx context.Context) (st State, edition uint64, err error) {
	load := func(ctx context.Context) (err error) {
		st, err = s.storage.Load(ctx)
		return err
	}
	const what = "read how far logs are stored"
	if err := retry(ctx, s.log, what, load); err != nil {
		return State{}, 0, fmt.Errorf("logs: read how far they are stored: %w", err)
	}
	all, err := decisions(s.opt.SpoolRoot)
	if err != nil {
		// Nothing is lost: the lines are in the spool, but may get other seqs.
		s.log.Warn("logs: can't repeat the numbering of the last life", "error", err)
		return st, edition, nil
	}
	for i := range all {
		edition = max(edition, all[i].edition)
	}
	r := replay{root: s.opt.SpoolRoot, log: s.log, keys: s.keys, st: st, runs: map[bot.RunID]*run{}, paths: map[bot.RunID]string{}}
	defer r.close()
	defer func() {
		if err == nil {
			r.wipeOld(all, st)
		}
	}()
	if !r.all(all) {
		return st, edition, nil
	}
	b := r.batch.out()
	err = retry(ctx, s.log, "store the lines of the last life", func(ctx context.Context) error {
		err := s.storage.Append(ctx, b)
		if errors.Is(err, ErrConflict) {
			s.log.Error("logs: somebody else changed what is stored; lines are numbered anew from there", "error", err)
			return nil
		}
		return err
	})
	if err == nil {
		err = retry(ctx, s.log, what, load)
	}
	if err != nil {
		return State{}, 0, fmt.Errorf("logs: store the lines of the last life: %w", err)
	}
	return st, edition, nil
}

// replay repeats decisions on the spool files, into one batch.
type replay struct {
	root  string
	log   *slog.Logger
	st    State
	keys  *keyring
	runs  map[bot.RunID]*run
	paths map[bot.RunID]string // folders of runs
	batch batch

	finder redact.Finder
}

// all repeats what follows on what is stored; it says whether there was anything.
func (r *replay) all(all []decision) bool {
	r.batch.reset(1, nil)
	// A bot's decisions follow each other by seq. Of two that follow on the same one the later
	// edition holds: it was made by somebody who had not seen the other.
	slices.SortStableFunc(all, func(a, b decision) int {
		return cmp.Or(cmp.Compare(a.prev, b.prev), cmp.Compare(b.edition, a.edition))
	})
	tracks, broken := map[bot.ID]*track{}, map[bot.ID]bool{}
	for i := range all {
		d := &all[i]
		if !r.st.Bots[d.bot] || broken[d.bot] || d.prev < r.st.Heads[d.bot] {
			continue
		}
		t := tracks[d.bot]
		if t == nil {
			t = &track{id: d.bot, seq: r.st.Heads[d.bot]}
			tracks[d.bot] = t
		}
		if d.prev < t.seq {
			continue
		}
		if err := r.one(t, d); err != nil {
			r.log.Warn("logs: can't repeat the numbering of some lines; they are read anew", "bot", d.bot, "after_seq", t.seq, "error", err)
			broken[d.bot] = true
		}
	}
	return len(r.batch.lines) > 0
}

var (
	errGap     = errors.New("it doesn't follow on what is stored")
	errChanged = errors.New("the output isn't what it was")
)

func (r *replay) one(t *track, d *decision) error {
	if d.prev != t.seq {
		return errGap
	}
	n := &note{run: d.run, level: d.level, text: r.keys.of(d.bot).Text(d.text)}
	if d.kind == saidNote {
		r.batch.say(t, n, d.at)
		return nil
	}
	s, err := r.stream(t, d)
	if err != nil {
		return err
	}
	if d.anew {
		s.pos = 0
		if d.took() {
			s.head, s.level = 0, Unknown
		}
	}
	switch d.kind {
	case closedLine:
		if s.head == 0 {
			return errGap
		}
		r.batch.closeLine(s, d.at)
		return nil
	case jumped:
		if d.from < s.pos || d.to < d.from {
			return errGap
		}
		r.batch.jump(s, d.to, n, d.at)
		return nil
	}
	// It may start behind what is stored: holes are skipped without a line.
	if d.from < s.pos {
		return errGap
	}
	data := make([]byte, d.pieces[len(d.pieces)-1].next)
	if _, err := s.file.ReadAt(data, d.from); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if checksum(data) != d.sum {
		return errChanged
	}
	s.pos = d.from
	// What was replaced is again, and what is known by now is too.
	last := d.pieces[len(d.pieces)-1]
	d.spans = both(d.spans, r.finder.Find(r.keys.of(d.bot), data[:last.to], edges(d.pieces, s.head != 0)))
	r.batch.take(s, data, d.pieces, d.spans, d.at)
	return nil
}

// stream opens the file that a decision is about.
func (r *replay) stream(t *track, d *decision) (*stream, error) {
	if d.stream != Stdout && d.stream != Stderr {
		return nil, errGap
	}
	of := r.runs[d.run]
	if of == nil {
		of = newRun(t, d.run, runDir(r.root, d.bot, d.run), pairs(r.st.Offsets)[d.run])
		r.runs[d.run] = of
	}
	s := of.streams[d.stream-Stdout]
	if s.file == nil {
		f, err := os.OpenFile(s.path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
		if err != nil {
			return nil, err
		}
		s.file = f
	}
	return s, nil
}

func (r *replay) close() {
	for _, of := range r.runs {
		of.close()
	}
}

// pairs sorts offsets by their runs: stdout's, stderr's.
func pairs(offsets []Offset) map[bot.RunID][2]Offset {
	by := make(map[bot.RunID][2]Offset, len(offsets))
	for _, o := range offsets {
		if o.Stream == Stdout || o.Stream == Stderr {
			pair := by[o.Run]
			pair[o.Stream-Stdout] = o
			by[o.Run] = pair
		}
	}
	return by
}

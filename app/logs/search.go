package logs

import (
	"context"
	"math"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
)

// Searcher reads stored lines by what is in them. It must never take what Storage needs to store.
type Searcher interface {
	// Extent is what is stored: seqs of a bot, or microseconds since 1970 with bot nil; from ≤ x < to.
	Extent(ctx context.Context, id *bot.ID) (from, to int64, err error)
	// SeqAt is the seq of a bot's first stored line that was read at or after a time, or the one after
	// the last. Where the clock was set back it may be a line nearby.
	SeqAt(ctx context.Context, id bot.ID, at time.Time) (int64, error)
	// Window reads a part of the log.
	Window(ctx context.Context, w Window) (WindowResult, error)
}

// Window is a part of a bot's log, in seqs, or of all bots' logs, in microseconds since 1970: From ≤ x < To.
type Window struct {
	Bot      *bot.ID // nil: all
	From, To int64
	Pick     *Matcher
	Back     bool   // newest first
	After    *Place // beyond it in that direction only; for all bots' logs
	Limit    int    // of lines
}

// WindowResult is what was found, in the window's direction. With More there may be further lines in
// the window, beyond Last, the last one that was looked at.
type WindowResult struct {
	Lines []Found
	More  bool
	Last  Place
}

// Search is a question to one bot's log or to all of them.
type Search struct {
	Bot  *bot.ID // nil: all
	Pick *Matcher
	Back bool   // newest first; otherwise oldest first
	From *Place // begin beyond this place; nil: at the end of the log, or at its beginning
	// Limit ends the search when that many lines were found; 0: never.
	Limit int
}

// Progress says how far a search is.
type Progress struct {
	// Place is where to go on with another search, as its From.
	Place Place
	At    time.Time // about the time of the lines that are looked at; zero: not known
	// Share of what is to be searched that has been, 0…1.
	Share float64
	// Done means that the end of the log was reached: nothing is beyond Place.
	Done bool
}

// A search looks at windows of the log in turn, and makes them bigger or smaller so that each takes the
// database about this long. So it can tell how far it is, be ended at any time, and others get their turn.
const (
	windowQuick = 60 * time.Millisecond
	windowSlow  = 400 * time.Millisecond
	// windowLines is the most that one window gives, and so what is held in memory at once.
	windowLines = 2_000

	firstSeqs, leastSeqs, mostSeqs = 20_000, 1_000, 4_000_000
	// In microseconds.
	firstMicros, leastMicros, mostMicros = 60e6, 50e3, 4 * 86400e6
)

// Search gives the matching lines to found, in their order, as they are found; between lines it is also
// called without any, to tell how far the search is. Its error ends the search and is returned. An outage,
// or a search that takes too long for its window, is a fault.Unavailable.
func (s *Service) Search(ctx context.Context, q Search, found func([]Found, Progress) error) error {
	if s.opt.Searcher == nil {
		return fault.New(fault.Unavailable, "The log can't be searched here.")
	}
	sc, err := s.newScan(ctx, q)
	if err != nil {
		return err
	}
	for {
		more, err := sc.step(ctx, found)
		if err != nil || !more {
			return err
		}
	}
}

// SeqAt is the seq of the first stored line of a bot that was read at or after a time, or the one after
// the last.
func (s *Service) SeqAt(ctx context.Context, id bot.ID, at time.Time) (int64, error) {
	if s.opt.Searcher == nil {
		return 0, fault.New(fault.Unavailable, "The log can't be searched here.")
	}
	return s.opt.Searcher.SeqAt(ctx, id, at)
}

// Settle waits, for a second at most, until the lines of a bot that readers can get now are stored.
func (s *Service) Settle(ctx context.Context, id bot.ID) {
	soon, cancel := context.WithTimeout(ctx, pageWait)
	defer cancel()
	s.recent.awaitStored(soon, id)
}

// scan is a search on its way: from is what remains, in seqs or microseconds.
type scan struct {
	from              Searcher
	q                 Search
	lo, hi            int64 // what remains: lo ≤ x < hi
	total             float64
	size, least, most int64
	found             int
	after             *Place
}

// ClockSlack is how much the clock may have been set back without lines being missed by their time.
const ClockSlack = 10 * time.Minute

func (s *Service) newScan(ctx context.Context, q Search) (*scan, error) {
	sc := &scan{from: s.opt.Searcher, q: q, size: firstSeqs, least: leastSeqs, most: mostSeqs}
	if q.Pick == nil {
		sc.q.Pick = &Matcher{}
	}
	var err error
	if sc.lo, sc.hi, err = sc.from.Extent(ctx, q.Bot); err != nil {
		return nil, err
	}
	if q.Bot == nil {
		sc.size, sc.least, sc.most = firstMicros, leastMicros, mostMicros
		sc.byTime()
	} else if err = sc.bySeq(ctx); err != nil {
		return nil, err
	}
	sc.total = float64(max(0, sc.hi-sc.lo))
	return sc, nil
}

func (sc *scan) byTime() {
	pick, from := sc.q.Pick, sc.q.From
	if !pick.From.IsZero() {
		sc.lo = max(sc.lo, pick.From.UnixMicro())
	}
	if !pick.To.IsZero() {
		sc.hi = min(sc.hi, pick.To.UnixMicro())
	}
	switch {
	case from == nil:
	case sc.q.Back:
		sc.hi, sc.after = min(sc.hi, from.At.UnixMicro()+1), from
	default:
		sc.lo, sc.after = max(sc.lo, from.At.UnixMicro()), from
	}
}

func (sc *scan) bySeq(ctx context.Context) error {
	pick, id := sc.q.Pick, *sc.q.Bot
	if !pick.From.IsZero() {
		seq, err := sc.from.SeqAt(ctx, id, pick.From.Add(-ClockSlack))
		if err != nil {
			return err
		}
		sc.lo = max(sc.lo, seq)
	}
	if !pick.To.IsZero() {
		seq, err := sc.from.SeqAt(ctx, id, pick.To.Add(ClockSlack))
		if err != nil {
			return err
		}
		sc.hi = min(sc.hi, seq)
	}
	switch from := sc.q.From; {
	case from == nil:
	case sc.q.Back:
		sc.hi = min(sc.hi, from.Seq)
	case from.Seq < math.MaxInt64:
		sc.lo = max(sc.lo, from.Seq+1)
	}
	return nil
}

// step looks at the next window; more says whether there is another.
func (sc *scan) step(ctx context.Context, found func([]Found, Progress) error) (more bool, err error) {
	if sc.lo >= sc.hi {
		return false, found(nil, sc.progress(true))
	}
	w := Window{Bot: sc.q.Bot, From: sc.lo, To: sc.hi, Pick: sc.q.Pick, Back: sc.q.Back, After: sc.after, Limit: windowLines}
	if sc.q.Back {
		w.From = max(sc.lo, sc.hi-sc.size)
	} else {
		w.To = min(sc.hi, sc.lo+sc.size)
	}
	if sc.q.Limit > 0 {
		w.Limit = min(w.Limit, sc.q.Limit-sc.found)
	}
	start := time.Now()
	res, err := sc.from.Window(ctx, w)
	if err != nil {
		return false, err
	}
	sc.resize(time.Since(start), res.More)
	sc.pass(w, res)
	sc.found += len(res.Lines)
	done := sc.lo >= sc.hi
	enough := sc.q.Limit > 0 && sc.found >= sc.q.Limit
	if err := found(res.Lines, sc.progress(done)); err != nil {
		return false, err
	}
	return !done && !enough, nil
}

// pass leaves behind what was looked at.
func (sc *scan) pass(w Window, res WindowResult) {
	if sc.q.Bot == nil {
		sc.passTime(w, res)
		return
	}
	switch {
	case res.More && sc.q.Back:
		sc.hi = res.Last.Seq
	case res.More:
		sc.lo = res.Last.Seq + 1
	case sc.q.Back:
		sc.hi = w.From
	default:
		sc.lo = w.To
	}
}

// passTime keeps the last line as the place to go on from: others were read in the same microsecond.
func (sc *scan) passTime(w Window, res WindowResult) {
	switch {
	case res.More && sc.q.Back:
		sc.hi, sc.after = res.Last.At.UnixMicro()+1, &res.Last
	case res.More:
		sc.lo, sc.after = res.Last.At.UnixMicro(), &res.Last
	case sc.q.Back:
		sc.hi, sc.after = w.From, nil
	default:
		sc.lo, sc.after = w.To, nil
	}
}

func (sc *scan) resize(took time.Duration, full bool) {
	switch {
	case took > windowSlow:
		sc.size = max(sc.least, sc.size/4)
	case took < windowQuick && !full:
		sc.size = min(sc.most, sc.size*4)
	}
}

func (sc *scan) progress(done bool) Progress {
	p := Progress{Share: 1, Done: done}
	if left := float64(sc.hi - sc.lo); left > 0 && sc.total > 0 {
		p.Share = 1 - left/sc.total
	}
	if sc.q.Bot == nil {
		at := sc.lo
		if sc.q.Back {
			at = sc.hi
		}
		p.At = time.UnixMicro(at).UTC()
		p.Place = Place{At: p.At} // before all lines of that microsecond
		if sc.after != nil {
			p.Place = *sc.after
		}
		return p
	}
	if p.Place.Seq = sc.hi; !sc.q.Back {
		p.Place.Seq = sc.lo - 1
	}
	return p
}

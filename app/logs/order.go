package logs

import (
	"os"
	"path/filepath"
	"slices"

	"github.com/botswain/botswain/app/bot"
)

// What the ingest goroutine is told to do; see mailbox.

func (in *ingest) track(id bot.ID) *track {
	t := in.tracks[id]
	if t == nil {
		t = &track{id: id, seq: in.state.Heads[id]}
		in.tracks[id] = t
	}
	return t
}

func (in *ingest) open(t *track, id bot.RunID, dir string) *run {
	r := newRun(t, id, dir, in.offsets[id])
	in.runs[id] = r
	in.polled++
	return r
}

func (in *ingest) follow(id bot.ID, run bot.RunID, dir string) {
	if in.runs[run] != nil {
		return
	}
	t := in.track(id)
	r := in.open(t, run, dir)
	t.items = append(t.items, item{run: r})
	in.tryWatch(r)
	in.enqueue(t)
}

func (in *ingest) finish(run bot.RunID) {
	r := in.runs[run]
	if r == nil {
		return
	}
	r.finished = true
	for _, s := range r.streams {
		s.limit = -1
	}
	in.enqueue(r.bot)
}

func (in *ingest) say(id bot.ID, n *note) {
	t := in.track(id)
	t.items = append(t.items, item{note: n})
	in.enqueue(t)
}

// echo lines up a note before what is still to be read of its run.
func (in *ingest) echo(id bot.ID, n *note) {
	t := in.track(id)
	at := slices.IndexFunc(t.items, func(it item) bool { return it.run != nil && it.run.id == n.run })
	if at < 0 {
		at = len(t.items)
	}
	t.items = slices.Insert(t.items, at, item{note: n})
	in.enqueue(t)
}

// recover takes in runs of a bot that ended while nobody was there, oldest first. They come before
// everything that this life has to say about the bot.
func (in *ingest) recover(id bot.ID, runs []bot.RunID, root string) {
	t := in.track(id)
	var ended []*run
	for _, run := range runs {
		if in.runs[run] != nil {
			continue
		}
		r := in.open(t, run, runDir(root, id, run))
		r.watch, r.finished, r.ended = false, true, true
		ended = append(ended, r)
	}
	t.insert(ended)
	in.enqueue(t)
}

// forget lets go of a bot and calls done when no line of it is on its way any more.
func (in *ingest) forget(id bot.ID, done func()) {
	t := in.tracks[id]
	if t == nil {
		in.recent.forget(id)
		delete(in.state.Heads, id)
		done()
		return
	}
	t.dead = true
	t.whenFree = append(t.whenFree, done)
	t.runs(in.drop)
	t.items, t.closing = nil, nil
	if t.batches == 0 {
		in.bury(t)
	}
}

// bury forgets a dead bot for good.
func (in *ingest) bury(t *track) {
	delete(in.tracks, t.id)
	delete(in.state.Heads, t.id)
	in.recent.forget(t.id)
	for _, f := range t.whenFree {
		f()
	}
}

// startOver goes back to what is stored, after the storage was changed by somebody else (a
// restored backup, a second Botswain). Notes that were on their way are said again.
func (in *ingest) startOver(failed *batch, st State) {
	notes := map[*track][]item{}
	for _, b := range []*batch{failed, in.filling} {
		for _, s := range b.spans {
			for _, l := range b.lines[s.from:s.to] {
				if t := in.tracks[s.bot]; t != nil && l.Stream == System {
					notes[t] = append(notes[t], item{note: &note{l.Run, l.Level, l.Message}})
				}
			}
		}
		for _, t := range b.tracks {
			in.release(t)
		}
	}
	failed.reset(0, nil)
	in.spare = failed
	in.numbering.void()
	in.fresh(in.filling)
	in.adopt(st)
	for _, t := range in.tracks {
		t.seq = st.Heads[t.id]
		t.runs(func(r *run) {
			r.closing = false
			for i, s := range r.streams {
				s.rewind(in.offsets[r.id][i])
			}
		})
		t.items = append(notes[t], t.items...)
		t.insert(t.closing)
		t.closing = nil
		in.enqueue(t)
	}
	in.report()
}

// removeSpool removes the folder of a bot with all its runs.
func removeSpool(root string, id bot.ID) error { return os.RemoveAll(filepath.Join(root, id.String())) }

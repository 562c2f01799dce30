package logs

import (
	"slices"

	"github.com/botswain/botswain/app/bot"
)

// track is one bot's place in the log path: which seq comes next and what is to be read in which
// order. Only the ingest goroutine touches it.
type track struct {
	id      bot.ID
	seq     int64  // the last one given out
	items   []item // in the order in which they are to be stored
	closing []*run // all read; wait for their commit
	queued  bool   // stands in the line of those that are to be read
	batch   uint64
	slot    int
	waiting int64 // bytes that aren't read, when the caps were last looked at
	batches int   // how many batches that aren't stored yet hold lines of it
	// dead and whenFree are for a bot that is being forgotten.
	dead     bool
	whenFree []func()
}

// item is a run to be read, or a note to be stored when everything before it has been.
type item struct {
	run  *run
	note *note
}

// note is Botswain's own words about a bot.
type note struct {
	run   bot.RunID
	level Level
	text  string
}

// insert puts ended runs of an earlier life before everything of this one.
func (t *track) insert(runs []*run) {
	items := make([]item, len(runs))
	for i, r := range runs {
		items[i] = item{run: r}
	}
	t.items = slices.Insert(t.items, 0, items...)
}

// first is the run that is read next; nil: none.
func (t *track) first() *run {
	for _, it := range t.items {
		if it.run != nil {
			return it.run
		}
	}
	return nil
}

// runs visits all runs that aren't removed yet.
func (t *track) runs(visit func(*run)) {
	for _, it := range t.items {
		if it.run != nil {
			visit(it.run)
		}
	}
	for _, r := range t.closing {
		visit(r)
	}
}

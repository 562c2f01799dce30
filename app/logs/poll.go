package logs

import (
	"errors"
	"io/fs"
	"time"
)

// tryWatch watches the run's folder, once it is there.
func (in *ingest) tryWatch(r *run) {
	if !r.watch {
		return
	}
	wd, err := in.watch.add(r.dir, r.id)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	r.watch = false
	if err == nil {
		r.wd = wd
		in.polled--
	}
}

// poll looks at files without being told to, and says when to do so again.
func (in *ingest) poll() time.Duration {
	now := time.Now()
	slow := now.Sub(in.lastSlow) >= slowPoll
	if slow {
		in.lastSlow = now
		in.enqueueAll()
		in.lookAll() // some may not be read now, but how much waits should be known
		in.report()
	}
	if in.polled > 0 {
		for _, r := range in.runs {
			if r.wd == 0 {
				in.enqueue(r.bot)
			}
		}
	}
	for s := range in.rests {
		if !in.draining && now.Sub(s.restSince) >= restWait {
			in.read(s, true)
		}
	}
	if in.polled > 0 || len(in.rests) > 0 {
		return fastPoll
	}
	return slowPoll
}

func (in *ingest) lookAll() {
	for _, r := range in.runs {
		in.lookAt(r)
	}
}

func (in *ingest) lookAt(r *run) {
	for _, s := range r.streams {
		// An error shows when the file is read.
		_ = s.look(in.log)
	}
}

// drain sets the end: what each file holds now is still read.
func (in *ingest) drain() {
	in.draining = true
	in.orders()
	in.lookAll()
	for _, r := range in.runs {
		for _, s := range r.streams {
			if !r.finished && s.file != nil {
				s.limit = s.size
			}
		}
	}
	in.enqueueAll()
}

// report publishes how much waits and since when.
func (in *ingest) report() {
	var p pending
	for _, r := range in.runs {
		p.bytes += r.pending()
	}
	switch {
	case p.bytes == 0:
	case in.storing != nil:
		p.oldest = in.storing.since
	case len(in.filling.lines) > 0:
		p.oldest = in.filling.since
	default:
		p.oldest = time.Now()
	}
	in.pending.Store(&p)
}

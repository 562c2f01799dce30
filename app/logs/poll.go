package logs

import (
	"errors"
	"io/fs"
	"time"
)

// tryWatch watches the run's folder, once it is there. A run that can't be watched is polled, and
// tried again later.
func (in *ingest) tryWatch(r *run) {
	if !r.watch {
		return
	}
	wd, err := in.watch.add(r.dir, r.id)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	r.watch = false
	if err != nil {
		in.unwatched(r, err)
		return
	}
	r.wd = wd
	in.polled--
	in.watchedAgain(r)
}

// mute has the kernel say nothing of a run that is far behind: it is read on without being told to, and each
// event costs the bot a third of what its write takes. It says whether the run must be read once more, for
// what came before it was watched again.
func (in *ingest) mute(r *run, behind bool) (again bool) {
	switch {
	case behind && r.wd != 0 && r.pending() > chunk:
		in.watch.remove(r.wd)
		r.wd, r.muted = 0, true
		in.polled++
	case !behind && r.muted:
		r.muted, r.watch = false, true
		in.tryWatch(r)
		return true
	}
	return false
}

// unwatched counts a run without a watch; of the first it tells everybody.
func (in *ingest) unwatched(r *run, cause error) {
	if r.unwatched {
		return
	}
	r.unwatched = true
	if in.noWatch++; in.noWatch == 1 {
		in.log.Warn("logs: no inotify watches to be had; new output is looked for by polling (see fs.inotify.max_user_watches and max_user_instances)", "error", cause)
		in.tellPolling(true)
	}
}

// watchedAgain takes a run from that count.
func (in *ingest) watchedAgain(r *run) {
	if !r.unwatched {
		return
	}
	r.unwatched = false
	if in.noWatch--; in.noWatch == 0 {
		in.log.Info("logs: all output is watched by inotify again")
		in.tellPolling(false)
	}
}

func (in *ingest) tellPolling(on bool) {
	if in.opt.Polling != nil {
		in.opt.Polling(on)
	}
}

// loseWatches follows up on the loss of the inotify instance.
func (in *ingest) loseWatches() {
	for _, r := range in.runs {
		if r.wd != 0 {
			r.wd = 0
			in.polled++
			in.unwatched(r, errors.New("the inotify instance is gone"))
		}
	}
}

// rewatch tries again where the kernel had no watch to give.
func (in *ingest) rewatch(now time.Time) {
	if in.noWatch == 0 || now.Sub(in.rewatched) < in.watch.kernel.again {
		return
	}
	in.rewatched = now
	for _, r := range in.runs {
		if r.unwatched {
			r.watch = true
			in.tryWatch(r)
			in.enqueue(r.bot) // for what came before the watch
		}
	}
}

// poll looks at files without being told to, and says when to do so again.
func (in *ingest) poll() time.Duration {
	now := time.Now()
	slow := now.Sub(in.lastSlow) >= slowPoll
	if slow {
		in.lastSlow = now
		for _, r := range in.runs {
			in.lookAt(r) // some may not be read now, but how much waits should be known
			if r.due() {
				in.enqueue(r.bot)
			}
		}
		in.report()
		in.removeLeft()
	}
	in.rewatch(now)
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
	r.rest()
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

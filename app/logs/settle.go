package logs

// settle follows up on a batch that the committer is done with.
func (in *ingest) settle(out outcome) {
	b := in.storing
	in.storing = nil
	if out.actual != nil {
		in.startOver(b, *out.actual)
		return
	}
	for _, h := range b.heads {
		in.recent.stored(h.Bot, h.Last)
	}
	if b.shown < len(b.lines) {
		in.reveal(b)
	}
	for i, src := range b.sources {
		s := src.stream
		if s.cuts == src.cuts { // otherwise it counted in what is gone
			s.committed, s.storedHead = b.offsets[i].Committed, b.offsets[i].HeadSeq
		}
		in.giveBack(s)
	}
	in.wipe(b)
	for _, src := range b.sources {
		if r := src.stream.run; r.closing && r.stored() && in.runs[r.id] == r {
			in.remove(r)
		}
	}
	for _, t := range b.tracks {
		in.release(t)
	}
	b.reset(0, nil)
	in.spare = b
	in.report()
}

// release notes that a batch of the bot is done with.
func (in *ingest) release(t *track) {
	t.batches--
	if t.dead && t.batches == 0 {
		in.bury(t)
	}
}

// conclude ends a run of which all has been read.
func (in *ingest) conclude(r *run) {
	if r.stored() {
		in.remove(r)
		return
	}
	r.closing = true
	r.bot.closing = append(r.bot.closing, r)
	r.rest()
}

// remove forgets a run that is stored to its end, and its folder.
func (in *ingest) remove(r *run) {
	in.drop(r)
	closing := r.bot.closing[:0]
	for _, c := range r.bot.closing {
		if c != r {
			closing = append(closing, c)
		}
	}
	clear(r.bot.closing[len(closing):])
	r.bot.closing = closing
	if r.keep {
		return
	}
	in.removeFolder(r.dir)
}

// drop forgets a run in memory.
func (in *ingest) drop(r *run) {
	r.close()
	if r.wd != 0 {
		in.watch.remove(r.wd)
	} else {
		in.polled--
	}
	in.watchedAgain(r)
	for _, s := range r.streams {
		delete(in.rests, s)
	}
	delete(in.runs, r.id)
}

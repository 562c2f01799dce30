package supervisor

import "os"

// load queues what an earlier Botswain couldn't store. Call it once, before run.
func (j *journal) load() error {
	if j.disk == nil {
		close(j.before)
		return nil
	}
	changes, damaged, err := j.disk.load()
	if err != nil {
		return err
	}
	if damaged > 0 {
		j.log.Error("the journal on disk is damaged; some changes of bots are lost", "lost", damaged)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.spilled = j.disk.file != nil
	if len(changes) == 0 {
		close(j.before)
		return nil
	}
	j.log.Info("changes of bots that an earlier Botswain could not store are stored first", "changes", len(changes))
	for _, c := range changes {
		j.queue = append(j.queue, newEntry(c))
	}
	j.queue[len(j.queue)-1].done = j.before
	return nil
}

// keep brings a new entry into the file, or the whole queue when that is the better way. j.mu is held.
func (j *journal) keep(e *entry, merged bool) {
	if j.unsound {
		return // spill tries again each second: writing all of it with each change would hold everybody up
	}
	if merged || j.disk.records > 2*j.cap { // what was stored is in there as well
		j.rewrite()
		return
	}
	if err := j.disk.add(e.Change); err != nil {
		j.failed(err)
	}
}

// spill sees to it that what waits is on disk.
func (j *journal) spill() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.disk == nil || j.spilled && !j.unsound {
		return
	}
	if len(j.flight)+len(j.queue)+len(j.given) == 0 {
		return
	}
	j.spilled = true
	j.rewrite()
}

// rewrite makes the file anew. j.mu is held.
func (j *journal) rewrite() {
	all := make([]*entry, 0, len(j.given)+len(j.flight)+len(j.queue))
	all = append(append(append(all, j.given...), j.flight...), j.queue...)
	if err := j.disk.replace(all); err != nil {
		j.failed(err)
		return
	}
	j.unsound = false
}

// failed notes that the disk doesn't take what waits; bots go on, and it is tried again. j.mu is held.
func (j *journal) failed(err error) {
	if !j.unsound {
		j.log.Error("changes of bots wait for the database in memory only", "err", err)
	}
	j.unsound = true
}

// sync brings the file to the disk, without holding anybody up.
func (j *journal) sync() {
	j.mu.Lock()
	var f *os.File
	if j.disk != nil {
		f = j.disk.file
	}
	j.mu.Unlock()
	if f == nil {
		return
	}
	if err := j.disk.sync(f); err != nil {
		j.log.Error("changes of bots that wait for the database may not outlive a power cut", "err", err)
	}
}

// landed follows a try: what was stored needs no file any more, once nothing waits.
func (j *journal) landed(stored bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !stored {
		j.given = append(j.given, j.flight...)
	}
	j.flight = nil
	if !j.spilled || len(j.queue)+len(j.given) > 0 {
		return
	}
	if err := j.disk.clear(); err != nil {
		j.log.Error("the journal on disk can't be cleared", "err", err)
		return // it grows on, and is tried again
	}
	j.spilled, j.unsound = false, false
}

// shut lets go of the file; what is in it is for the next Botswain.
func (j *journal) shut() {
	j.sync()
	j.mu.Lock()
	defer j.mu.Unlock()
	if n := len(j.given); n > 0 && j.disk != nil && !j.unsound {
		j.log.Warn("changes of bots wait on disk for the next start", "changes", n)
	} else if n > 0 {
		j.log.Error("changes of bots could not be stored before the end", "changes", n)
	}
	if j.disk != nil {
		j.disk.close()
	}
}

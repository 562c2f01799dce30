package supervisor

import "time"

// timer is one thing that an actor waits for. actor.timer is what its state waits for: being up, the
// next start, the end of a stop. What it does runs on the actor's goroutine, and never after stop or another set.
type timer struct {
	generation uint64
	t          *time.Timer
}

func (t *timer) set(a *actor, d time.Duration, do message) {
	t.stop()
	mine := t.generation
	t.t = time.AfterFunc(max(0, d), func() {
		a.tell(func(a *actor) {
			if t.generation == mine {
				do(a)
			}
		})
	})
}

func (t *timer) stop() {
	t.generation++
	if t.t != nil {
		t.t.Stop()
		t.t = nil
	}
}

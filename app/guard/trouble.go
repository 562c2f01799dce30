package guard

import (
	"time"

	"github.com/botswain/botswain/app/bot"
)

const (
	// tolerated is how long trouble may go on until it counts: a copy that is being stopped, or the
	// run before, may still have a question open at the platform.
	tolerated = 90 * time.Second
	// quiet is how long it must be away to be over.
	quiet = 90 * time.Second
	// newsAgain is after how much quiet it is told once more.
	newsAgain = 15 * time.Minute
)

// trouble is one kind of sign in the output of one bot.
type trouble struct {
	run         bot.RunID
	since, last time.Time // of this run: the first sign without quiet after it, and the newest
	seen        int       // since then
	told        time.Time // the newest that was told, or came after one that was
	doubted     bool
}

// verdict is what a sign leads to.
type verdict struct{ tell, doubt bool }

// heard takes note of a sign.
func (t *trouble) heard(run bot.RunID, least int, now time.Time) (v verdict) {
	if t.run != run || now.Sub(t.last) >= quiet {
		t.run, t.since, t.seen, t.doubted = run, now, 0, false
	}
	t.seen++
	t.last = now
	if t.seen < least {
		return v
	}
	v.tell = t.told.IsZero() || now.Sub(t.told) >= newsAgain
	t.told = now
	if !t.doubted && now.Sub(t.since) >= tolerated {
		t.doubted, v.doubt = true, true
	}
	return v
}

// over says, once, that what was doubted is quiet.
func (t *trouble) over(run bot.RunID, now time.Time) bool {
	if !t.doubted || t.run != run || now.Sub(t.last) < quiet {
		return false
	}
	t.doubted = false
	return true
}

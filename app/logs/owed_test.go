package logs

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/botswain/botswain/app/bot"
)

// gated is a storage whose deletions wait.
type gated struct {
	Storage
	open      chan struct{}
	deletions atomic.Int32
}

func (g *gated) Delete(ctx context.Context, id bot.ID) error {
	g.deletions.Add(1)
	select {
	case <-g.open:
		return g.Storage.Delete(ctx, id)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// TestForgottenOnce: however many ask for it, one works on a deleted bot at a time, and all hear of it.
func TestForgottenOnce(t *testing.T) {
	r := newRig(t)
	g := &gated{Storage: NewPostgres(r.pool), open: make(chan struct{})}
	r.startOn(g, func() {})
	id := r.bot()
	run, dir := r.folder(id)
	r.svc.Follow(id, run, dir)
	r.print(dir, "stdout", strings.Repeat("x\n", 1000))
	r.waitSeq(id, 1000)
	var wg sync.WaitGroup
	ask := func() {
		if err := r.svc.Forget(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	wg.Go(ask)
	r.wait("the deletion", func() bool { return g.deletions.Load() == 1 })
	const more = 7
	for range more {
		wg.Go(ask)
	}
	r.wait("the others to have asked", func() bool {
		r.svc.owed.mu.Lock()
		defer r.svc.owed.mu.Unlock()
		return len(r.svc.owed.bots[id].asked) == more
	})
	close(g.open)
	wg.Wait()
	if n := g.deletions.Load(); n != 2 { // who asks once it is under way has it looked again, once for all of them
		t.Errorf("%d deletions", n)
	}
	if n := len(r.lines(id)); n != 0 {
		t.Errorf("%d lines left", n)
	}
	r.stopClean()
}

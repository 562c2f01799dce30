package local

import (
	"context"
	"slices"
	"sync"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/runner"
)

// ends keeps the ends that weren't delivered yet. The keeper never waits for the watcher.
type ends struct {
	mu   sync.Mutex
	list []untold
	more chan struct{} // capacity 1
	done chan struct{}
	shut bool
	wait sync.WaitGroup
}

type untold struct {
	instance runner.Instance
	ended    runner.Ended
}

func newEnds() *ends {
	return &ends{more: make(chan struct{}, 1), done: make(chan struct{})}
}

func (e *ends) add(u untold) {
	e.mu.Lock()
	e.list = append(e.list, u)
	e.mu.Unlock()
	select {
	case e.more <- struct{}{}:
	default:
	}
}

func (e *ends) first() (runner.Ended, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.list) == 0 {
		return runner.Ended{}, false
	}
	return e.list[0].ended, true
}

func (e *ends) drop() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.list = slices.Delete(e.list, 0, 1)
}

// instances are the runs whose ends weren't delivered yet.
func (e *ends) instances() []runner.Instance {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := make([]runner.Instance, len(e.list))
	for i, u := range e.list {
		all[i] = u.instance
	}
	return all
}

func (e *ends) find(id bot.RunID) (runner.Instance, bool) {
	for _, in := range e.instances() {
		if in.Run == id {
			return in, true
		}
	}
	return runner.Instance{}, false
}

func (e *ends) close() {
	e.mu.Lock()
	e.shut = true
	e.mu.Unlock()
	close(e.done)
	e.wait.Wait()
}

// deliver hands ends to c until ctx is over. An end counts as told only when it was received.
func (e *ends) deliver(ctx context.Context, c chan<- runner.Ended) {
	defer e.wait.Done()
	defer close(c)
	for {
		ended, ok := e.first()
		if !ok {
			select {
			case <-e.more:
			case <-ctx.Done():
				return
			case <-e.done:
				return
			}
			continue
		}
		select {
		case c <- ended:
			e.drop()
		case <-ctx.Done():
			return
		case <-e.done:
			return
		}
	}
}

// Watch delivers the end of each run exactly once, also of those that ended before. There is one
// watcher at a time; the channel is closed when ctx ends or the backend is closed.
func (b *Backend) Watch(ctx context.Context) <-chan runner.Ended {
	c := make(chan runner.Ended)
	b.ends.mu.Lock()
	defer b.ends.mu.Unlock()
	if b.ends.shut {
		close(c)
		return c
	}
	b.ends.wait.Add(1)
	go b.ends.deliver(ctx, c)
	return c
}

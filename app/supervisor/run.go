package supervisor

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"sync"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/runner"
)

// Run adopts and starts what should live, and supervises until Shutdown. When ctx ends without
// it, the bots are left running. It returns after all goroutines have ended and what happened is
// stored, or given up after three seconds without a database.
func (s *Supervisor) Run(ctx context.Context) error {
	s.mu.Lock()
	if s.began {
		s.mu.Unlock()
		return errAgain
	}
	s.began = true
	s.mu.Unlock()
	defer close(s.finished)
	if err := s.journal.load(); err != nil {
		return err
	}
	go s.journal.run()
	err := s.supervise(ctx)
	drain, stop := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer stop()
	s.journal.close(drain)
	return err
}

func (s *Supervisor) supervise(ctx context.Context) error {
	starting, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-s.closing:
			cancel()
		case <-starting.Done():
		}
	}()
	err := s.reconcile(starting)
	if starting.Err() != nil {
		err = nil // it was cut short on purpose
	}
	// Ends must be heard for as long as actors live, so past ctx.
	watching, unwatch := context.WithCancel(context.WithoutCancel(ctx))
	defer unwatch()
	ends := s.backend.Watch(watching)
	var dispatcher sync.WaitGroup
	dispatcher.Go(func() {
		for e := range ends {
			s.dispatch(e)
		}
	})
	if err == nil {
		close(s.ready)
		select {
		case <-ctx.Done():
		case <-s.closing:
		}
	}
	s.close(true) // unless Shutdown came first, and said what to do
	s.finishLives()
	unwatch()
	dispatcher.Wait()
	return err
}

// close begins the end, once.
func (s *Supervisor) close(leave bool) {
	s.once.Do(func() {
		s.leave = leave
		close(s.closing)
	})
}

// dispatch brings an end to its bot.
func (s *Supervisor) dispatch(e runner.Ended) {
	s.mu.Lock()
	a, ok := s.actors[e.Bot]
	s.mu.Unlock()
	if !ok || !a.tell(func(a *actor) { a.ended(e) }) {
		s.stray(e)
	}
}

// stray closes a run that no actor has: of a deleted bot, or a second one of a bot.
func (s *Supervisor) stray(e runner.Ended) {
	s.log.Info("a run that no bot owns has ended", "bot", e.Bot, "run", e.Run)
	s.logs.Finish(e.Run)
	exit := e.Exit
	exit.Reason = exitWords(exit, 0)
	s.journal.put(Change{Bot: e.Bot, End: &RunEnd{ID: e.Run, Exit: exit}})
}

// finishLives ends all actors, in parallel, and waits for them.
func (s *Supervisor) finishLives() {
	s.mu.Lock()
	s.ended = true
	for _, a := range s.actors {
		a.tell(func(a *actor) { a.shutdown(s.leave) })
	}
	s.mu.Unlock()
	s.lives.Wait()
	s.launches.Wait()
	s.checks.Wait()
}

// shutdown ends the actor, and its process unless that is to be left.
func (a *actor) shutdown(leave bool) {
	a.closing = true
	switch {
	case leave && a.install != nil && a.install.launching:
		a.leaving = true // the launcher's report still comes; the installation goes on
	case leave && a.run != nil && a.run.launching:
		a.leaving = true // the launcher's report still comes
		a.run.cancel()   // what isn't executed yet is the next Botswain's to start
	case leave:
		a.over = true
	case a.install != nil:
		a.cancelInstall(event.Botswain, "cancelled because Botswain stopped")
	case a.run == nil:
		a.over = true
	case a.st.State != bot.Stopping:
		e := a.asked(bot.WithBotswain, event.Botswain)
		e.hold = a.heldBy(func(bot.ID) bool { return true })
		a.stop(e)
	}
}

// Shutdown stops all bots, each by its own stop policy and all at once, or leaves them running,
// and waits until Run has returned. The wish of people stays as it is stored. A second call
// waits as well. When ctx ends first the error names the bots that still live.
func (s *Supervisor) Shutdown(ctx context.Context, leave bool) error {
	s.close(leave)
	s.mu.Lock()
	if !s.began { // then it never shall
		s.began = true
		close(s.finished)
	}
	s.mu.Unlock()
	select {
	case <-s.finished:
		return nil
	case <-ctx.Done():
	}
	var living []string
	for _, st := range s.Statuses() {
		if st.State.Alive() {
			living = append(living, fmt.Sprintf("%s (pid %d)", st.ID, st.PID))
		}
	}
	sort.Strings(living)
	return fmt.Errorf("shutdown: %w; still alive: %s", ctx.Err(), strings.Join(living, ", "))
}

package supervisor

import (
	"context"
	"fmt"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
)

// Act does what a person asks, and answers the status right after: of a stop, that is Stopping.
// What was answered is stored, so that a Botswain that dies next does as it was told when it is
// back; only a database that is away doesn't hold the answer up. An action that the state forbids
// is a fault.Conflict, and so is a start that a Gate refused.
func (s *Supervisor) Act(ctx context.Context, id bot.ID, action bot.Action, by event.Actor) (bot.Status, error) {
	a, err := s.actor(ctx, id)
	if err != nil {
		return bot.Status{}, err
	}
	var stored <-chan struct{}
	var asked *admission
	err = s.ask(ctx, a, func(a *actor, answer func(error)) {
		err := a.act(action, by)
		stored = a.stored
		asked = a.asksNow(action)
		answer(err)
	})
	if err != nil {
		return bot.Status{}, err
	}
	s.awaitStored(ctx, stored)
	if err := asked.await(ctx); err != nil {
		return bot.Status{}, err
	}
	st, _ := s.Status(id)
	return st, nil
}

// settleTime bounds Settle.
const settleTime = time.Second

// Settle returns when what statuses tell by now can be read from the database as well: who saw a bot
// run again finds the run. It waits a second at most, and not for a database that is away.
func (s *Supervisor) Settle(ctx context.Context) {
	newest := s.journal.newest()
	if newest == nil || s.journal.failing.Load() {
		return
	}
	s.journal.wake()
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	select {
	case <-newest:
	case <-ctx.Done():
	}
}

// ask runs do on the actor's goroutine and waits for its answer. When the actor ends first the
// answer is that there is no such bot (or that Botswain stops).
func (s *Supervisor) ask(ctx context.Context, a *actor, do func(a *actor, answer func(error))) error {
	return s.begun(ctx, a, do)()
}

// begun is ask in two steps: do will be run, and what is returned waits for its answer.
func (s *Supervisor) begun(ctx context.Context, a *actor, do func(a *actor, answer func(error))) (wait func() error) {
	reply := make(chan error, 1)
	if !a.tell(func(a *actor) { do(a, func(err error) { reply <- err }) }) {
		return s.gone
	}
	return func() error { return s.answer(ctx, a, reply) }
}

func (s *Supervisor) answer(ctx context.Context, a *actor, reply <-chan error) error {
	select {
	case err := <-reply:
		return err
	case <-ctx.Done():
		return fmt.Errorf("wait for a bot: %w", ctx.Err())
	case <-a.done:
	}
	// It may have answered as the last thing it did.
	select {
	case err := <-reply:
		return err
	default:
		return s.gone()
	}
}

func (s *Supervisor) gone() error {
	select {
	case <-s.closing:
		return closingFault()
	default:
		return noSuchBot()
	}
}

func noSuchBot() error { return fault.New(fault.NotFound, "There is no such bot.") }

func (s *Supervisor) actor(ctx context.Context, id bot.ID) (*actor, error) {
	if err := s.awaitReady(ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.actors[id]
	if !ok {
		return nil, noSuchBot()
	}
	return a, nil
}

func (s *Supervisor) awaitReady(ctx context.Context) error {
	select {
	case <-s.closing:
		return closingFault()
	default:
	}
	select {
	case <-s.ready:
		return nil
	case <-s.closing:
		return closingFault()
	case <-ctx.Done():
		return fmt.Errorf("wait for the supervisor: %w", ctx.Err())
	}
}

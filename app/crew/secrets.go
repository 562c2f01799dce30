package crew

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/secret"
)

// SetSecrets changes a bot's secrets and nothing else. It applies at the next start. Errors are those
// of secret.Change.Check; what changes nothing is no error.
func (s *Service) SetSecrets(ctx context.Context, by event.Actor, id bot.ID, c secret.Change) (View, error) {
	b, err := s.find(ctx, id)
	if err != nil {
		return View{}, err
	}
	if c.IsZero() {
		return s.view(b), nil
	}
	if err := c.Check(); err != nil {
		return View{}, err
	}
	if err := s.begin(ctx); err != nil {
		return View{}, err
	}
	defer s.change.give()
	b, ok := s.roll.get(id) // as it is now: a directory that is gone is no reason to refuse a secret
	if !ok {
		return View{}, fault.New(fault.NotFound, "There is no such bot.")
	}
	if s.roll.isLeaving(id) {
		return View{}, leavingFault()
	}
	change, err := s.prepare(id, c)
	if err != nil || change.none() {
		return s.view(b), err
	}
	b, err = s.store.Update(ctx, b, b.Version, event.Event{}, change.inTx(by)...)
	if err != nil {
		return View{}, s.unsure(err)
	}
	change.done()
	s.took(ctx, b)
	return s.view(b), nil
}

// prepared is a change of secrets that goes with a write; nil is none.
type prepared struct{ *secret.Prepared }

// prepare checks a change. s.change is held.
func (s *Service) prepare(id bot.ID, c secret.Change) (prepared, error) {
	if c.IsZero() {
		return prepared{}, nil
	}
	if s.secrets == nil {
		return prepared{}, fault.New(fault.Unavailable, "This Botswain keeps no secrets.")
	}
	p, err := s.secrets.Prepare(id, c)
	return prepared{p}, err
}

func (p prepared) none() bool { return p.Prepared == nil || p.IsZero() }

func (p prepared) inTx(by event.Actor) []InTx {
	if p.none() {
		return nil
	}
	return []InTx{func(ctx context.Context, tx pgx.Tx) error { return p.Store(ctx, tx, by) }}
}

func (p prepared) done() {
	if !p.none() {
		p.Done()
	}
}

func (s *Service) forgetSecrets(id bot.ID) {
	if s.secrets != nil {
		s.secrets.Forget(id)
	}
}

// also joins what is wrong with a definition and with its secrets, so that nobody has to find one
// mistake after the other.
func also(spec, secrets error) error {
	a, ok := fault.As(spec)
	b, bad := fault.As(secrets)
	switch {
	case !bad:
		return spec
	case spec == nil:
		return secrets
	case !ok:
		return spec
	}
	all := maps.Clone(a.Fields)
	maps.Copy(all, b.Fields)
	return &fault.Error{Code: fault.Invalid, Message: "Please correct: " + strings.Join(slices.Sorted(maps.Keys(all)), ", ") + ".", Fields: all}
}

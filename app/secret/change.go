package secret

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
)

// Limits of what is kept. Linux takes 128 KiB for one variable; the totals keep a start possible.
const (
	MaxValue   = 64 << 10 // bytes
	MaxTotal   = 256 << 10
	MaxSecrets = 50
)

// Change is what shall become of a bot's secrets. The zero Change leaves them.
type Change struct {
	Set    map[string]string // values by name
	Remove []string          // names; one that isn't there is no error
	Only   bool              // what isn't in Set goes
}

// IsZero says whether it asks for nothing.
func (c Change) IsZero() bool { return len(c.Set) == 0 && len(c.Remove) == 0 && !c.Only }

// Field is what Check calls a secret in its error: "secrets.TOKEN".
func Field(name string) string { return "secrets." + name }

// Check says what is wrong with the change itself: nil, or a fault.Invalid. Its fields are "secrets"
// and, for names that can be one, Field(name). It never repeats a value, nor a name that can't be one:
// people paste a token into the wrong box.
func (c Change) Check() error {
	wrong := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(c.Set)) {
		value := c.Set[name]
		message := ""
		switch {
		case !bot.VariableName(name):
			wrong["secrets"] = "The name of a secret has letters, digits and _, doesn't begin with a digit, and has at most 128 characters."
			continue
		case bot.Reserved(name):
			message = name + " is set by Botswain itself; choose another name."
		case value == "":
			message = "Give a value."
		case len(value) > MaxValue:
			message = fmt.Sprintf("Give at most %d KiB.", MaxValue>>10)
		case !utf8.ValidString(value) || strings.ContainsRune(value, 0):
			message = "Take out the NUL or invalid UTF-8 byte."
		}
		if message != "" {
			wrong[Field(name)] = message
		}
	}
	return invalid(wrong)
}

func invalid(wrong map[string]string) error {
	if len(wrong) == 0 {
		return nil
	}
	return &fault.Error{Code: fault.Invalid, Message: "Please correct: " + strings.Join(slices.Sorted(maps.Keys(wrong)), ", ") + ".", Fields: wrong}
}

// Prepared is a checked change of one bot's secrets. Call Store within a transaction and Done after its
// commit; when nobody can know whether that happened, Vault.Reload instead.
type Prepared struct {
	v      *Vault
	bot    bot.ID
	set    map[string]string
	remove []string
	at     time.Time
}

// Prepare checks a change: what Check says, and that there aren't too many secrets after it. A value that is
// there already is no change. Changes of one bot must not overlap.
func (v *Vault) Prepare(id bot.ID, c Change) (*Prepared, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	v.mu.RLock()
	defer v.mu.RUnlock()
	now := map[string]entry{}
	if k := v.bots[id]; k != nil {
		now = k.now
	}
	p := &Prepared{v: v, bot: id, set: maps.Clone(c.Set)}
	size, count := 0, len(c.Set)
	for _, value := range c.Set {
		size += len(value)
	}
	for _, name := range slices.Sorted(maps.Keys(now)) {
		value, set := c.Set[name]
		switch {
		case set:
			if e := now[name]; value == e.value && !e.broken {
				delete(p.set, name)
			}
		case c.Only || slices.Contains(c.Remove, name):
			p.remove = append(p.remove, name)
		default:
			size += len(now[name].value)
			count++
		}
	}
	switch {
	case count > MaxSecrets:
		return nil, invalid(map[string]string{"secrets": fmt.Sprintf("A bot may have at most %d secrets.", MaxSecrets)})
	case size > MaxTotal:
		return nil, invalid(map[string]string{"secrets": fmt.Sprintf("Shorten the secrets to at most %d KiB together.", MaxTotal>>10)})
	}
	return p, nil
}

// IsZero says whether nothing is to be done.
func (p *Prepared) IsZero() bool { return len(p.set) == 0 && len(p.remove) == 0 }

// Store writes the change and an event for each name, in the caller's transaction.
func (p *Prepared) Store(ctx context.Context, tx pgx.Tx, by event.Actor) error {
	names := slices.Sorted(maps.Keys(p.set))
	for {
		p.v.mu.RLock()
		s := p.v.rings.write
		p.v.mu.RUnlock()
		sealed := make([]sealedValue, len(names))
		for i, name := range names {
			value := p.set[name]
			sealed[i] = sealedValue{name, s.sealValue(p.bot, name, value), p.v.Fingerprint(value), hint(value)}
		}
		var err error
		if p.at, err = change(ctx, tx, p.bot, s.id, sealed, p.remove); err == nil {
			break
		} else if !errors.Is(err, errKeyGone) || ctx.Err() != nil {
			return err
		}
		// A rotation has just ended: seal them under its key.
		if p.v.writer() == s {
			return err
		}
	}
	for _, e := range p.events(names) {
		e.Bot, e.Actor = &p.bot, by
		if err := event.Insert(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}

func (v *Vault) writer() *sealer {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.rings.write
}

func (p *Prepared) events(set []string) []event.Event {
	list := make([]event.Event, 0, len(set)+len(p.remove))
	for _, name := range set {
		list = append(list, event.Event{Kind: event.SecretSet, Message: "Set the secret " + name})
	}
	for _, name := range p.remove {
		list = append(list, event.Event{Kind: event.SecretRemoved, Message: "Removed the secret " + name})
	}
	return list
}

// Done takes the stored change into memory and tells who wants to know.
func (p *Prepared) Done() {
	if p.IsZero() {
		return
	}
	p.v.mu.Lock()
	k := p.v.kept(p.bot)
	now := maps.Clone(k.now)
	if now == nil {
		now = map[string]entry{}
	}
	for _, name := range p.remove {
		delete(now, name)
	}
	for name, value := range p.set {
		now[name] = entry{value: value, fingerprint: p.v.Fingerprint(value), hint: hint(value), updated: p.at}
	}
	k.replace(now)
	p.v.reindex()
	p.v.mu.Unlock()
	p.v.changed(p.bot)
}

// Forget takes the secrets of a deleted bot out of memory; their rows went with the bot's.
func (v *Vault) Forget(id bot.ID) {
	v.mu.Lock()
	_, was := v.bots[id]
	delete(v.bots, id)
	v.reindex()
	v.mu.Unlock()
	if was {
		v.changed(id)
	}
}

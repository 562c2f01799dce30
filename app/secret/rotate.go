package secret

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
)

// resealBatch is how many secrets move to the new key in one transaction.
const resealBatch = 50

// resealPause is how long to wait for a transaction that has the last secrets locked.
const resealPause = 20 * time.Millisecond

// Rotated is what a rotation did.
type Rotated struct {
	From, To string // ids of keys
	// Todo says what is left for a person to do; "" when nothing is.
	Todo string
}

// Rotate gives the installation another key: it seals all secrets anew, then forgets the old key. Bots
// go on, can be started, and secrets can be set meanwhile. It can be interrupted at any moment; then
// it goes on at the next Open, or when it is called again:
//
//  1. The new key is made and safely stored by Keys.
//  2. Its id and the wrapped subkeys are stored as "next". From here on values are sealed under it.
//  3. The others move, some in each transaction. Both keys are needed until the last one has.
//  4. In one transaction: nothing is left under the old key, so it is retired and the new one current.
//  5. Keys puts the new one in the place of the old one.
//
// A second call meanwhile is a fault.Conflict.
func (v *Vault) Rotate(ctx context.Context, by event.Actor) (Rotated, error) {
	select {
	case v.rotating <- struct{}{}:
		defer func() { <-v.rotating }()
	default:
		return Rotated{}, fault.New(fault.Conflict, "The encryption key is being rotated already.")
	}
	from, to, err := v.toNext(ctx)
	if err != nil {
		return Rotated{}, err
	}
	if err := v.move(ctx, from, to, by); err != nil {
		return Rotated{}, err
	}
	todo, err := v.keys.Rotated(from.id, to.id)
	if err != nil {
		return Rotated{}, fmt.Errorf("put the new encryption key in the place of the old one: %w", err)
	}
	return Rotated{From: from.id, To: to.id, Todo: todo}, nil
}

// toNext has values sealed under the next key from now on. It gives both keys.
func (v *Vault) toNext(ctx context.Context) (from, to *sealer, err error) {
	rows, err := v.store.keys(ctx)
	if err != nil {
		return nil, nil, err
	}
	current, following := find(rows, keyCurrent), find(rows, keyNext)
	v.mu.RLock()
	r := v.rings
	v.mu.RUnlock()
	if current == nil || r.by[current.id] == nil {
		return nil, nil, fault.New(fault.Conflict, "The encryption key in the database isn't the one that Botswain started with. Start it again.")
	}
	from = r.by[current.id]
	if following != nil && r.by[following.id] != nil {
		return from, r.by[following.id], nil // an interrupted rotation
	}
	key, err := v.keys.Next(ctx)
	if err != nil {
		return nil, nil, err
	}
	if to, err = newSealer(key.Bytes); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", key.From, err)
	}
	for _, r := range rows {
		if r.id == to.id {
			return nil, nil, fault.New(fault.Invalid, "The key in %s (id %s) is or was in use already. Make a new one, with: openssl rand -base64 32", key.From, to.id)
		}
	}
	var wrapped []subkeyRow
	for purpose, sub := range v.subkeys {
		wrapped = append(wrapped, subkeyRow{purpose: purpose, key: to.id, wrapped: to.wrap(purpose, sub)})
	}
	if err := v.store.addKey(ctx, keyRow{id: to.id, state: keyNext, proof: to.proof()}, wrapped, nil); err != nil {
		return nil, nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	by := maps.Clone(v.rings.by)
	by[to.id] = to
	v.rings = rings{write: to, by: by}
	return from, to, nil
}

// move seals what is under the old key under the new one, until nothing is, and retires the old one.
func (v *Vault) move(ctx context.Context, from, to *sealer, by event.Actor) error {
	again := func(r secretRow) ([]byte, error) {
		value, err := from.openValue(r.bot, r.name, r.sealed)
		if err != nil {
			// It couldn't be read before either; moving it as it is keeps it unreadable and the rotation possible.
			v.log.Error("a stored secret can't be decrypted; it moves to the new key as it is", "bot", r.bot, "name", r.name)
			return r.sealed, nil
		}
		return to.sealValue(r.bot, r.name, value), nil
	}
	for {
		n, err := v.store.reseal(ctx, from.id, to.id, v.batch, again)
		if err != nil {
			return err
		}
		if n > 0 {
			continue
		}
		done, err := v.store.promote(ctx, from.id, to.id, event.Event{
			Kind: event.KeyRotated, Actor: by, Message: fmt.Sprintf("Rotated the encryption key: %s replaces %s", to.id, from.id),
		})
		if err != nil || done {
			return err
		}
		// Somebody is changing the last ones just now.
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(resealPause):
		}
	}
}

// Status is how the keys stand.
type Status struct {
	Key     string // id of the key that values are sealed under
	Old     string // id of the one that a rotation comes from; "" when none goes on
	Left    int    // secrets that are still under Old
	Secrets int    // all of them
}

// Status says how the keys stand.
func (v *Vault) Status(ctx context.Context) (Status, error) {
	rows, err := v.store.keys(ctx)
	if err != nil {
		return Status{}, err
	}
	all, err := v.store.secrets(ctx)
	if err != nil {
		return Status{}, err
	}
	s := Status{Secrets: len(all)}
	if k := find(rows, keyCurrent); k != nil {
		s.Key = k.id
	}
	if k := find(rows, keyNext); k != nil {
		s.Old, s.Key = s.Key, k.id
		for _, r := range all {
			if r.key == s.Old {
				s.Left++
			}
		}
	}
	return s, nil
}

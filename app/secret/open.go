package secret

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
)

// fingerprintKey is the purpose of the subkey of fingerprints.
const fingerprintKey = "fingerprint"

// Open checks the key, reads all secrets into memory, and goes on with a rotation that was interrupted.
// The tables must be up to date, and no other Botswain may use them. A key that isn't the one which
// the secrets are sealed under is a fault.Invalid that says what to do; nothing is changed then.
func Open(ctx context.Context, o Options) (*Vault, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	v := &Vault{
		store: &store{o.Pool}, keys: o.Keys, log: o.Log, first: maps.Clone(o.Subkeys),
		batch: resealBatch, rotating: make(chan struct{}, 1), bots: map[bot.ID]*kept{},
	}
	if v.first == nil {
		v.first = map[string]func([]byte) ([]byte, error){}
	}
	v.first[fingerprintKey] = func([]byte) ([]byte, error) {
		key := make([]byte, KeyBytes)
		_, _ = rand.Read(key) // never fails
		return key, nil
	}
	next, err := v.unlock(ctx)
	if err != nil {
		return nil, err
	}
	if err := v.Reload(ctx); err != nil {
		return nil, err
	}
	if next {
		v.log.Info("going on with the rotation of the encryption key that was interrupted")
		if _, err := v.Rotate(ctx, ""); err != nil {
			return nil, fmt.Errorf("go on with the rotation of the encryption key: %w", err)
		}
		return v, nil
	}
	return v, v.settle()
}

// settle tells the keys' keeper about a rotation that had ended when it couldn't be told.
func (v *Vault) settle() error {
	held, err := v.keys.Held()
	if err != nil || len(held) < 2 {
		return err
	}
	now := v.rings.write.id
	inUse, err := KeyID(held[0].Bytes)
	if err != nil || inUse == now {
		return err
	}
	todo, err := v.keys.Rotated(inUse, now)
	if err != nil {
		return fmt.Errorf("put the new encryption key in the place of the old one: %w", err)
	}
	if todo != "" {
		v.log.Warn("the encryption key was rotated, and the settings still have the old one first: " + todo)
	}
	return nil
}

// unlock finds the keys that the database needs among those that there are. next says that a rotation
// was interrupted.
func (v *Vault) unlock(ctx context.Context) (next bool, err error) {
	held, err := v.keys.Held()
	if err != nil {
		return false, err
	}
	have := map[string]*sealer{}
	for _, k := range held {
		s, err := newSealer(k.Bytes)
		if err != nil {
			return false, fmt.Errorf("%s: %w", k.From, err)
		}
		have[s.id] = s
	}
	rows, err := v.store.keys(ctx)
	if err != nil {
		return false, err
	}
	current, following := find(rows, keyCurrent), find(rows, keyNext)
	if current == nil {
		return false, v.begin(ctx, held, nil)
	}
	missing := have[current.id] == nil || !have[current.id].proves(current.proof)
	missingNext := following != nil && (have[following.id] == nil || !have[following.id].proves(following.proof))
	if missing || missingNext {
		if empty, err := v.isEmpty(ctx); err != nil {
			return false, err
		} else if empty {
			v.log.Warn("the encryption key is another one than before; no secret is stored, so nothing is lost")
			return false, v.begin(ctx, held, rows)
		}
		return false, v.wrongKey(held, rows, *current, following, missing)
	}
	v.rings = rings{write: have[current.id], by: map[string]*sealer{current.id: have[current.id]}}
	if following != nil {
		v.rings.write = have[following.id]
		v.rings.by[following.id] = have[following.id]
	}
	return following != nil, v.openSubkeys(ctx)
}

func find(rows []keyRow, state string) *keyRow {
	if i := slices.IndexFunc(rows, func(r keyRow) bool { return r.state == state }); i >= 0 {
		return &rows[i]
	}
	return nil
}

func (v *Vault) isEmpty(ctx context.Context) (bool, error) {
	secrets, err := v.store.secrets(ctx)
	return len(secrets) == 0, err
}

// begin makes the first of the keys that there are the current one; those in rows are retired.
func (v *Vault) begin(ctx context.Context, held []Key, rows []keyRow) error {
	if len(held) == 0 {
		return fmt.Errorf("there is no encryption key")
	}
	s, err := newSealer(held[0].Bytes)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(rows, func(r keyRow) bool { return r.id == s.id }) {
		return fault.New(fault.Invalid, "The encryption key in %s (id %s) was retired by a rotation. Make a new one.", held[0].From, s.id)
	}
	var fresh []string
	for _, r := range rows {
		if r.state != keyRetired {
			fresh = append(fresh, r.id)
		}
	}
	v.rings = rings{write: s, by: map[string]*sealer{s.id: s}}
	v.subkeys = map[string][]byte{}
	var wrapped []subkeyRow
	for purpose, make := range v.first {
		if v.subkeys[purpose], err = make(s.root); err != nil {
			return err
		}
		wrapped = append(wrapped, subkeyRow{purpose: purpose, key: s.id, wrapped: s.wrap(purpose, v.subkeys[purpose])})
	}
	return v.store.addKey(ctx, keyRow{id: s.id, state: keyCurrent, proof: s.proof()}, wrapped, fresh)
}

// openSubkeys unwraps what is stored under the key that is written with, and adds what isn't there yet.
func (v *Vault) openSubkeys(ctx context.Context) error {
	rows, err := v.store.subkeys(ctx)
	if err != nil {
		return err
	}
	s := v.rings.write
	v.subkeys = map[string][]byte{}
	for _, r := range rows {
		if r.key != s.id {
			continue
		}
		if v.subkeys[r.purpose], err = s.unwrap(r.purpose, r.wrapped); err != nil {
			return fmt.Errorf("unwrap the key for %q: %w", r.purpose, err)
		}
	}
	var more []subkeyRow
	for purpose, make := range v.first {
		if v.subkeys[purpose] != nil {
			continue
		}
		if v.subkeys[purpose], err = make(s.root); err != nil {
			return err
		}
		more = append(more, subkeyRow{purpose: purpose, key: s.id, wrapped: s.wrap(purpose, v.subkeys[purpose])})
	}
	return v.store.addSubkeys(ctx, s.id, more)
}

// Reload reads all secrets anew, for when nobody can know whether a change was stored.
func (v *Vault) Reload(ctx context.Context) error {
	rows, err := v.store.secrets(ctx)
	if err != nil {
		return err
	}
	v.mu.RLock()
	by := maps.Clone(v.rings.by)
	v.mu.RUnlock()
	fresh := map[bot.ID]map[string]entry{}
	for _, r := range rows {
		e := entry{hint: r.hint, updated: r.updated, broken: true}
		if s := by[r.key]; s != nil {
			if value, err := s.openValue(r.bot, r.name, r.sealed); err == nil {
				e.value, e.fingerprint, e.broken = value, v.Fingerprint(value), false
			}
		}
		if e.broken {
			v.log.Error("a stored secret can't be decrypted; its bot can't start until it is set again", "bot", r.bot, "name", r.name)
		}
		if fresh[r.bot] == nil {
			fresh[r.bot] = map[string]entry{}
		}
		fresh[r.bot][r.name] = e
	}
	for _, id := range v.take(fresh) {
		v.changed(id)
	}
	return nil
}

// take replaces what memory has and says whose secrets are others now.
func (v *Vault) take(fresh map[bot.ID]map[string]entry) (changed []bot.ID) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for id, k := range v.bots {
		if _, there := fresh[id]; !there && len(k.now) > 0 {
			fresh[id] = nil
		}
	}
	for id, now := range fresh {
		if v.kept(id).replace(now) {
			changed = append(changed, id)
		}
	}
	v.reindex()
	return changed
}

// kept is a bot's place in memory, made when there is none. v.mu is held.
func (v *Vault) kept(id bot.ID) *kept {
	k := v.bots[id]
	if k == nil {
		k = &kept{}
		v.bots[id] = k
	}
	return k
}

// replace takes a bot's secrets as they are now; what goes is remembered as former. It says whether
// anything is another.
func (k *kept) replace(now map[string]entry) bool {
	same := len(now) == len(k.now)
	for _, name := range k.names() {
		old := k.now[name]
		if e, ok := now[name]; ok && e.value == old.value && e.broken == old.broken {
			continue
		}
		same = false
		if !old.broken {
			k.former = slices.Insert(k.former, 0, Known{name, old.value})
		}
	}
	k.former = k.former[:min(len(k.former), maxFormer)]
	k.now = now
	return !same
}

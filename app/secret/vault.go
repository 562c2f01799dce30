package secret

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"log/slog"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/bot"
)

// Options are what a Vault stands on; all are needed but Subkeys and Log.
type Options struct {
	Pool *pgxpool.Pool
	Keys Keys
	// Subkeys are keys of KeyBytes for other purposes that shall outlive a rotation: made from the
	// installation's key when they are first needed, and stored wrapped from then on. See Vault.Subkey.
	Subkeys map[string]func(root []byte) ([]byte, error)
	Log     *slog.Logger
}

// Vault has all secrets. It is safe for use by many goroutines. See Open.
type Vault struct {
	store   *store
	keys    Keys
	log     *slog.Logger
	first   map[string]func(root []byte) ([]byte, error)
	subkeys map[string][]byte // never changed after Open

	batch    int           // resealBatch outside tests
	rotating chan struct{} // held by the one rotation that goes on

	mu      sync.RWMutex
	rings   rings
	bots    map[bot.ID]*kept
	sharers map[[32]byte][]bot.ID // by fingerprint, sorted
	tell    []func(bot.ID)
}

// rings has the keys of the installation: values are sealed under write, and open under the one that
// they name.
type rings struct {
	write *sealer
	by    map[string]*sealer
}

// kept is what memory has of one bot.
type kept struct {
	now map[string]entry
	// former are values that were replaced or removed since Botswain started. A process that still runs
	// with one may print it.
	former []Known
}

// maxFormer bounds former for each bot; the oldest go.
const maxFormer = 64

// Values are the bot's secrets by name, for its environment; nil when it has none. One that can't be
// decrypted is a fault.Invalid: the bot mustn't start without it.
func (v *Vault) Values(_ context.Context, id bot.ID) (map[string]string, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	k := v.bots[id]
	if k == nil || len(k.now) == 0 {
		return nil, nil
	}
	return k.values()
}

// Names lists the names of a bot's secrets, sorted; never nil.
func (v *Vault) Names(id bot.ID) []string {
	v.mu.RLock()
	defer v.mu.RUnlock()
	names := []string{}
	if k := v.bots[id]; k != nil {
		names = append(names, k.names()...)
	}
	return names
}

// List is what may be shown of a bot's secrets, sorted by name.
func (v *Vault) List(id bot.ID) []Info {
	v.mu.RLock()
	defer v.mu.RUnlock()
	k := v.bots[id]
	if k == nil {
		return nil
	}
	list := make([]Info, 0, len(k.now))
	for _, name := range k.names() {
		e := k.now[name]
		i := Info{Name: name, Hint: e.hint, UpdatedAt: e.updated, Broken: e.broken}
		if !e.broken {
			i.Shared = slices.DeleteFunc(v.sharing(e.fingerprint), func(other bot.ID) bool { return other == id })
		}
		list = append(list, i)
	}
	return list
}

// Known are the values that a bot's processes may have: those that are set, then those that were
// replaced or removed while Botswain runs, newest first. They are for taking them out of what the bot
// prints, and for nothing else.
func (v *Vault) Known(id bot.ID) []Known {
	v.mu.RLock()
	defer v.mu.RUnlock()
	k := v.bots[id]
	if k == nil {
		return nil
	}
	list := make([]Known, 0, len(k.now)+len(k.former))
	for _, name := range k.names() {
		if e := k.now[name]; !e.broken {
			list = append(list, Known{name, e.value})
		}
	}
	return append(list, k.former...)
}

// Fingerprint is the same for equal values and tells nothing else of them: HMAC-SHA256 under a key
// that is in no dump.
func (v *Vault) Fingerprint(value string) [32]byte {
	mac := hmac.New(sha256.New, v.subkeys[fingerprintKey])
	mac.Write([]byte(value))
	return [32]byte(mac.Sum(nil))
}

// Sharing lists the bots that have a value with this fingerprint, under whatever name, in the order of
// their ids.
func (v *Vault) Sharing(fingerprint [32]byte) []bot.ID {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.sharing(fingerprint)
}

func (v *Vault) sharing(fingerprint [32]byte) []bot.ID { return slices.Clone(v.sharers[fingerprint]) }

// reindex finds out anew who shares what. v.mu is held.
func (v *Vault) reindex() {
	v.sharers = map[[32]byte][]bot.ID{}
	for id, k := range v.bots {
		for _, e := range k.now {
			if ids := v.sharers[e.fingerprint]; !e.broken && !slices.Contains(ids, id) {
				v.sharers[e.fingerprint] = append(ids, id)
			}
		}
	}
	for _, ids := range v.sharers {
		slices.SortFunc(ids, func(a, b bot.ID) int { return slices.Compare(a[:], b[:]) })
	}
}

// OnChange has f called after each change of a bot's secrets, on the goroutine that made it: it must
// be quick, and must not change secrets. Memory has the new values by then.
func (v *Vault) OnChange(f func(bot.ID)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.tell = append(v.tell, f)
}

func (v *Vault) changed(id bot.ID) {
	v.mu.RLock()
	tell := slices.Clone(v.tell)
	v.mu.RUnlock()
	for _, f := range tell {
		f(id)
	}
}

// Subkey is one of Options.Subkeys. It stays the same when the installation's key changes.
func (v *Vault) Subkey(purpose string) []byte { return slices.Clone(v.subkeys[purpose]) }

package logs

import (
	"slices"
	"sync"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/logs/redact"
)

// replacedMost bounds how many replaced secrets of a bot are remembered; the oldest are forgotten.
const replacedMost = 200

// keyring knows what must not be seen of each bot. What it has learned of a bot stays until Botswain
// ends or the bot is deleted: a run goes on with the secrets that it was started with, and may print
// them long after they were replaced.
type keyring struct {
	ask  func(bot.ID) []redact.Secret // nil: no secrets are known
	mu   sync.Mutex
	bots map[bot.ID]*keys
}

type keys struct {
	set   *redact.Set
	stale bool            // to be asked for again
	now   []redact.Secret // what was answered last
	old   []redact.Secret // what was known before, oldest first
}

func newKeyring(ask func(bot.ID) []redact.Secret) *keyring {
	return &keyring{ask: ask, bots: map[bot.ID]*keys{}}
}

// of gives what to look for in the output of a bot.
func (k *keyring) of(id bot.ID) *redact.Set {
	k.mu.Lock()
	defer k.mu.Unlock()
	b := k.get(id)
	if b.stale && k.ask != nil {
		before := b.now
		b.now = slices.Clone(k.ask(id))
		b.remember(before)
	}
	if b.stale && len(b.now)+len(b.old) > 0 {
		b.set = redact.New(slices.Concat(b.now, b.old))
	}
	b.stale = false
	return b.set
}

func (k *keyring) get(id bot.ID) *keys {
	b := k.bots[id]
	if b == nil {
		b = &keys{stale: true}
		k.bots[id] = b
	}
	return b
}

// changed says that the secrets of a bot may be others now.
func (k *keyring) changed(id bot.ID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if b := k.bots[id]; b != nil {
		b.stale = true
	}
}

// learn adds secrets to those of a bot.
func (k *keyring) learn(id bot.ID, secrets []redact.Secret) {
	k.mu.Lock()
	defer k.mu.Unlock()
	b := k.get(id)
	b.remember(secrets)
	b.stale = true
}

// remember keeps those of some secrets that aren't known otherwise.
func (b *keys) remember(secrets []redact.Secret) {
	for _, s := range secrets {
		if !slices.Contains(b.now, s) && !slices.Contains(b.old, s) {
			b.old = append(b.old, s)
		}
	}
	if n := len(b.old) - replacedMost; n > 0 {
		b.old = slices.Delete(b.old, 0, n)
	}
}

func (k *keyring) forget(id bot.ID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.bots, id)
}

package guard

import (
	"context"
	"crypto/sha256"
	"sync"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/platform"
)

// fakePlatforms says what a test wants to hear, by token.
type fakePlatforms struct {
	mu      sync.Mutex
	says    map[string]platform.Report
	hangs   bool
	secrets map[bot.ID]string
	asked   int
}

func (f *fakePlatforms) token(b bot.Bot) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if t := f.secrets[b.ID]; t != "" {
		return t
	}
	return b.Env["TOKEN"]
}

func (f *fakePlatforms) set(token string, r platform.Report) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.says[token] = r
}

func (f *fakePlatforms) Look(ctx context.Context, b bot.Bot) (platform.Report, error) {
	token := f.token(b)
	f.mu.Lock()
	f.asked++
	r, hangs := f.says[token], f.hangs
	f.mu.Unlock()
	if hangs {
		<-ctx.Done()
		return platform.Report{}, ctx.Err()
	}
	r.Platform = platform.Of(b.Type)
	return r, nil
}

func (f *fakePlatforms) KeyOf(_ context.Context, b bot.Bot) (platform.Key, bool) {
	return f.KeyFor(b.Type, f.token(b))
}

func (f *fakePlatforms) KeyFor(t bot.Type, token string) (platform.Key, bool) {
	if platform.Of(t) == "" || token == "" {
		return platform.Key{}, false
	}
	return sha256.Sum256([]byte(string(t) + token)), true
}

// fakeBots are definitions in memory.
type fakeBots map[bot.ID]bot.Bot

func (f fakeBots) Get(_ context.Context, id bot.ID) (bot.Bot, bool) {
	b, ok := f[id]
	return b, ok
}

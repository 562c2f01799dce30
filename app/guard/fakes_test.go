package guard

import (
	"context"
	"crypto/sha256"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/logs"
	"github.com/botswain/botswain/app/platform"
)

// fakePlatforms says what a test wants to hear, by token.
type fakePlatforms struct {
	mu      sync.Mutex
	says    map[string]platform.Report
	hangs   bool
	secrets map[bot.ID]string
	asked   int
	budget  platform.Budget
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

func (f *fakePlatforms) Budget(_ context.Context, b bot.Bot) (platform.Budget, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.budget, f.budget.Total > 0
}

func (f *fakePlatforms) Started(context.Context, bot.Bot) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.budget.Remaining -= f.budget.Shards
	f.budget.LastStart = time.Now()
}

// fakeBots are definitions in memory.
type fakeBots map[bot.ID]bot.Bot

func (f fakeBots) Get(_ context.Context, id bot.ID) (bot.Bot, bool) {
	b, ok := f[id]
	return b, ok
}

// fakeSupervisor remembers what it is told.
type fakeSupervisor struct {
	mu       sync.Mutex
	over     map[bot.RunID]bool
	statuses []bot.Status
	told     []string // "remark telegram-conflict"
	last     bot.Cause
}

func (f *fakeSupervisor) Living(run bot.RunID) (bot.ID, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.over[run] {
		return bot.ID{}, fault.New(fault.NotFound, "over")
	}
	return bot.ID{}, nil
}

func (f *fakeSupervisor) Statuses() []bot.Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.statuses)
}

func (f *fakeSupervisor) add(word, id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told = append(f.told, word+" "+id)
}

func (f *fakeSupervisor) took() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	told := strings.Join(f.told, ", ")
	f.told = nil
	return told
}

func (f *fakeSupervisor) Remark(_ bot.ID, _ bot.RunID, c bot.Cause)  { f.add("remark", c.ID) }
func (f *fakeSupervisor) Clear(_ bot.ID, _ bot.RunID, reason string) { f.add("clear", reason) }
func (f *fakeSupervisor) Doubt(_ bot.ID, _ bot.RunID, c bot.Cause) {
	f.add("doubt", c.ID)
	f.mu.Lock()
	f.last = c
	f.mu.Unlock()
}

// fakeLines are what bots print.
type fakeLines struct {
	mu  sync.Mutex
	all map[bot.ID][]logs.Line
}

func (f *fakeLines) print(id bot.ID, run bot.RunID, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all[id] = append(f.all[id], logs.Line{Seq: int64(len(f.all[id]) + 1), Run: run, Stream: logs.Stdout, Message: text})
}

func (f *fakeLines) LastSeq(id bot.ID) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return int64(len(f.all[id]))
}

func (f *fakeLines) Recent(id bot.ID, after int64, limit int) ([]logs.Line, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	lines := f.all[id][after:]
	return slices.Clone(lines[:min(limit, len(lines))]), true
}

package guard

import (
	"context"
	"strings"
	"sync"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/platform"
	"github.com/botswain/botswain/app/runner"
	"github.com/botswain/botswain/app/supervisor"
)

// owners has which run uses which token. A run holds the token that it was started with, also when
// the bot has another one by now.
type owners struct {
	mu sync.Mutex
	by map[platform.Key]holder
}

type holder struct {
	bot  bot.ID
	run  bot.RunID
	name string // of the bot when the run began
}

// take gives a token to a run unless another bot's run has it. over says whether a run has ended: of
// those that were adopted, or whose gate didn't answer in time, nobody tells.
func (o *owners) take(key platform.Key, h holder, over func(bot.RunID) bool) (first holder, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if had, taken := o.by[key]; taken && had.bot != h.bot && !over(had.run) {
		return had, false
	}
	for k, had := range o.by {
		if had.run == h.run || had.bot == h.bot && over(had.run) {
			delete(o.by, k)
		}
	}
	o.by[key] = h
	return h, true
}

// holds says whether a run has a token.
func (o *owners) holds(key platform.Key, run bot.RunID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.by[key].run == run
}

func (o *owners) release(run bot.RunID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for key, h := range o.by {
		if h.run == run {
			delete(o.by, key)
		}
	}
}

func (g *Guard) own(key platform.Key, b bot.Bot, run bot.RunID) (first holder, ok bool) {
	return g.owners.take(key, holder{bot: b.ID, run: run, name: b.Name}, g.over)
}

// nameOf is the present name of the bot that holds a token.
func (g *Guard) nameOf(ctx context.Context, h holder) string {
	if b, ok := g.Bots.Get(ctx, h.bot); ok {
		return b.Name
	}
	return h.name
}

// inUse is the cause for a second start with one token.
func (g *Guard) inUse(ctx context.Context, first holder) *bot.Cause {
	name := g.nameOf(ctx, first)
	return &bot.Cause{
		ID: "token-in-use", Fatal: true,
		Title:       "The token is in use by " + name + ", which runs here",
		Explanation: "A token belongs to one running bot. Two with the same one cut each other off, or do everything twice.",
		Remedy:      "Stop " + name + ", or give this bot a token of its own on its Secrets page. Then start it.",
	}
}

// Watching has an environment looked at when it is made, which is right before the process: a token
// that was replaced after Gate was asked is the one that the run holds from then on. It counts the start.
func (g *Guard) Watching(env supervisor.EnvFunc) supervisor.EnvFunc {
	return func(ctx context.Context, b bot.Bot, run bot.RunID) ([]string, error) {
		list, err := env(ctx, b, run)
		if err != nil {
			return list, err
		}
		key, ok := g.Platforms.KeyFor(b.Type, tokenIn(list))
		if !ok {
			return list, nil
		}
		if first, ok := g.own(key, b, run); !ok {
			return nil, fault.New(fault.Conflict, "The token is in use by %s, which runs here.", g.nameOf(ctx, first))
		}
		g.Platforms.Started(ctx, b)
		return list, nil
	}
}

func tokenIn(env []string) string {
	for _, v := range env {
		if token, ok := strings.CutPrefix(v, "TOKEN="); ok {
			return token
		}
	}
	return ""
}

// Started reads variables of the environment that a process was started with; false: it can't be read,
// or isn't that of the run.
type Started func(pid int, run bot.RunID) (env map[string]string, ok bool)

// Adopt takes note of the tokens of runs that live when Botswain starts; it must be called before
// anything is started. They are read from where no change of the secrets gets to: the environment of
// the process. Where that can't be read the present token counts.
func (g *Guard) Adopt(ctx context.Context, living []runner.Instance, started Started) {
	for _, inst := range living {
		var key platform.Key
		h, found := holder{bot: inst.Bot, run: inst.Run}, false
		if env, ok := started(inst.PID, inst.Run); ok {
			key, found = g.Platforms.KeyFor(bot.Type(env["BOT_TYPE"]), env["TOKEN"])
			h.name = env["BOT_NAME"]
		} else if b, ok := g.Bots.Get(ctx, inst.Bot); ok {
			key, found = g.Platforms.KeyOf(ctx, b)
			h.name = b.Name
		}
		if !found {
			continue
		}
		if first, ok := g.owners.take(key, h, func(bot.RunID) bool { return false }); !ok {
			g.Log.WarnContext(ctx, "two bots that live have the same token", "bot", inst.Bot, "name", h.name, "other", first.bot)
		}
	}
}

package web

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/auth"
	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/desk"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/logs"
	"github.com/botswain/botswain/app/stats"
)

// deck is a crew in memory.
type deck struct {
	question error              // what Act asks first
	slow     func(bot.ID) error // called before an action is taken; nil: it is taken at once
	workshop
	hub *event.Hub

	mu    sync.Mutex
	bots  []crew.View
	rev   uint64
	asked int // how often events were read
	hangs atomic.Bool
	input []string
	err   error
}

func (d *deck) add(name string, state bot.State) bot.ID {
	d.mu.Lock()
	spec := bot.NewSpec()
	spec.Name, spec.Command = name, []string{"run", name}
	v := crew.View{Bot: bot.Bot{ID: bot.NewID(), Spec: spec, Version: 1}}
	d.rev++
	v.Status = bot.Status{ID: v.ID, State: state, Since: time.Now(), Revision: d.rev}
	d.bots = append(d.bots, v)
	d.mu.Unlock()
	d.hub.Publish(event.Topic{Kind: event.TopicCrew})
	return v.ID
}

func (d *deck) set(id bot.ID, state bot.State) {
	d.mu.Lock()
	for i := range d.bots {
		if d.bots[i].ID == id {
			d.rev++
			d.bots[i].Status.State, d.bots[i].Status.Revision, d.bots[i].Status.Since = state, d.rev, time.Now()
		}
	}
	d.mu.Unlock()
	d.hub.Publish(event.Topic{Kind: event.TopicBot, Bot: id})
}

func (d *deck) All(context.Context) []crew.View {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.bots)
}

func (d *deck) Get(_ context.Context, id bot.ID) (crew.View, error) {
	for _, v := range d.All(context.Background()) {
		if v.ID == id {
			return v, nil
		}
	}
	return crew.View{}, fault.New(fault.NotFound, "There is no such bot.")
}

func (d *deck) Installable(string) bool { return false }

func (d *deck) Runs(context.Context, bot.ID, int, int) ([]event.Run, error) { return nil, d.err }

func (d *deck) Events(ctx context.Context, _ event.ListQuery) ([]event.Event, error) {
	if d.hangs.Load() { // as a database that stands still
		<-ctx.Done()
		return nil, ctx.Err()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked++
	return nil, d.err
}

func (d *deck) Question(context.Context, bot.ID, bot.Action) error { return d.question }

func (d *deck) Act(ctx context.Context, by event.Actor, id bot.ID, a bot.Action) (crew.View, error) {
	if d.question != nil {
		return crew.View{}, d.question
	}
	return d.ActSure(ctx, by, id, a)
}

func (d *deck) ActSure(ctx context.Context, _ event.Actor, id bot.ID, a bot.Action) (crew.View, error) {
	if d.slow != nil {
		if err := d.slow(id); err != nil {
			return crew.View{}, err
		}
	}
	v, err := d.Get(ctx, id)
	if err != nil {
		return v, err
	}
	if !v.Status.State.Allows(a) {
		return crew.View{}, fault.New(fault.Conflict, "The bot is %s; it can't %s.", v.Status.State, a)
	}
	d.set(id, map[bot.Action]bot.State{bot.Start: bot.Starting, bot.Stop: bot.Stopping, bot.Restart: bot.Stopping, bot.Kill: bot.Stopping}[a])
	return d.Get(ctx, id)
}

func (d *deck) ActMany(ctx context.Context, by event.Actor, a bot.Action, w crew.Which) ([]crew.Outcome, error) {
	var out []crew.Outcome
	for _, v := range d.All(ctx) {
		if w.All || w.Group != "" && w.Group == v.Group || slices.Contains(w.IDs, v.ID) {
			after, err := d.Act(ctx, by, v.ID, a)
			if err != nil {
				after = v
			}
			out = append(out, crew.Outcome{View: after, Err: err})
		}
	}
	return out, nil
}

func (d *deck) SendInput(ctx context.Context, by event.Actor, id bot.ID, run bot.RunID, line string) error {
	v, err := d.Get(ctx, id)
	if err != nil {
		return err
	}
	if run != v.Status.Run {
		return fault.New(fault.Conflict, "The bot was started again meanwhile.")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.input = append(d.input, string(by)+"> "+line)
	return nil
}

func (d *deck) Examples() []crew.Example {
	return []crew.Example{{Key: "clock", Name: "Clock", Text: "Prints the time."}}
}

func (d *deck) AddExamples(ctx context.Context, _ event.Actor, keys []string) ([]crew.View, error) {
	var out []crew.View
	for _, k := range keys {
		v, err := d.Get(ctx, d.add(k, bot.Stopped))
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// book is a log in memory. keep is how many of its newest lines Recent knows.
type book struct {
	hub  *event.Hub
	keep int

	mu    sync.Mutex
	first int64 // what is older is gone
	lines []logs.Line
	err   error // what Page answers
}

// print appends n lines.
func (b *book) print(id bot.ID, n int) {
	b.mu.Lock()
	for range n {
		seq := int64(len(b.lines)) + 1
		b.lines = append(b.lines, logs.Line{Seq: seq, HeadSeq: seq, At: time.Now(), Stream: logs.Stdout, Message: fmt.Sprintf("line %d", seq)})
	}
	b.mu.Unlock()
	b.hub.Publish(event.Topic{Kind: event.TopicLogs, Bot: id})
}

func (b *book) LastSeq(bot.ID) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return int64(len(b.lines))
}

func (b *book) Recent(_ bot.ID, after int64, most int) ([]logs.Line, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	from := max(0, len(b.lines)-b.keep)
	if after < int64(from) || after > int64(len(b.lines)) {
		return nil, false
	}
	return slices.Clone(b.lines[after:min(len(b.lines), int(after)+most)]), true
}

func (b *book) Page(_ context.Context, q logs.Query) (logs.Page, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return logs.Page{}, b.err
	}
	p := logs.Page{}
	all := b.lines[b.first:]
	if q.AfterSeq != nil {
		from := max(0, min(int64(len(all)), *q.AfterSeq-b.first))
		all = all[from:min(int64(len(all)), from+int64(q.Limit))]
	} else {
		if q.BeforeSeq != nil {
			all = all[:max(0, min(int64(len(all)), *q.BeforeSeq-1-b.first))]
		}
		all = all[max(0, len(all)-q.Limit):]
	}
	p.Lines = slices.Clone(all)
	return p, nil
}

type noStats struct{}

func (noStats) Host() stats.Host             { return stats.Host{Name: "test", Cores: 2, Revision: 1} }
func (noStats) Bot(bot.ID) (stats.Bot, bool) { return stats.Bot{}, false }

// drawer keeps one user's desk in memory.
type drawer struct {
	mu sync.Mutex
	d  desk.Desk
}

func (d *drawer) Desk(context.Context, uuid.UUID) (desk.Desk, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.d, nil
}

func (d *drawer) ChangePins(_ context.Context, _ uuid.UUID, change func([]bot.ID) ([]bot.ID, error)) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	pins, err := change(slices.Clone(d.d.Pins))
	if err == nil {
		d.d.Pins = pins
	}
	return err
}

func (d *drawer) SetView(_ context.Context, _ uuid.UUID, view string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.d.View = view
	return nil
}

// doorman says of every session the same.
type doorman struct {
	mu  sync.Mutex
	err error
}

func (d *doorman) UserBySession(context.Context, string) (auth.User, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return auth.User{Username: "ada"}, d.err
}

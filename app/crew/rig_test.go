package crew_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/runs"
	"github.com/botswain/botswain/db/dbtest"
)

const admin event.Actor = "admin"

// fakeSupervisor knows definitions and states, and runs nothing.
type fakeSupervisor struct {
	mu     sync.Mutex
	bots   map[bot.ID]bot.Bot
	status map[bot.ID]bot.Status
	told   []string
	retire error
	onAct  func(bot.ID) error
}

func (f *fakeSupervisor) say(what string) { f.told = append(f.told, what) }

func (f *fakeSupervisor) Put(_ context.Context, b bot.Bot) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.say("put")
	f.bots[b.ID] = b
	return nil
}

func (f *fakeSupervisor) Retire(context.Context, bot.ID, event.Actor) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.say("retire")
	return f.retire
}

func (f *fakeSupervisor) Remove(_ context.Context, id bot.ID) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.say("remove")
	delete(f.bots, id)
	return nil
}

func (f *fakeSupervisor) Act(_ context.Context, id bot.ID, a bot.Action, _ event.Actor) (bot.Status, error) {
	if f.onAct != nil {
		if err := f.onAct(id); err != nil {
			return bot.Status{}, err
		}
	}
	return bot.Status{ID: id, State: bot.Starting}, nil
}

func (f *fakeSupervisor) Settle(context.Context) {}

func (f *fakeSupervisor) ActAll(_ context.Context, ids []bot.ID, a bot.Action, _ event.Actor) []error {
	f.mu.Lock()
	defer f.mu.Unlock()
	errs := make([]error, len(ids))
	for i, id := range ids {
		f.say(string(a) + " " + f.bots[id].Name)
		if st := f.status[id]; !st.State.Allows(a) {
			errs[i] = fault.New(fault.Conflict, "The bot is %s.", st.State)
		}
	}
	return errs
}

func (f *fakeSupervisor) Status(id bot.ID) (bot.Status, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	st, ok := f.status[id]
	return st, ok
}

func (f *fakeSupervisor) Input(_ context.Context, _ bot.ID, _ bot.RunID, by event.Actor, line string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.say(string(by) + "> " + line)
	return nil
}

func (f *fakeSupervisor) Install(_ context.Context, id bot.ID, commands, script string, by event.Actor) (bot.Status, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.say(string(by) + " installs " + commands)
	return bot.Status{ID: id, State: bot.Stopped, Install: &bot.Install{Commands: commands}}, nil
}

func (f *fakeSupervisor) CancelInstall(context.Context, bot.ID, event.Actor) (bot.Status, error) {
	return bot.Status{}, fault.New(fault.Conflict, "Nothing is being installed.")
}

type fakeLogs struct{ forgot []bot.ID }

func (f *fakeLogs) Forget(_ context.Context, id bot.ID) error {
	f.forgot = append(f.forgot, id)
	return nil
}

// flaky loses the connection when told so, before or after the write has happened.
type flaky struct {
	crew.Storage
	before, after bool
}

var errLost = errors.New("connection lost")

func (f *flaky) lose(do func() error) error {
	if f.before {
		return errLost
	}
	err := do()
	if f.after {
		return errLost
	}
	return err
}

func (f *flaky) Create(ctx context.Context, b bot.Bot, e event.Event, also ...crew.InTx) (out bot.Bot, err error) {
	err = f.lose(func() error { out, err = f.Storage.Create(ctx, b, e, also...); return err })
	return out, err
}

func (f *flaky) Delete(ctx context.Context, id bot.ID, e event.Event) (changed []bot.Bot, err error) {
	err = f.lose(func() error { changed, err = f.Storage.Delete(ctx, id, e); return err })
	return changed, err
}

func (f *flaky) Bots(ctx context.Context) (out []bot.Bot, err error) {
	err = f.lose(func() error { out, err = f.Storage.Bots(ctx); return err })
	return out, err
}

type rig struct {
	*crew.Service
	t     *testing.T
	sup   *fakeSupervisor
	logs  *fakeLogs
	store *flaky
	data  string
	hub   *event.Hub
	again func() *crew.Service

	caution error // what is said before a start
}

func newRig(t *testing.T) *rig {
	pool, hub := dbtest.New(t), event.NewHub()
	r := &rig{t: t, data: t.TempDir(), hub: hub, logs: &fakeLogs{}, store: &flaky{Storage: crew.NewStore(pool, hub)}}
	r.sup = &fakeSupervisor{bots: map[bot.ID]bot.Bot{}, status: map[bot.ID]bot.Status{}}
	r.again = func() *crew.Service {
		return crew.New(crew.Options{
			Store: r.store, Supervisor: r.sup, History: runs.NewStore(pool, nil), Events: event.NewStore(pool, hub),
			Logs: r.logs, DataDir: r.data, Hub: hub,
			Caution: func(context.Context, bot.Bot) error { return r.caution },
		})
	}
	r.Service = r.again()
	return r
}

func (r *rig) create(spec bot.Spec) crew.View {
	r.t.Helper()
	if spec.Command == nil {
		spec.Command = []string{"true"}
	}
	v, err := r.Create(r.t.Context(), admin, spec)
	if err != nil {
		r.t.Fatalf("create: %v", err)
	}
	return v
}

func fields(err error) map[string]string {
	if e, ok := fault.As(err); ok && e.Code == fault.Invalid {
		return e.Fields
	}
	return nil
}

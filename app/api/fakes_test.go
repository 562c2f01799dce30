package api_test

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/botswain/botswain/app/api"
	"github.com/botswain/botswain/app/auth"
	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/figures"
	"github.com/botswain/botswain/app/health"
	"github.com/botswain/botswain/app/logs"
	"github.com/botswain/botswain/app/platform"
	"github.com/botswain/botswain/app/runs"
	"github.com/botswain/botswain/app/runtimes"
	"github.com/botswain/botswain/app/secret"
	"github.com/botswain/botswain/app/sse"
	"github.com/botswain/botswain/app/stats"
)

const goodToken = "a-token-that-is-good"

// world is an API over services in memory that keep the rules of the real ones.
type world struct {
	*api.API
	crew      *fakeCrew
	logs      *fakeLogs
	stats     *fakeStats
	tokens    *fakeTokens
	hub       *event.Hub
	streams   *sse.Server
	reports   *reportWorld
	platforms *fakePlatforms
	past      *fakePast
	history   *fakeHistory
	now       time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{hub: event.NewHub(), now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	w.crew = &fakeCrew{hub: w.hub, bots: map[bot.ID]*crew.View{}, now: w.now}
	w.logs = &fakeLogs{hub: w.hub, lines: map[bot.ID][]logs.Line{}}
	w.stats = &fakeStats{bots: map[bot.ID]stats.Bot{}}
	w.tokens = &fakeTokens{users: map[string]string{goodToken: "anna"}}
	w.streams = sse.New(sse.Options{Heartbeat: 5 * time.Millisecond, WriteTimeout: 3 * time.Second})
	t.Cleanup(w.streams.Close)
	w.reports = newReportWorld(t, w)
	w.history = &fakeHistory{}
	w.platforms = &fakePlatforms{known: map[bot.ID]platform.Report{}}
	w.past = &fakePast{crew: w.crew, kept: map[bot.RunID]runs.Kept{}}
	w.API = api.New(api.Deps{
		Reports: w.reports.service, Keys: fakeKeys{}, Platforms: w.platforms, Past: w.past, History: w.history,
		Figures: figures.New(figures.Options{Reports: w.reports.service, Crew: w.crew, Now: func() time.Time { return w.now }}),
		Crew:    w.crew, Logs: w.logs, Stats: w.stats, Tokens: w.tokens, Health: fakeHealth{}, Hub: w.hub, Streams: w.streams,
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("botswain_bots 1\n")) }),
		Now:     func() time.Time { return w.now },
	})
	return w
}

// add makes a bot without asking the API.
func (w *world) add(name string, state bot.State) bot.ID {
	v, err := w.crew.Create(context.Background(), "test", named(name))
	if err != nil {
		panic(err)
	}
	w.crew.mu.Lock()
	defer w.crew.mu.Unlock()
	s := &w.crew.bots[v.ID].Status
	s.State = state
	if state.Alive() {
		s.PID, s.StartedAt = 4711, w.now.Add(-90*time.Second)
	}
	return v.ID
}

func named(name string) bot.Spec {
	s := bot.NewSpec()
	s.Name, s.Command = name, []string{"true"}
	return s
}

type fakeCrew struct {
	question error // what Act asks first
	mu       sync.Mutex
	hub      *event.Hub
	now      time.Time
	bots     map[bot.ID]*crew.View
	broken   error // what everything answers, when set
	input    []string
	pause    time.Duration
	by       []event.Actor
	runs     []event.Run
	events   []event.Event
	// onUpdate runs at the beginning of each Update, unlocked.
	onUpdate func()
}

func (f *fakeCrew) All(context.Context) []crew.View {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := []crew.View{}
	for _, v := range f.bots {
		all = append(all, *v)
	}
	slices.SortFunc(all, func(a, b crew.View) int { return strings.Compare(a.Name, b.Name) })
	return all
}

func (f *fakeCrew) List(ctx context.Context, q crew.Filter) (crew.List, error) {
	if f.broken != nil {
		return crew.List{}, f.broken
	}
	fit := slices.DeleteFunc(f.All(ctx), func(v crew.View) bool {
		return q.State != "" && v.Status.State != q.State ||
			!strings.Contains(strings.ToLower(v.Name), strings.ToLower(q.Search)) ||
			q.Tag != "" && !slices.Contains(v.Tags, q.Tag)
	})
	from := min(len(fit), (q.Page-1)*q.PageSize)
	return crew.List{Total: len(fit), Page: q.Page, PageSize: q.PageSize, Bots: fit[from:min(len(fit), from+q.PageSize)]}, nil
}

func (f *fakeCrew) Get(_ context.Context, id bot.ID) (crew.View, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken != nil {
		return crew.View{}, f.broken
	}
	v, ok := f.bots[id]
	if !ok {
		return crew.View{}, fault.New(fault.NotFound, "There is no bot with this id.")
	}
	return *v, nil
}

func (f *fakeCrew) check(id bot.ID, spec bot.Spec) (bot.Spec, error) {
	spec = spec.Normalize()
	if err := spec.Validate(); err != nil {
		return spec, err
	}
	for _, v := range f.bots {
		if v.ID != id && strings.EqualFold(v.Name, spec.Name) {
			return spec, &fault.Error{Code: fault.Invalid, Message: "There is a bot with this name.", Fields: map[string]string{"name": "Taken."}}
		}
	}
	return spec, nil
}

func (f *fakeCrew) Create(ctx context.Context, by event.Actor, spec bot.Spec) (crew.View, error) {
	return f.CreateWith(ctx, by, spec, secret.Change{})
}

// secrets keeps names, and says of each call what it was to become.
func (f *fakeCrew) secrets(v *crew.View, c secret.Change) {
	v.Secrets = slices.DeleteFunc(slices.Clone(v.Secrets), func(i secret.Info) bool {
		_, set := c.Set[i.Name]
		return set || c.Only || slices.Contains(c.Remove, i.Name)
	})
	for _, name := range slices.Sorted(maps.Keys(c.Set)) {
		v.Secrets = append(v.Secrets, secret.Info{Name: name})
	}
}

func (f *fakeCrew) CreateWith(_ context.Context, by event.Actor, spec bot.Spec, c secret.Change) (crew.View, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	spec, err := f.check(bot.ID{}, spec)
	if err != nil {
		return crew.View{}, err
	}
	v := &crew.View{Bot: bot.Bot{ID: bot.NewID(), Spec: spec, Version: 1, CreatedAt: f.now, UpdatedAt: f.now}}
	v.Status = bot.Status{ID: v.ID, State: bot.Stopped, Since: f.now}
	f.secrets(v, c)
	f.bots[v.ID] = v
	f.by = append(f.by, by)
	f.hub.Publish(event.Topic{Kind: event.TopicCrew})
	return *v, nil
}

func (f *fakeCrew) UpdateWith(_ context.Context, _ event.Actor, id bot.ID, version int, spec bot.Spec, c secret.Change) (crew.View, error) {
	if f.onUpdate != nil {
		f.onUpdate()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	v, ok := f.bots[id]
	if !ok {
		return crew.View{}, fault.New(fault.NotFound, "There is no bot with this id.")
	}
	if version != 0 && version != v.Version {
		return crew.View{}, fault.New(fault.Conflict, "Somebody else has changed the bot in the meantime.")
	}
	spec, err := f.check(id, spec)
	if err != nil {
		return crew.View{}, err
	}
	v.Spec, v.Version = spec, v.Version+1
	f.secrets(v, c)
	return *v, nil
}

func (f *fakeCrew) Delete(_ context.Context, _ event.Actor, id bot.ID) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.bots[id]; !ok {
		return fault.New(fault.NotFound, "There is no bot with this id.")
	}
	delete(f.bots, id)
	f.hub.Publish(event.Topic{Kind: event.TopicCrew}, event.Topic{Kind: event.TopicBot, Bot: id})
	return nil
}

func (f *fakeCrew) Examples() []crew.Example { return []crew.Example{{Key: "clock", Name: "Clock"}} }

func (f *fakeCrew) AddExamples(ctx context.Context, by event.Actor, keys []string) ([]crew.View, error) {
	var views []crew.View
	for _, k := range keys {
		spec := bot.NewSpec()
		spec.Name, spec.Command = k, []string{"/bin/sh"}
		v, err := f.Create(ctx, by, spec)
		if err != nil {
			return views, err
		}
		views = append(views, v)
	}
	return views, nil
}

func (f *fakeCrew) Act(ctx context.Context, by event.Actor, id bot.ID, a bot.Action) (crew.View, error) {
	if f.question != nil {
		return crew.View{}, f.question
	}
	return f.ActSure(ctx, by, id, a)
}

func (f *fakeCrew) ActSure(_ context.Context, by event.Actor, id bot.ID, a bot.Action) (crew.View, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	v, ok := f.bots[id]
	if !ok {
		return crew.View{}, fault.New(fault.NotFound, "There is no bot with this id.")
	}
	if !v.Status.State.Allows(a) {
		return crew.View{}, fault.New(fault.Conflict, "The bot is %s.", v.Status.State)
	}
	f.by = append(f.by, by)
	v.Status.State = map[bot.Action]bot.State{bot.Start: bot.Starting, bot.Stop: bot.Stopping, bot.Restart: bot.Stopping, bot.Kill: bot.Stopping}[a]
	f.hub.Publish(event.Topic{Kind: event.TopicBot, Bot: id})
	return *v, nil
}

func (f *fakeCrew) Look(dir string) (runtimes.Proposal, error) {
	if dir != "bots/weather" {
		const wrong = "There is no such directory on this machine."
		return runtimes.Proposal{}, &fault.Error{Code: fault.Invalid, Message: wrong, Fields: map[string]string{"dir": wrong}}
	}
	return runtimes.Proposal{
		Kind: runtimes.Node, Found: []string{"package.json"}, Command: []string{"node", "index.js"}, Install: [][]string{{"npm", "ci"}},
		Programs: []runtimes.Program{{Name: "node", Path: "/usr/bin/node"}, {Name: "npm", Package: "the package npm"}},
	}, nil
}

func (f *fakeCrew) Install(_ context.Context, by event.Actor, id bot.ID) (crew.View, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	v, ok := f.bots[id]
	switch {
	case !ok:
		return crew.View{}, fault.New(fault.NotFound, "There is no bot with this id.")
	case v.Status.State.Alive() || v.Status.Install.Open():
		return crew.View{}, fault.New(fault.Conflict, "The bot is %s.", v.Status.State)
	}
	f.by = append(f.by, by)
	v.Status.Install = &bot.Install{Run: bot.NewID(), Commands: "npm ci", By: string(by), StartedAt: f.now, Deadline: f.now.Add(15 * time.Minute)}
	return *v, nil
}

func (f *fakeCrew) CancelInstall(_ context.Context, _ event.Actor, id bot.ID) (crew.View, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	v, ok := f.bots[id]
	switch {
	case !ok:
		return crew.View{}, fault.New(fault.NotFound, "There is no bot with this id.")
	case !v.Status.Install.Open():
		return crew.View{}, fault.New(fault.Conflict, "Nothing is being installed.")
	}
	i := *v.Status.Install
	i.EndedAt, i.Outcome, i.Reason = f.now, bot.InstallCancelled, "cancelled by anna"
	v.Status.Install = &i
	return *v, nil
}

func (f *fakeCrew) SendInput(_ context.Context, by event.Actor, id bot.ID, run bot.RunID, line string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	line, err := crew.CheckInput(line)
	v, ok := f.bots[id]
	switch {
	case err != nil:
		return err
	case !ok:
		return fault.New(fault.NotFound, "There is no bot with this id.")
	case !v.Status.State.Alive():
		return fault.New(fault.Conflict, "The bot doesn't run.")
	}
	if run != (bot.RunID{}) && run != v.Status.Run {
		return fault.New(fault.Conflict, "The bot was started again meanwhile.")
	}
	f.input = append(f.input, line)
	return nil
}

func (f *fakeCrew) ActMany(ctx context.Context, by event.Actor, a bot.Action, w crew.Which) ([]crew.Outcome, error) {
	if !w.All && w.Group == "" && len(w.IDs) == 0 {
		return nil, fault.New(fault.Invalid, "Say which bots.")
	}
	var out []crew.Outcome
	for _, v := range f.All(ctx) {
		if w.All || w.Group != "" && v.Group == w.Group || slices.Contains(w.IDs, v.ID) {
			_, err := f.Act(ctx, by, v.ID, a)
			after, _ := f.Get(ctx, v.ID)
			out = append(out, crew.Outcome{View: after, Err: err})
		}
	}
	return out, nil
}

func (f *fakeCrew) Roll(ctx context.Context, by event.Actor, w crew.Which, pause time.Duration) ([]crew.Outcome, error) {
	f.mu.Lock()
	f.pause = pause
	f.mu.Unlock()
	return f.ActMany(ctx, by, bot.Restart, w)
}

func (f *fakeCrew) Runs(_ context.Context, _ bot.ID, before, limit int) ([]event.Run, error) {
	out := []event.Run{}
	for _, r := range f.runs {
		if (before == 0 || r.Number < before) && len(out) < limit {
			out = append(out, r)
		}
	}
	return out, nil
}

func (f *fakeCrew) Events(_ context.Context, q event.ListQuery) ([]event.Event, error) {
	out := []event.Event{}
	for _, e := range f.events {
		if (q.BeforeID == 0 || e.ID < q.BeforeID) && len(out) < q.Limit {
			out = append(out, e)
		}
	}
	return out, nil
}

type fakeLogs struct {
	mu    sync.Mutex
	hub   *event.Hub
	lines map[bot.ID][]logs.Line
	asked []logs.Query
	// fail is answered once by Page.
	fail error
}

// print stores n more lines.
func (f *fakeLogs) print(id bot.ID, n int) {
	f.mu.Lock()
	for range n {
		seq := int64(len(f.lines[id]) + 1)
		f.lines[id] = append(f.lines[id], logs.Line{Seq: seq, HeadSeq: seq, Stream: logs.Stdout, Level: logs.Info, Message: strings.Repeat("x", 100)})
	}
	f.mu.Unlock()
	f.hub.Publish(event.Topic{Kind: event.TopicLogs, Bot: id})
}

func (f *fakeLogs) Page(_ context.Context, q logs.Query) (logs.Page, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, q)
	if err := f.fail; err != nil {
		f.fail = nil
		return logs.Page{}, err
	}
	all := f.lines[q.Bot]
	p := logs.Page{}
	if q.AfterSeq != nil {
		p.NextAfterSeq = *q.AfterSeq
		all = all[min(int(*q.AfterSeq), len(all)):]
		all = all[:min(len(all), q.Limit)]
	} else {
		all = all[max(0, len(all)-q.Limit):]
	}
	p.Lines = slices.Clone(all)
	if len(all) > 0 {
		p.NextAfterSeq = all[len(all)-1].Seq
	}
	return p, nil
}

// Recent has only the newest 50 lines, as a ring would.
func (f *fakeLogs) Recent(id bot.ID, after int64, most int) ([]logs.Line, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := f.lines[id]
	if after < int64(len(all)-50) {
		return nil, false
	}
	rest := all[min(int(after), len(all)):]
	return slices.Clone(rest[:min(len(rest), most)]), true
}

func (f *fakeLogs) LastSeq(id bot.ID) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return int64(len(f.lines[id]))
}

type fakeStats struct {
	host stats.Host
	bots map[bot.ID]stats.Bot
}

func (f *fakeStats) Host() stats.Host { return f.host }

func (f *fakeStats) Bot(id bot.ID) (stats.Bot, bool) {
	s, ok := f.bots[id]
	return s, ok
}

type fakeTokens struct {
	mu    sync.Mutex
	users map[string]string // by token
	err   error
}

func (f *fakeTokens) UserByToken(_ context.Context, raw string) (auth.User, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return auth.User{}, f.err
	}
	if name, ok := f.users[raw]; ok {
		return auth.User{Username: name}, nil
	}
	return auth.User{}, fault.New(fault.Unauthorized, "Unknown token.")
}

func (f *fakeTokens) set(users map[string]string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.users, f.err = maps.Clone(users), err
}

type fakeHealth struct{}

func (fakeHealth) State() health.State { return health.State{} }

// fakeKeys has rotated already.
type fakeKeys struct{}

func (fakeKeys) Rotate(_ context.Context, by event.Actor) (secret.Rotated, error) {
	return secret.Rotated{From: "a", To: "b", Todo: "told " + string(by)}, nil
}

func (fakeKeys) Status(context.Context) (secret.Status, error) {
	return secret.Status{Key: "b", Secrets: 3}, nil
}

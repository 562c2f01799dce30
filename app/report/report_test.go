package report

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/db/dbtest"
)

func TestTokens(t *testing.T) {
	t.Parallel()
	secret := bytes.Repeat([]byte{7}, 32)
	key, err := DeriveKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	tokens := NewTokens(key)
	run := bot.NewID()
	raw := tokens.Of(run)
	again := NewTokens(key) // Botswain has been restarted
	if got, ok := again.Run(raw); !ok || got != run {
		t.Errorf("%v %v", got, ok)
	}
	other := NewTokens(bytes.Repeat([]byte{8}, 32))
	if _, ok := other.Run(raw); ok {
		t.Error("a token of another installation is taken")
	}
	if strings.Contains(raw, run.String()) || !strings.HasPrefix(raw, "bsr_") {
		t.Errorf("token %q", raw)
	}
	forged := tokens.Of(bot.NewID())[:4+22] + raw[4+22:]
	for _, bad := range []string{"", "bsr_", raw[4:], raw + "A", raw[:len(raw)-1], strings.ToUpper(raw), forged, "bsw_" + raw[4:], raw + "\n"} {
		if _, ok := tokens.Run(bad); ok {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	now := time.Now()
	many := map[string]float64{}
	for n := range MaxNames + 1 {
		many[fmt.Sprintf("n%d", n)] = 1
	}
	note := func(message string) []Event { return []Event{{Type: "info", Message: message}} }
	for name, c := range map[string]struct {
		r     Report
		wrong []string
	}{
		"nothing":          {Report{}, nil},
		"all":              {Report{Ready: true, Heartbeat: true, Gauges: map[string]float64{"ping_ms": -4.5, "a": 0}, Counters: map[string]float64{"m_1": 0.5}, Events: note("ok")}, nil},
		"names":            {Report{Gauges: map[string]float64{"Guilds": 1}, Counters: map[string]float64{"1st": 1}}, []string{"counters", "gauges"}},
		"long name":        {Report{Gauges: map[string]float64{strings.Repeat("a", 33): 1}}, []string{"gauges"}},
		"longest name":     {Report{Gauges: map[string]float64{strings.Repeat("a", 32): 1}}, nil},
		"too many":         {Report{Gauges: many}, []string{"gauges"}},
		"not finite":       {Report{Gauges: map[string]float64{"a": math.NaN(), "b": math.Inf(-1)}, Counters: map[string]float64{"c": math.Inf(1)}}, []string{"counters.c", "gauges.a", "gauges.b"}},
		"counter goes":     {Report{Counters: map[string]float64{"c": -1}}, []string{"counters.c"}},
		"event type":       {Report{Events: []Event{{Type: "warning", Message: "x"}}}, []string{"events[0].type"}},
		"says nothing":     {Report{Events: note(" \n\x07")}, []string{"events[0].message"}},
		"longest message":  {Report{Events: note(strings.Repeat("ü", 500))}, nil},
		"too long":         {Report{Events: note(strings.Repeat("ü", 501))}, []string{"events[0].message"}},
		"a little ahead":   {Report{Events: []Event{{Type: "info", Message: "x", At: now.Add(time.Minute)}}}, nil},
		"ahead":            {Report{Events: []Event{{Type: "info", Message: "x", At: now.Add(61 * time.Second)}}}, []string{"events[0].at"}},
		"too many events":  {Report{Events: slices.Repeat(note("x"), 51)}, []string{"events"}},
		"just enough ones": {Report{Events: slices.Repeat(note("x"), 50)}, nil},
	} {
		err := c.r.Check(now)
		var got []string
		if f, ok := fault.As(err); ok && f.Code == fault.Invalid {
			for at := range f.Fields {
				got = append(got, at)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, c.wrong) || (err == nil) != (c.wrong == nil) {
			t.Errorf("%s: %v, want %v (%v)", name, got, c.wrong, err)
		}
	}
}

func TestCleaned(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		" a\nb ": "a b", "\x1b[31mred\x1b[0m": "[31mred[0m", "a\x00b": "ab", "\xff": "\uFFFD", "a\u202eb": "ab", "tab\there": "tab here", "👍": "👍",
	} {
		if got := cleaned(in); got != want {
			t.Errorf("cleaned(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	l := limiter{runs: map[bot.RunID]*sent{}}
	run, other, now := bot.NewID(), bot.NewID(), time.Now()
	for n := range perWindow {
		if wait := l.take(run, now.Add(time.Duration(n)*time.Second/2)); wait != 0 {
			t.Fatalf("report %d waits %s", n, wait)
		}
	}
	now = now.Add(30 * time.Second)
	if wait := l.take(run, now); wait != 30*time.Second {
		t.Errorf("waits %s", wait)
	}
	if wait := l.take(other, now); wait != 0 {
		t.Error("another run waits too")
	}
	now = now.Add(30 * time.Second)
	if l.take(run, now) != 0 || l.take(run, now) == 0 {
		t.Error("one goes when the first is a minute old, and no more")
	}
	l.take(bot.NewID(), now.Add(time.Hour))
	if len(l.runs) != 1 {
		t.Errorf("%d runs are remembered", len(l.runs))
	}
}

// fakeSupervisor has one living run.
type fakeSupervisor struct {
	mu   sync.Mutex
	runs map[bot.RunID]bot.ID
	away error
	told []string
}

func (f *fakeSupervisor) Living(run bot.RunID) (bot.ID, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if id, ok := f.runs[run]; ok && f.away == nil {
		return id, nil
	}
	if f.away != nil {
		return bot.ID{}, f.away
	}
	return bot.ID{}, fault.New(fault.NotFound, "no such run")
}

func (f *fakeSupervisor) Reported(_ context.Context, _ bot.ID, _ bot.RunID, ready, heartbeat bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told = append(f.told, fmt.Sprint(ready, heartbeat))
}

type rig struct {
	*Service
	pool *pgxpool.Pool
	sup  *fakeSupervisor
	who  Caller
	now  time.Time
}

func newRig(t *testing.T) *rig {
	t.Helper()
	pool := dbtest.New(t)
	who := Caller{Bot: bot.NewID(), Run: bot.NewID()}
	addBot(t, pool, who.Bot)
	tokens := NewTokens(make([]byte, 32))
	r := &rig{pool: pool, who: who, sup: &fakeSupervisor{runs: map[bot.RunID]bot.ID{who.Run: who.Bot}}}
	r.now = time.Date(2026, 11, 22, 12, 30, 0, 0, time.Local)
	r.Service = New(Options{Tokens: tokens, Store: NewStore(pool), Supervisor: r.sup, Hub: event.NewHub(), Now: func() time.Time { return r.now }})
	return r
}

func addBot(t *testing.T, pool *pgxpool.Pool, id bot.ID) {
	t.Helper()
	_, err := pool.Exec(t.Context(), `insert into bots (id, name, type, command, dir, env, tags, autostart, restart, stop, limits, start_seconds)
		values ($1, $2, 'generic', '{x}', '', '{}', '{}', false, '{}', '{}', '{}', 1)`, id, id.String())
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhoMayReport(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	good := r.Tokens.Of(r.who.Run)
	if c, err := r.Identify(good); err != nil || c != r.who {
		t.Errorf("%v %v", c, err)
	}
	for _, bad := range []string{"", "x", r.Tokens.Of(bot.NewID())} {
		if _, err := r.Identify(bad); fault.CodeOf(err) != fault.Unauthorized {
			t.Errorf("%q: %v", bad, err)
		}
	}
	r.sup.away = fault.New(fault.Unavailable, "Botswain is starting.")
	if _, err := r.Identify(good); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("while it isn't known: %v", err)
	}
	for range perWindow {
		if err := r.Admit(r.who); err != nil {
			t.Fatal(err)
		}
	}
	if f, _ := fault.As(r.Admit(r.who)); f == nil || f.Code != fault.TooMany || f.RetryAfter != time.Minute {
		t.Errorf("%+v", f)
	}
}

func TestFiguresAreKeptByTheHour(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	other := Caller{Bot: bot.NewID(), Run: bot.NewID()}
	addBot(t, r.pool, other.Bot)
	send := func(c Caller, ago time.Duration, gauge, counter float64) {
		t.Helper()
		now := r.now
		defer func() { r.now = now }()
		r.now = now.Add(-ago)
		if err := r.Accept(t.Context(), c, Report{Gauges: map[string]float64{"guilds": gauge}, Counters: map[string]float64{"messages": counter}}); err != nil {
			t.Fatal(err)
		}
	}
	send(r.who, 24*time.Hour, 99, 1000) // yesterday
	send(r.who, 2*time.Hour, 7, 1)
	send(r.who, 10*time.Minute, 12, 2)
	send(r.who, 8*time.Minute, 3, 0.5)
	send(r.who, 9*time.Minute, 5, 0) // overtaken on its way
	send(other, 0, 1, 1)
	f, err := r.Figures(t.Context(), r.who.Bot)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Gauges) != 1 || f.Gauges[0].Value != 3 || !f.Gauges[0].At.Equal(r.now.Add(-8*time.Minute)) {
		t.Errorf("gauges %+v", f.Gauges)
	}
	if len(f.Counters) != 1 || f.Counters[0].Value != 3.5 || f.Counters[0].Name != "messages" {
		t.Errorf("counters %+v", f.Counters)
	}
	var n int
	var sum, least, most, last float64
	err = r.pool.QueryRow(t.Context(), `select n, sum, min, max, last from report_hours where bot_id = $1 and kind = 'gauge' and hour = $2`,
		r.who.Bot, r.now.UTC().Truncate(time.Hour)).Scan(&n, &sum, &least, &most, &last)
	if err != nil || n != 3 || sum != 20 || least != 3 || most != 12 || last != 3 {
		t.Errorf("n %d, sum %g, min %g, max %g, last %g: %v", n, sum, least, most, last, err)
	}
	if r.Revision(r.who.Bot) != 5 || r.Revision(bot.NewID()) != 0 {
		t.Errorf("revision %d", r.Revision(r.who.Bot))
	}
	if gone, err := r.Store.Drop(t.Context(), r.now.Add(-20*time.Hour), r.now.Add(-20*time.Hour), r.now.Add(-30*24*time.Hour)); err != nil || gone != 2 {
		t.Errorf("dropped %d: %v", gone, err)
	}
	if f, err := r.Figures(t.Context(), bot.NewID()); err != nil || !f.Empty() {
		t.Errorf("of an unknown bot: %+v %v", f, err)
	}
}

func TestReportsAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var wg sync.WaitGroup
	for n := range 40 {
		wg.Go(func() {
			counters := map[string]float64{"a": 1, "b": 1, "c": 1}
			if n%2 == 0 {
				counters = map[string]float64{"c": 1, "b": 1, "a": 1}
			}
			if err := r.Accept(t.Context(), r.who, Report{Counters: counters}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	f, err := r.Figures(t.Context(), r.who.Bot)
	if err != nil || len(f.Counters) != 3 {
		t.Fatalf("%+v %v", f, err)
	}
	for _, c := range f.Counters {
		if c.Value != 40 {
			t.Errorf("%s is %g", c.Name, c.Value)
		}
	}
}

func TestEventsAreStored(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	sub := r.Hub.Subscribe(nil)
	defer sub.Close()
	at := r.now.Add(-time.Hour)
	err := r.Accept(t.Context(), r.who, Report{Heartbeat: true, Events: []Event{
		{Type: "success", Message: "Joined\na guild", At: at}, {Type: "error", Message: "Lost it"}, {Type: "info", Message: "Hi"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	list, err := event.NewStore(r.pool, r.Hub).List(t.Context(), event.ListQuery{Bot: &r.who.Bot})
	if err != nil || len(list) != 3 {
		t.Fatalf("%+v %v", list, err)
	}
	slices.Reverse(list)
	for i, want := range []event.Kind{event.BotReportSuccess, event.BotReportError, event.BotReportInfo} {
		if e := list[i]; e.Kind != want || e.Run == nil || *e.Run != r.who.Run || e.Actor != "" {
			t.Errorf("event %+v", e)
		}
	}
	if !list[0].At.Equal(at) || list[0].Message != "Joined a guild" || !list[1].At.Equal(r.now) {
		t.Errorf("%+v", list)
	}
	topics := sub.Take()
	for _, want := range []event.Topic{{Kind: event.TopicEvents}, {Kind: event.TopicReport, Bot: r.who.Bot}} {
		if _, ok := topics[want]; !ok {
			t.Errorf("topic %v was not poked: %v", want, topics)
		}
	}
	if got := strings.Join(r.sup.told, ", "); got != "false true" {
		t.Errorf("the supervisor heard %q", got)
	}
}

// All or nothing: what is refused leaves no trace, and what can't be stored is said to be so, but a
// sign of life is heard all the same.
func TestNotStored(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	err := r.Accept(t.Context(), r.who, Report{Ready: true, Counters: map[string]float64{"ok": 1, "no": -1}})
	if fault.CodeOf(err) != fault.Invalid || len(r.sup.told) != 0 {
		t.Errorf("%v; heard %v", err, r.sup.told)
	}
	for n := range 2 {
		gauges := map[string]float64{}
		for i := range 20 {
			gauges[fmt.Sprintf("g%d_%d", n, i)] = 1
		}
		if err := r.Accept(t.Context(), r.who, Report{Gauges: gauges}); (fault.CodeOf(err) == fault.Invalid) != (n == 1) {
			t.Errorf("names %d: %v", n, err)
		}
	}
	if f, err := r.Figures(t.Context(), r.who.Bot); err != nil || len(f.Gauges) != 20 || len(f.Counters) != 0 {
		t.Errorf("%+v %v", f, err)
	}
	if err := r.Accept(t.Context(), Caller{bot.NewID(), bot.NewID()}, Report{Gauges: map[string]float64{"a": 1}}); fault.CodeOf(err) != fault.Unauthorized {
		t.Errorf("of a deleted bot: %v", err)
	}
	r.pool.Close()
	err = r.Accept(t.Context(), r.who, Report{Ready: true, Gauges: map[string]float64{"a": 1}})
	if f, _ := fault.As(err); f == nil || f.Code != fault.Unavailable || f.RetryAfter == 0 {
		t.Errorf("%v", err)
	}
	if err := r.Accept(t.Context(), r.who, Report{Heartbeat: true}); err != nil {
		t.Errorf("a heartbeat needs no database: %v", err)
	}
	if got := strings.Join(r.sup.told, ", "); got != "true false, false true" {
		t.Errorf("the supervisor heard %q", got)
	}
}

package guard

import (
	"context"
	"sync"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/logs"
	"github.com/botswain/botswain/app/platform"
)

const (
	// lookEvery is how often the newest lines are looked through.
	lookEvery = time.Second
	// linesAtOnce is about what the log path keeps of a bot in memory. Of a bot that prints more between
	// two looks the rest isn't seen: what matters here is printed again and again.
	linesAtOnce = 2000
	// asksAtOnce is how many bots Telegram is asked about at once.
	asksAtOnce = 4
)

// Lines gives the newest lines of bots; *logs.Service is the real one.
type Lines interface {
	LastSeq(bot.ID) int64
	// Recent gives lines that follow on a seq; false: they aren't in memory.
	Recent(id bot.ID, afterSeq int64, limit int) ([]logs.Line, bool)
}

// watcher is what Run remembers. It belongs to Run's goroutine.
type watcher struct {
	g     *Guard
	signs []sign
	eyes  map[bot.ID]*eye
	came  chan answer // what Telegram said
	room  chan struct{}
	asks  sync.WaitGroup
}

// eye is on one bot.
type eye struct {
	run      bot.RunID // zero: nothing runs
	def      bot.Bot   // of that run
	seq      int64     // lines up to it were looked at
	troubles map[string]*trouble
	deaf     listening
}

// answer is what Telegram said about a run.
type answer struct {
	bot    bot.ID
	run    bot.RunID
	report platform.Report
}

// Run watches bots that are up until ctx ends; it returns nil.
func (g *Guard) Run(ctx context.Context) error {
	w := &watcher{g: g, signs: signs(), eyes: map[bot.ID]*eye{}, came: make(chan answer), room: make(chan struct{}, asksAtOnce)}
	defer w.asks.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case a := <-w.came:
			w.answered(a)
		case <-tick.C:
			w.round(ctx)
		}
	}
}

// round looks at all bots once.
func (w *watcher) round(ctx context.Context) {
	all := w.g.Supervisor.Statuses()
	there := make(map[bot.ID]bool, len(all))
	for _, st := range all {
		there[st.ID] = true
		if e := w.eyeOn(ctx, st); e != nil {
			w.read(e, st)
			w.listen(ctx, e, st)
		}
	}
	for id := range w.eyes {
		if !there[id] {
			delete(w.eyes, id)
		}
	}
}

// eyeOn gives what is known of a bot that runs and has a platform; nil: there is nothing to look at.
func (w *watcher) eyeOn(ctx context.Context, st bot.Status) *eye {
	e := w.eyes[st.ID]
	if e == nil {
		e = &eye{troubles: map[string]*trouble{}}
		w.eyes[st.ID] = e
		if _, whole := w.g.Lines.Recent(st.ID, 0, 1); !whole {
			e.seq = w.g.Lines.LastSeq(st.ID)
		}
	}
	if st.Run == (bot.RunID{}) {
		e.run = bot.RunID{}
		return nil
	}
	if e.run != st.Run {
		def, ok := w.g.Bots.Get(ctx, st.ID)
		if !ok {
			return nil
		}
		e.run, e.def = st.Run, def
		e.deaf = listening{next: w.later(0.5)}
	}
	if platform.Of(e.def.Type) == "" || st.State == bot.Stopping {
		return nil
	}
	return e
}

// read looks for signs in what a bot has printed since the last time.
func (w *watcher) read(e *eye, st bot.Status) {
	now := w.g.Now()
	// Before the lines: a sign that comes in the very look in which the quiet was long enough begins anew.
	for id, t := range e.troubles {
		if t.over(e.run, now) {
			w.g.Supervisor.Clear(st.ID, e.run, id)
		}
	}
	if last := w.g.Lines.LastSeq(st.ID); last != e.seq {
		lines, ok := w.g.Lines.Recent(st.ID, e.seq, linesAtOnce)
		if !ok {
			e.seq = last
		}
		for _, l := range lines {
			e.seq = l.Seq
			if l.Run == e.run && l.Stream != logs.System {
				w.line(e, st, l.Message, now)
			}
		}
	}
}

func (w *watcher) line(e *eye, st bot.Status, text string, now time.Time) {
	name := platform.Of(e.def.Type)
	for i := range w.signs {
		s := &w.signs[i]
		if s.platform != name || !s.in(text) {
			continue
		}
		t := e.troubles[s.cause.ID]
		if t == nil {
			t = &trouble{}
			e.troubles[s.cause.ID] = t
		}
		v := t.heard(e.run, s.least, now)
		if v.tell {
			w.g.Supervisor.Remark(st.ID, e.run, s.cause)
		}
		if v.doubt {
			w.g.Supervisor.Doubt(st.ID, e.run, s.cause)
		}
	}
}

// listen asks Telegram from time to time whether a bot that is up takes its updates.
func (w *watcher) listen(ctx context.Context, e *eye, st bot.Status) {
	up := st.State == bot.Running || st.State == bot.Unresponsive
	if e.def.Type != bot.TelegramBot || e.def.Health.DeafAfter <= 0 || !up || e.deaf.asking || w.g.Now().Before(e.deaf.next) {
		return
	}
	e.deaf.next = w.later(1)
	b, ok := w.g.Bots.Get(ctx, st.ID)
	if !ok {
		return
	}
	// With another token it would be asked about another bot than the one that runs.
	if key, ok := w.g.Platforms.KeyOf(ctx, b); !ok || !w.g.owners.holds(key, e.run) {
		return
	}
	e.deaf.asking = true
	run := e.run
	w.asks.Go(func() {
		a := answer{bot: st.ID, run: run}
		select {
		case w.room <- struct{}{}:
			a.report, _ = w.g.Platforms.Look(ctx, b) // an error has an empty report
			<-w.room
		case <-ctx.Done():
			return
		}
		select {
		case w.came <- a:
		case <-ctx.Done():
		}
	})
}

// answered takes in what Telegram said.
func (w *watcher) answered(a answer) {
	e := w.eyes[a.bot]
	if e == nil || e.run != a.run {
		return
	}
	e.deaf.asking = false
	c := e.deaf.heard(a.report, e.def.Health.DeafAfter)
	if c.doubt {
		w.g.Supervisor.Doubt(a.bot, a.run, e.deaf.cause())
	}
	if c.clear {
		w.g.Supervisor.Clear(a.bot, a.run, deafID)
	}
}

// later is a share of askEvery from now, more or less.
func (w *watcher) later(share float64) time.Time {
	return w.g.Now().Add(time.Duration(share * float64(askEvery) * (1 + askJitter*(2*w.g.Random()-1))))
}

package supervisor

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
)

// TestModel has a bot and the model of one go through the same random events, and compares them
// after each. All rows of the table must have been taken at the end.
func TestModel(t *testing.T) {
	took := map[step]bool{}
	for seed := range uint64(400) {
		synctest.Test(t, func(t *testing.T) { modelRun(t, seed, took) })
		if t.Failed() {
			return
		}
	}
	for _, want := range table() {
		if !took[want] {
			t.Errorf("never taken: %+v", want)
		}
		delete(took, want)
	}
	for s := range took {
		t.Errorf("taken, but not in the table: %+v", s)
	}
}

// table is ARCHITECTURE's, a row for each state that a row names. "found alive" goes on at once to
// Running or Stopping, and "start" to Crashed when it can never work; those are rows of their own.
func table() []step {
	var all []step
	for _, s := range []bot.State{bot.Stopped, bot.Crashed, bot.Exited} {
		all = append(all, step{s, "start", bot.Starting}, step{s, "found alive", bot.Starting})
	}
	for _, s := range []bot.State{bot.Starting, bot.Running, bot.Unresponsive} {
		all = append(all,
			step{s, "stop", bot.Stopping}, step{s, "restart", bot.Stopping}, step{s, "kill", bot.Stopping},
			step{s, "ended, again", bot.Waiting}, step{s, "success, left", bot.Exited},
			step{s, "failure, left", bot.Crashed}, step{s, "gave up", bot.Crashed},
			step{s, "found dead", bot.Starting})
	}
	return append(all,
		step{bot.Starting, "lived long enough", bot.Running},
		step{bot.Running, "doubted", bot.Unresponsive},
		step{bot.Unresponsive, "believed", bot.Running},
		step{bot.Starting, "can't start", bot.Crashed},
		step{bot.Starting, "wished down", bot.Stopping},
		step{bot.Stopping, "kill", bot.Stopping},
		step{bot.Stopping, "ended, wanted down", bot.Stopped},
		step{bot.Stopping, "ended, wanted up", bot.Starting},
		step{bot.Stopping, "found dead", bot.Starting}, // a restart under way
		step{bot.Stopping, "found dead", bot.Stopped},
		step{bot.Stopping, "found dead", bot.Crashed},
		step{bot.Stopping, "found dead", bot.Exited},
		step{bot.Waiting, "time is up", bot.Starting},
		step{bot.Waiting, "start", bot.Starting},
		step{bot.Waiting, "stop", bot.Stopped},
		step{bot.Waiting, "a fatal cause is found", bot.Crashed},
	)
}

// pair is a bot and its model.
type pair struct {
	t     *testing.T
	seed  uint64
	dice  *rand.Rand
	w     *world
	m     *model
	store *memStorage
	bot   bot.Bot
	r     *rig
	story []string
}

func modelRun(t *testing.T, seed uint64, took map[step]bool) {
	p := &pair{t: t, seed: seed, dice: rand.New(rand.NewPCG(seed, 5)), store: &memStorage{}}
	p.bot = someBot(func(s *bot.Spec) {
		s.Autostart = p.dice.IntN(2) == 0
		s.StartSeconds = float64(p.dice.IntN(3) * 5)
		s.Stop.Timeout = time.Duration(p.dice.IntN(3)) * 7 * time.Second
		s.Restart.Policy = []bot.Policy{bot.Always, bot.OnFailure, bot.Never}[p.dice.IntN(3)]
		s.Restart.GiveUpAfter = p.dice.IntN(4)
		s.Restart.InitialDelay, s.Restart.MaxDelay, s.Restart.ResetAfter = 3*time.Second, 11*time.Second, 23*time.Second
	})
	p.m = &model{spec: p.bot.Spec, state: bot.Stopped, rest: bot.Stopped, took: took}
	p.w = &world{fakeBackend: newFake(), m: p.m, open: make(chan struct{})}
	p.begin()
	p.m.reborn(time.Now())
	p.compare()
	for range 100 {
		p.something()
		if t.Failed() {
			t.Logf("seed %d, %+v:\n%s", seed, p.bot.Restart, strings.Join(p.story, "\n"))
			break
		}
	}
	p.letLaunch()
	p.r.end()
}

// begin starts a Botswain over what is stored and what lives.
func (p *pair) begin() {
	p.store.memory = p.store.remembered()
	p.w.adopt = p.w.living()
	p.r = newRig(p.t, p.w.fakeBackend, p.store, p.bot)
	p.r.Supervisor.backend = p.w
	p.r.Supervisor.judges = []Judge{p.w.judge}
	p.r.start()
}

func (p *pair) tell(format string, args ...any) {
	p.story = append(p.story, fmt.Sprintf(format, args...))
}

// something happens to both.
func (p *pair) something() {
	now := time.Now()
	switch n := p.dice.IntN(20); {
	case p.m.state == bot.Stopping && n < 6 && !p.m.launching: // short and rare, so more often
		p.restart(true)
	case n < 8:
		p.act([]bot.Action{bot.Start, bot.Stop, bot.Restart, bot.Kill}[p.dice.IntN(4)])
	case n < 11 && p.m.alive:
		code := p.dice.IntN(2)
		p.tell("the process ends with %d", code)
		p.m.ended(code == 0, now)
		for _, in := range p.w.living() {
			p.w.exit(in.Run, bot.Exit{Code: &code})
		}
	case n < 13 && p.m.alive && (p.m.state == bot.Running || p.m.state == bot.Unresponsive):
		run := p.r.status(p.bot.ID).Run
		if p.tell("doubt or belief while %s", p.m.state); p.m.state == bot.Running {
			p.r.Doubt(p.bot.ID, run, bot.Cause{ID: "x", Title: "It is odd"})
			p.m.doubt()
		} else {
			p.r.Clear(p.bot.ID, run, "x")
			p.m.believe()
		}
	case n < 15:
		// Never onto the very moment of something: which of two comes first is nobody's promise.
		d := time.Duration(p.dice.IntN(9000))*time.Millisecond + 1234567
		if at := p.m.due(); !at.IsZero() && p.dice.IntN(2) == 0 {
			d = at.Sub(now) + 1234567
		}
		p.tell("%s pass", d)
		time.Sleep(d)
		p.m.pass(time.Now())
	case n < 17:
		p.change()
	case n < 18:
		p.letLaunch()
	case !p.m.launching:
		p.restart(n == 18)
	}
	p.compare()
}

// change changes what the world has in mind.
func (p *pair) change() {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	f := &p.m.fate
	switch p.dice.IntN(9) {
	case 0:
		f.hopeless = !f.hopeless
	case 1:
		f.failing = !f.failing
	case 2, 3:
		f.deaf = !f.deaf
	case 4:
		f.slow = f.slow || !p.m.launching
	case 5:
		f.fatal = !f.fatal
	default:
		f.hopeless, f.failing, f.fatal = false, false, false
	}
	p.tell("fate is %+v", *f)
}

// letLaunch lets a slow start go on.
func (p *pair) letLaunch() {
	p.w.mu.Lock()
	p.m.fate.slow = false
	close(p.w.open)
	p.w.open = make(chan struct{})
	p.w.mu.Unlock()
	if p.m.launching {
		p.tell("the start goes on")
		p.m.launched(time.Now())
	}
	synctest.Wait()
}

// act does an action with both, or sees that it is refused in words.
func (p *pair) act(a bot.Action) {
	p.tell("%s while %s", a, p.m.state)
	before := p.r.status(p.bot.ID)
	_, err := p.r.Act(context.Background(), p.bot.ID, a, "admin")
	if p.m.legal(a) {
		if err != nil {
			p.t.Errorf("%s was refused: %v", a, err)
		}
		p.m.act(a, time.Now())
		return
	}
	f, ok := fault.As(err)
	switch {
	case !ok || f.Code != fault.Conflict:
		p.t.Errorf("%s while %s is answered by %v, not by a conflict", a, p.m.state, err)
	case !strings.Contains(f.Message, string(p.m.state)) && !strings.Contains(f.Message, "waiting") ||
		!strings.Contains(f.Message, "instead") && !strings.Contains(f.Message, "kill it"):
		p.t.Errorf("%s while %s: the words don't help: %s", a, p.m.state, f.Message)
	}
	if after := p.r.status(p.bot.ID); after.Revision != before.Revision {
		p.t.Errorf("a refused %s changed something: %+v", a, after)
	}
}

// restart ends this Botswain and begins another; with leave the process goes on, and may die
// meanwhile.
func (p *pair) restart(leave bool) {
	p.tell("Botswain ends (leave: %v)", leave)
	if err := p.r.Shutdown(context.Background(), leave); err != nil {
		p.t.Error(err)
	}
	if err := <-p.r.ran; err != nil {
		p.t.Error(err)
	}
	synctest.Wait()
	p.w.mu.Lock()
	p.w.life++
	p.w.mu.Unlock()
	if !leave && p.m.alive {
		p.m.alive, p.m.state, p.m.rest = false, bot.Stopped, bot.Stopped
	}
	if leave && p.m.alive && p.dice.IntN(2) == 0 {
		p.tell("the process dies meanwhile")
		p.m.alive = false
		for _, in := range p.w.living() {
			p.w.exit(in.Run, bot.Exit{Signal: "SIGKILL"})
		}
	}
	p.begin()
	p.m.reborn(time.Now())
}

// compare holds what Botswain says against the model.
func (p *pair) compare() {
	synctest.Wait()
	st, m := p.r.status(p.bot.ID), p.m
	got := fmt.Sprintf("%s, wished %q, restarts %d, process %v, wait %v, grace %v", st.State, st.Desired, st.Restarts,
		st.PID != 0, !st.NextStartAt.IsZero(), !st.KillAt.IsZero())
	want := fmt.Sprintf("%s, wished %q, restarts %d, process %v, wait %v, grace %v", m.state, m.desired, m.restarts,
		m.alive, m.state == bot.Waiting, m.state == bot.Stopping)
	if got != want {
		p.t.Errorf("is   %s\nmust %s", got, want)
	}
	if m.state == bot.Waiting && !st.NextStartAt.Equal(m.againAt.Truncate(time.Microsecond)) && st.NextStartAt.Sub(m.againAt).Abs() > time.Millisecond {
		p.t.Errorf("starts again at %s, must at %s", st.NextStartAt, m.againAt)
	}
	if n := p.w.alive(); n > 1 || (n == 1) != m.alive {
		p.t.Errorf("%d processes, must be alive: %v", n, m.alive)
	}
	for _, a := range []bot.Action{bot.Start, bot.Stop, bot.Restart, bot.Kill} {
		if slices.Contains(st.State.Actions(), a) != m.legal(a) {
			p.t.Errorf("%s while %s: offered %v", a, st.State, !m.legal(a))
		}
	}
	p.tell("  %s", got)
}

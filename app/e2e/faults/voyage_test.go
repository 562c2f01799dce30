package faults

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// fault is something bad that can be done. do does it, and may give what ends it; a round has one
// fault of each family at most.
type fault struct {
	family, name string
	weight       int
	do           func(v *voyage) (end func())
	needs        func(v *voyage) bool // nil: nothing that isn't everywhere
}

// faults is the table of all there are.
func faults() []fault {
	var all []fault
	for _, family := range [][]fault{botswainFaults(), upgradeFaults(), botFaults(), bombFaults(), databaseFaults(), diskFaults(), clockFaults(), actionFaults()} {
		all = append(all, family...)
	}
	return all
}

// voyage is one run of the suite.
type voyage struct {
	*ship
	dice    *rand.Rand
	crew    []*hand
	left    []*hand // were deleted
	history []string
	began   time.Time
	round   int
	count   map[string]int           // faults done
	waits   map[string]time.Duration // for each check
	// What the faults under way mean for the rest.
	databaseAway bool
	now          []string
	upgrades     bool // SIGUSR2 is understood
	limits       bool // the number of a bot's processes can be limited
	mayFail      bool // a start of Botswain may fail in this round
	reader       *reader
	before       baseline
	doubles      *doubles
	log          logReader
}

// settleTime is the most that all may take to be well again after the faults of a round are over.
const settleTime = 75 * time.Second

func TestFaults(t *testing.T) {
	long := *minutes > 0
	v := &voyage{ship: launch(t), dice: rand.New(rand.NewPCG(*seed, 0)), began: time.Now(), count: map[string]int{}, waits: map[string]time.Duration{}}
	t.Logf("seed %d", *seed)
	t.Cleanup(v.report)
	v.doubles = watchDoubles(t, v.mark)
	v.reader = newReader(v)
	for _, c := range characters() {
		v.hire(c)
	}
	v.settle()
	v.probeBomb()
	v.probeUpgrade()
	v.settle()
	rounds := 8
	if testing.Short() {
		rounds = 4
	}
	for v.round = 1; ; v.round++ {
		if long && time.Since(v.began).Minutes() >= *minutes || !long && v.round > rounds {
			break
		}
		v.trouble()
		v.settle()
	}
	v.moorings()
}

// trouble does the faults of one round.
func (v *voyage) trouble() {
	for _, h := range v.crew {
		h.touched = false
	}
	v.remember()
	v.mayFail, v.now = false, nil
	used := map[string]bool{}
	var ends []func()
	for range 1 + v.dice.IntN(3) {
		f := v.pick(used)
		if f.do == nil {
			break
		}
		used[f.family] = true
		v.count[f.name]++
		v.note("fault %s", f.name)
		v.now = append(v.now, f.name)
		if end := f.do(v); end != nil {
			ends = append(ends, end)
		}
		v.pause(1200)
		if v.dice.IntN(3) == 0 && !used["actions"] {
			v.someAction()
		}
	}
	v.dice.Shuffle(len(ends), func(i, j int) { ends[i], ends[j] = ends[j], ends[i] })
	for _, end := range ends {
		end()
		v.pause(600)
	}
}

// pick chooses by weight among the families that this round hasn't used.
func (v *voyage) pick(used map[string]bool) fault {
	var fit []fault
	sum := 0
	for _, f := range faults() {
		if used[f.family] || !strings.Contains(f.name, *only) || f.needs != nil && !f.needs(v) {
			continue
		}
		fit = append(fit, f)
		sum += f.weight
	}
	if sum == 0 {
		return fault{}
	}
	n := v.dice.IntN(sum)
	for _, f := range fit {
		if n -= f.weight; n < 0 {
			return f
		}
	}
	return fault{}
}

// pause lets up to most milliseconds pass: faults must meet programs at all moments of their life.
func (v *voyage) pause(most int) {
	time.Sleep(time.Duration(v.dice.IntN(most*1000)) * time.Microsecond)
}

// settle waits until all is well again, and checks that it is.
func (v *voyage) settle() {
	v.t.Helper()
	for _, c := range []struct {
		what  string
		check func() error
	}{
		{"Botswain is ready", v.up},
		{"the crew is complete", v.checkCrew},
		{"the database has the wishes", v.checkWishes},
		{"states are what was wished", v.checkStates},
		{"one process tree for each bot that is up", v.checkTrees},
		{"every line is stored", v.checkLines()},
		{"runs and offsets fit together", v.checkRuns},
		{"what is open lives", v.checkOpen()},
		{"no spool is left", v.checkSpools()},
		{"nothing is left of deleted bots", v.checkLeft},
		{"no zombie is left", v.checkZombies()},
		{"no descriptor or goroutine is left", v.checkLeaks},
		{"nothing has complained", v.checkLog},
	} {
		began := time.Now()
		if err := poll(v.t.Context(), settleTime, c.check); err != nil {
			v.t.Fatalf("seed %d, round %d: %s: %v", *seed, v.round, c.what, err)
		}
		took := time.Since(began).Round(time.Millisecond)
		v.waits[c.what] += took
		if took > 100*time.Millisecond {
			v.note("%s: after %s", c.what, took)
		}
		if took > 15*time.Second {
			v.t.Logf("slow: round %d: %s: after %s; the faults were %v", v.round, c.what, took, v.now)
		}
	}
	v.note("settled")
}

// up has Botswain running and ready. It may have ended by itself only at a start without a
// database or with a full disk; then somebody (a service manager) starts it again.
func (v *voyage) up() error {
	if !v.running() {
		if !v.mayFail || v.url() != "" {
			return stop(fmt.Errorf("it has ended by itself: %v", v.cmd.ProcessState))
		}
		v.note("start of Botswain, which had ended: %v", v.cmd.ProcessState)
		v.start()
	}
	return v.ready()
}

// moorings ends the voyage in an orderly way: nothing may be left of anything.
func (v *voyage) moorings() {
	v.signal(endSignal)
	if err := v.awaitEnd(30 * time.Second); err != nil {
		v.t.Error(err)
	}
	if left := v.botProcesses(); len(left) > 0 {
		v.t.Errorf("processes of bots are left after the end: %+v", left)
	}
	if err := v.reader.complete(); err != nil {
		v.t.Errorf("after the end: %v", err)
	}
}

func (v *voyage) note(format string, args ...any) {
	v.history = append(v.history, fmt.Sprintf("%8.3fs round %d: ", time.Since(v.began).Seconds(), v.round)+fmt.Sprintf(format, args...))
}

// report says what was done, and after a failure how it came to it.
func (v *voyage) report() {
	total := 0
	for _, n := range v.count {
		total += n
	}
	v.t.Logf("seed %d: %d rounds, %d faults in %s: %v; %d lines checked, %d starts of Botswain",
		*seed, v.round, total, time.Since(v.began).Round(time.Second), v.count, v.reader.checked, v.lands)
	v.t.Logf("waited until: %v", v.waits)
	if len(v.log.errors) > 0 {
		v.t.Logf("Botswain logged as errors: %v", v.log.errors)
	}
	if v.t.Failed() {
		last := v.history[max(0, len(v.history)-80):]
		v.t.Logf("history (the last of %d):\n%s", len(v.history), strings.Join(last, "\n"))
	}
}

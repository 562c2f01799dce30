package supervisor

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/runner"
)

// remains are what is left of runs that ended while Botswain was away and that doesn't end, though
// it was killed: a process hangs in the kernel. A bot has one tree, so its next start waits until its
// own are gone, and nobody else's does.
type remains struct {
	mu  sync.Mutex
	all map[bot.ID][]leftover
}

type leftover struct {
	runner.Leftover
	gone chan struct{} // closed when it is over and the log path knows
}

func newRemains() *remains { return &remains{all: map[bot.ID][]leftover{}} }

func (l *remains) add(o leftover) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all[o.Bot] = append(l.all[o.Bot], o)
}

// of lists those of a bot that aren't gone.
func (l *remains) of(id bot.ID) []leftover {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.all[id])
}

func (l *remains) hold(id bot.ID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.all[id]) > 0
}

func (l *remains) drop(o leftover) {
	l.mu.Lock()
	defer l.mu.Unlock()
	rest := slices.DeleteFunc(l.all[o.Bot], func(x leftover) bool { return x.Run == o.Run })
	if l.all[o.Bot] = rest; len(rest) == 0 {
		delete(l.all, o.Bot)
	}
}

// followLeftover has the log path read what a leftover may still print, until it is over.
func (s *Supervisor) followLeftover(l runner.Leftover) {
	o := leftover{l, make(chan struct{})}
	s.remains.add(o)
	s.logs.Follow(l.Bot, l.Run, s.backend.SpoolDir(l.Bot, l.Run))
	s.checks.Go(func() {
		select {
		case <-l.Over:
			s.logs.Finish(l.Run)
			s.remains.drop(o)
			close(o.gone)
		case <-s.closing: // the next Botswain meets it again
		}
	})
}

// awaitLeftovers waits until what is left of a bot's runs is gone, or ctx ends.
func (s *Supervisor) awaitLeftovers(ctx context.Context, a *actor, run *process) {
	left := s.remains.of(run.def.ID)
	if len(left) == 0 {
		return
	}
	var pids []string
	for _, o := range left {
		for _, pid := range o.PIDs {
			pids = append(pids, strconv.Itoa(pid))
		}
	}
	if len(pids) == 0 { // the kernel counts one that can't be seen
		pids = []string{"?"}
	}
	a.tell(func(a *actor) { a.heldUp(run, strings.Join(pids, ", ")) })
	for _, o := range left {
		select {
		case <-o.gone:
		case <-ctx.Done():
			return
		}
	}
	a.tell(func(a *actor) { a.letGo(run) })
}

// heldUp says what a start waits for. Only the kernel can end that wait, so a person should know.
func (a *actor) heldUp(run *process, pids string) {
	if a.run != run || !run.launching || a.st.State != bot.Starting {
		return
	}
	a.waitsFor(fmt.Sprintf("Waits for what is left of its last run to end (pid %s)", pids))
	message := fmt.Sprintf("Not started yet: what is left of its last run was killed and doesn't end (pid %s)", pids)
	a.note(run.id, noteWarn, message+".")
	a.record(Change{Event: a.happened(event.BotWarning, event.Botswain, message)})
	a.show()
}

func (a *actor) letGo(run *process) {
	if a.run != run || !run.launching || a.st.State != bot.Starting {
		return
	}
	a.waitsFor("")
	a.note(run.id, noteInfo, "What was left of its last run has ended; it is started now.")
	a.show()
}

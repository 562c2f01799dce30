package supervisor

import (
	"context"
	"fmt"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/runner"
)

// found is what a start of Botswain finds.
type found struct {
	bots   []bot.Bot
	memory Memory
	living []runner.Instance
	past   []runner.Past
	left   []runner.Leftover
	boot   string // of the machine, now; "": not known
}

// elsewhen says that a boot isn't the present one.
func (f found) elsewhen(boot string) bool { return boot != "" && f.boot != "" && boot != f.boot }

// rebooted says that the newest run of a bot was before the machine's last boot.
func (f found) rebooted(id bot.ID) bool {
	boot := f.memory.Boots[id]
	for _, p := range f.past { // oldest first; the database may not know of the last
		if _, install := f.memory.Installs[p.Run]; p.Bot == id && p.BootID != "" && !install {
			boot = p.BootID
		}
	}
	return f.elsewhen(boot)
}

// reconcile brings the wish and the truth together: living runs are adopted before anything is
// started, so that there are never two of one bot.
func (s *Supervisor) reconcile(ctx context.Context) error {
	f, err := s.find(ctx)
	if err != nil {
		return err
	}
	open := map[bot.RunID]event.Run{}
	for _, r := range f.memory.Open {
		open[r.ID] = r
	}
	installing, installs := s.settleInstalls(f)
	adopted := s.claim(f)
	s.bookPast(f)
	s.closeDead(f)
	if err := s.followLiving(ctx, f); err != nil {
		return err
	}
	for _, b := range f.bots {
		s.order.set(b) // before the first of them starts
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range f.bots {
		a := newActor(s, b, f.memory.States[b.ID])
		if e, ok := f.memory.LastEnds[b.ID]; ok {
			a.st.LastExit, a.before = &e, e.Reason
		}
		a.st.Install = installs[b.ID]
		inst, ok := adopted[b.ID]
		run := open[inst.Run]
		// Its goroutine isn't there yet, so that Ready means what it says.
		a.show()
		if inst, ok := installing[b.ID]; ok {
			a.adoptInstall(inst, f.memory.Installs[inst.Run])
		}
		if ok {
			a.adopt(inst, run)
		} else {
			a.resume(f.rebooted(b.ID))
		}
		s.begin(a)
	}
	if s.notify != nil {
		s.notify.Tidy()
	}
	return nil
}

// recoverTime bounds how long the start tries to have the spools of ended runs read.
const recoverTime = 30 * time.Second

// followLiving has the log path read what ended processes left, and then read on where processes
// write, also those that claim has told to end, and leftovers. In this order: a bot's last run may have begun
// when not all of the one before was stored, and its lines must not come first.
func (s *Supervisor) followLiving(ctx context.Context, f found) error {
	known := map[bot.ID]bool{}
	for _, b := range f.bots {
		known[b.ID] = true
	}
	living := map[bot.RunID]bool{}
	for _, inst := range f.living {
		if known[inst.Bot] {
			living[inst.Run] = true
		}
	}
	for _, l := range f.left {
		if known[l.Bot] {
			living[l.Run] = true
		}
	}
	if s.recover != nil {
		ctx, cancel := context.WithTimeout(ctx, recoverTime)
		defer cancel()
		if err := s.insist(ctx, "recover the spools of ended runs", func() error { return s.recover(ctx, living) }); err != nil {
			return err
		}
	}
	for _, inst := range f.living {
		if living[inst.Run] {
			s.logs.Follow(inst.Bot, inst.Run, s.backend.SpoolDir(inst.Bot, inst.Run))
		}
	}
	for _, l := range f.left {
		if living[l.Run] {
			s.followLeftover(l)
		}
	}
	return nil
}

// find reads everything, for as long as it takes: without it a bot could be started twice.
func (s *Supervisor) find(ctx context.Context) (f found, err error) {
	f.boot = s.backend.Info(ctx).Boot
	err = s.insist(ctx, "read the bots", func() (err error) {
		f.bots, err = s.definition(ctx)
		return err
	})
	if err == nil { // what people asked of the last Botswain may not be there yet
		select {
		case <-s.journal.before:
		case <-ctx.Done():
			err = fmt.Errorf("wait for the journal: %w", ctx.Err())
		}
	}
	if err == nil {
		err = s.insist(ctx, "read the states of bots", func() (err error) {
			f.memory, err = s.storage.Load(ctx)
			return err
		})
	}
	if err == nil {
		err = s.insist(ctx, "list the living runs", func() (err error) {
			f.living, err = s.backend.List(ctx)
			return err
		})
	}
	if err == nil {
		f.left = s.backend.Leftovers(ctx)
		err = s.insist(ctx, "list the ended runs", func() (err error) {
			f.past, err = s.backend.Past(ctx)
			return err
		})
	}
	return f, err
}

// insist tries until it works or ctx ends.
func (s *Supervisor) insist(ctx context.Context, what string, try func() error) error {
	for wait := journalFirst; ; wait = min(2*wait, journalLast) {
		err := try()
		if err == nil {
			return nil
		}
		if ctx.Err() == nil {
			s.log.Error("can't "+what+"; trying again", "err", err)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, err)
		}
	}
}

// claim gives each bot its living run. One that belongs to no bot is stopped; of two of one bot
// (which only a fault can have made) the younger is killed.
func (s *Supervisor) claim(f found) map[bot.ID]runner.Instance {
	known := map[bot.ID]bot.Bot{}
	for _, b := range f.bots {
		known[b.ID] = b
	}
	mine := map[bot.ID]runner.Instance{}
	for _, inst := range f.living {
		b, ok := known[inst.Bot]
		if !ok {
			s.log.Warn("a process of a deleted bot lives; stopping it", "bot", inst.Bot, "pid", inst.PID)
			s.end(inst, bot.DefaultStopSignal, bot.DefaultStopTimeout)
			continue
		}
		if _, ok := f.memory.Installs[inst.Run]; ok {
			continue
		}
		other, twice := mine[b.ID]
		if twice {
			older, younger := other, inst
			if inst.StartedAt.Before(other.StartedAt) {
				older, younger = inst, other
			}
			s.log.Error("a bot runs twice; killing the younger", "bot", b.ID, "pid", younger.PID, "kept", older.PID)
			s.end(younger, "SIGKILL", 0)
			inst = older
		}
		mine[b.ID] = inst
	}
	return mine
}

func (s *Supervisor) end(inst runner.Instance, signal string, grace time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), insist)
	defer cancel()
	if err := s.backend.Stop(ctx, inst.Run, signal, grace); err != nil {
		s.log.Error("a process could not be signalled", "bot", inst.Bot, "pid", inst.PID, "err", err)
	}
}

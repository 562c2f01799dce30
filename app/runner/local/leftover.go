package local

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/runner"
)

// leftoverTime bounds how long List waits for leftovers: all bots wait with it. A killed process ends
// within milliseconds, one with much memory or a core to write within a few seconds. Who takes longer
// hangs in the kernel and may do so for days; then only the bot that it was of has to wait for it.
const leftoverTime = 5 * time.Second

// awaitRemains waits for what is left of runs, for as long as List may.
func (b *Backend) awaitRemains(ctx context.Context, remains []*run) error {
	limit := time.NewTimer(b.leftoverTime)
	defer limit.Stop()
	for i, r := range remains {
		select {
		case <-r.over:
		case <-b.keeperDone:
			return errClosed
		case <-ctx.Done():
			return fmt.Errorf("what was left of run %s does not end: %w", r.id, ctx.Err())
		case <-limit.C:
			for _, r := range remains[i:] {
				if !r.isOver() {
					b.log.Error("what is left of a run was killed and doesn't end; it is killed again and again", "bot", r.bot, "run", r.id)
				}
			}
			return nil
		}
	}
	return nil
}

// isLeftover says that only what a main process has left behind is meant, of whose end nobody is told.
func (r *run) isLeftover() bool { return r.ready() && r.silent }

func (r *run) isOver() bool {
	select {
	case <-r.over:
		return true
	default:
		return false
	}
}

// Leftovers tells what List has met and what wouldn't end.
func (b *Backend) Leftovers(context.Context) []runner.Leftover {
	var all []runner.Leftover
	for _, r := range b.all() {
		if r.isLeftover() {
			all = append(all, runner.Leftover{Bot: r.bot, Run: r.id, Over: r.over})
		}
	}
	if len(all) == 0 {
		return nil
	}
	seen, err := b.forest.look()
	if err != nil {
		b.log.Warn("what is left of runs can't be looked at", "error", err)
	}
	for i := range all {
		for _, st := range seen.trees[all[i].Run] {
			all[i].PIDs = append(all[i].PIDs, st.PID)
		}
	}
	return all
}

// strays finds runs that only a cgroup with processes tells of: their folders are gone, or say that they
// are over. They are killed, because a new run of that bot must not meet them. known are left out.
func (b *Backend) strays(known []record) []record {
	var all []record
	for _, name := range b.place.Living() {
		id, err := uuid.Parse(name)
		if err != nil || b.find(id) != nil || slices.ContainsFunc(known, func(r record) bool { return r.Run == id }) {
			continue
		}
		pids, _ := b.place.Find(name, nil).All()
		of := b.ownerOf(id, pids)
		b.log.Warn("processes in the cgroup of a run that nothing else is known of are killed", "bot", of, "run", name, "pids", pids)
		all = append(all, record{Bot: of, Run: id, BootID: b.bootID, stray: true})
	}
	return all
}

// botVariable is in the environment that the supervisor gives to bots.
const botVariable = "BOT_ID"

// ownerOf finds the bot of a run, by the run's folder or by the environment of its processes; Nil when
// neither tells.
func (b *Backend) ownerOf(run bot.RunID, pids []int) (owner bot.ID) {
	// What can't be listed now has failed List already.
	_ = b.folders(func(id bot.ID, r bot.RunID) {
		if r == run {
			owner = id
		}
	})
	for _, pid := range pids {
		if owner != uuid.Nil {
			break
		}
		if id, err := uuid.Parse(b.forest.variable(pid, botVariable)); err == nil {
			owner = id
		}
	}
	return owner
}

package telegramtest

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"time"
)

const (
	conflictWebhook = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
	conflictPoll    = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
	conflictSet     = "Conflict: terminated by setWebhook request"
	longestPoll     = 50  // seconds
	farAhead        = 10  // an offset further ahead of the queue than this acknowledges nothing
	maxUpdates      = 100 // in one answer
	busyPolling     = 500 * time.Millisecond
)

// update is one element of the queue: its id and the rest of it.
type update struct {
	id   int64
	kind string // "message"
	body any
}

func (u update) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{"update_id": u.id, u.kind: u.body})
}

// poll is a getUpdates that waits.
type poll struct {
	ended    chan struct{} // closed when it has to answer
	conflict string        // why it failed, if it did
	pause    time.Duration // before it says so
}

// getUpdates plays long polling. A poll that has to wait ends the one that waits already; that one
// is told of the conflict, not the new one.
func getUpdates(b *Bot, ctx context.Context, a args) any {
	limit := int(a.number("limit", maxUpdates, 1, maxUpdates))
	timeout := time.Duration(a.number("timeout", 0, 0, longestPoll)) * time.Second
	offset := a.number("offset", 0, math.MinInt32, math.MaxInt32)
	var found []update
	refused := false
	p := &poll{ended: make(chan struct{})}
	b.s.board.Do(func() {
		if b.webhook.URL != "" {
			refused, p.conflict, p.pause = true, conflictWebhook, b.conflictPause()
			return
		}
		b.allow(a)
		now := time.Now()
		if offset == b.offset {
			since := now.Sub(b.polledAt)
			if timeout < b.s.opt.RepeatPause && since < b.s.opt.RepeatPause {
				timeout = b.s.opt.RepeatPause
			}
			if since < busyPolling {
				limit = 1
			}
		}
		b.offset, b.polledAt = offset, now
		offset = b.acknowledge(offset)
		if found = b.from(offset, limit); len(found) == 0 && timeout > 0 {
			b.endPoll(conflictPoll)
			b.poll = p
		} else {
			p = nil
		}
	})
	if p == nil {
		return found
	}
	if !refused && !p.wait(ctx, timeout) {
		b.s.board.Do(func() { b.forget(p) })
		return nothing{}
	}
	return b.answerPoll(ctx, p, offset, limit)
}

// wait says whether there is somebody to answer.
func (p *poll) wait(ctx context.Context, timeout time.Duration) bool {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-p.ended:
	case <-timer.C:
	case <-ctx.Done():
		return false
	}
	return true
}

func (b *Bot) answerPoll(ctx context.Context, p *poll, offset int64, limit int) any {
	found, conflict, pause := []update{}, "", time.Duration(0)
	b.s.board.Do(func() {
		b.forget(p)
		if conflict, pause = p.conflict, p.pause; conflict == "" {
			found = b.from(offset, limit)
		}
	})
	if conflict == "" {
		return found
	}
	if pause > 0 && !(&poll{}).wait(ctx, pause) {
		return nothing{}
	}
	return failure{code: 409, words: conflict}
}

// The following are called with the server's lock held.

func (b *Bot) forget(p *poll) {
	if b.poll == p {
		b.poll = nil
	}
}

// endPoll has the poll that waits answer: with a conflict, or ("") with what there is.
func (b *Bot) endPoll(conflict string) {
	if b.poll == nil {
		return
	}
	if b.poll.conflict = conflict; conflict != "" {
		b.poll.pause = b.conflictPause()
	}
	close(b.poll.ended)
	b.poll = nil
}

// conflictPause is how long the next conflict has to wait: not at all, unless it follows another one closely.
func (b *Bot) conflictPause() time.Duration {
	now := time.Now()
	if now.Before(b.conflicts) {
		return b.s.opt.ConflictPause
	}
	b.conflicts = now.Add(b.s.opt.ConflictPause)
	return 0
}

// acknowledge drops what an offset acknowledges and gives the offset to read from. A negative one
// keeps that many of the newest.
func (b *Bot) acknowledge(offset int64) int64 {
	if offset < 0 {
		b.queue = b.queue[max(len(b.queue)+int(offset), 0):]
	}
	if offset <= 0 || offset > b.nextID+farAhead {
		return 0
	}
	b.queue = slices.DeleteFunc(b.queue, func(u update) bool { return u.id < offset })
	return offset
}

func (b *Bot) from(offset int64, limit int) []update {
	found := []update{}
	for _, u := range b.queue {
		if u.id >= offset && len(found) < limit {
			found = append(found, u)
		}
	}
	return found
}

// push queues an update, if the bot wants such, and wakes the poll that waits.
func (b *Bot) push(kind string, body any) {
	if b.allowed != nil && !slices.Contains(b.allowed, kind) {
		return
	}
	b.queue = append(b.queue, update{b.nextID, kind, body})
	b.nextID++
	b.endPoll("")
}

// allow stores allowed_updates, when a call has it. An empty list is the default again.
func (b *Bot) allow(a args) {
	var kinds []string
	if a["allowed_updates"] == "" || json.Unmarshal([]byte(a["allowed_updates"]), &kinds) != nil {
		return
	}
	if b.allowed = kinds; len(kinds) == 0 {
		b.allowed = nil
	}
}

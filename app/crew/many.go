package crew

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
)

// Which chooses bots: exactly one of its fields is set.
type Which struct {
	IDs   []bot.ID
	Group string
	All   bool
}

// Outcome is what became of one of many bots. Err is nil when it was done. Left tells whether the bot is as it was
// because its state doesn't allow the action, which is no failure.
type Outcome struct {
	View
	Err error
}

// MaxPause is the longest pause of a rolling restart.
const MaxPause = time.Hour

// chosen lists the bots that are meant, in the order of their names. Ids that no bot has, and a
// group that no bot is in, are a fault.NotFound.
func (s *Service) chosen(ctx context.Context, w Which) ([]bot.Bot, error) {
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	set := 0
	for _, is := range []bool{len(w.IDs) > 0, w.Group != "", w.All} {
		if is {
			set++
		}
	}
	if set != 1 {
		return nil, fault.New(fault.Invalid, "Say which bots: their ids, or a group, or all.")
	}
	var bots []bot.Bot
	group := strings.ToLower(strings.TrimSpace(w.Group))
	for _, b := range s.roll.all() {
		if w.All || group != "" && b.Group == group || slices.Contains(w.IDs, b.ID) {
			bots = append(bots, b)
		}
	}
	switch {
	case group != "" && len(bots) == 0:
		return nil, fault.New(fault.NotFound, "No bot is in the group %q.", group)
	case len(w.IDs) > 0 && len(bots) < distinct(w.IDs):
		return nil, fault.New(fault.NotFound, "There is no bot with one of these ids.")
	}
	slices.SortFunc(bots, func(a, b bot.Bot) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), slices.Compare(a.ID[:], b.ID[:]))
	})
	return bots, nil
}

// distinct counts ids; one that is given twice means the same bot.
func distinct(ids []bot.ID) int {
	seen := map[bot.ID]bool{}
	for _, id := range ids {
		seen[id] = true
	}
	return len(seen)
}

// ActMany starts, stops or restarts bots all at once, but in the order that their definitions ask
// for. It answers right after, as Act does, in the order of the bots' names.
func (s *Service) ActMany(ctx context.Context, by event.Actor, a bot.Action, w Which) ([]Outcome, error) {
	bots, err := s.chosen(ctx, w)
	if err != nil {
		return nil, err
	}
	out := make([]Outcome, len(bots))
	var ids []bot.ID
	var at []int
	for i, b := range bots {
		if s.roll.isLeaving(b.ID) {
			out[i].Err = leavingFault()
			continue
		}
		if err := s.askFirst(ctx, b, a); err != nil { // one by one, each with its own question
			out[i].Err = alone(err)
			continue
		}
		ids, at = append(ids, b.ID), append(at, i)
	}
	for n, err := range s.supervisor.ActAll(ctx, ids, a, by) {
		out[at[n]].Err = err
	}
	for i, b := range bots {
		out[i].View = s.view(b)
	}
	return out, nil
}

// Roll restarts bots one after the other, those first that others start after: each next one when
// the one before is running, and pause has passed. Bots that aren't up are left as they are. After the
// first one that fails, or when ctx ends, the rest is left too, and says so.
func (s *Service) Roll(ctx context.Context, by event.Actor, w Which, pause time.Duration) ([]Outcome, error) {
	if pause < 0 || pause > MaxPause {
		return nil, fault.New(fault.Invalid, "The pause must be between 0s and %s.", MaxPause)
	}
	bots, err := s.chosen(ctx, w)
	if err != nil {
		return nil, err
	}
	return s.rollAll(ctx, ctx, by, inOrder(bots), pause, func(int) {}), nil
}

// rollAll restarts bots in their order; at says which one is next. When ctx ends, no further one is
// begun; the one that is being restarted is waited for until each ends.
func (s *Service) rollAll(ctx, each context.Context, by event.Actor, bots []bot.Bot, pause time.Duration, at func(int)) []Outcome {
	out := make([]Outcome, len(bots))
	var stopped error
	rolled := false
	for i, b := range bots {
		if stopped == nil {
			at(i)
			if rolled && !sleep(ctx, pause) || ctx.Err() != nil {
				stopped = fault.New(fault.Conflict, "Not restarted: the roll was ended before.")
			}
		}
		if out[i].Err = stopped; stopped == nil {
			err := s.rollOne(each, by, b)
			out[i].Err, rolled = err, err == nil
			if err != nil && fault.CodeOf(err) != fault.Conflict {
				stopped = fault.New(fault.Conflict, "Not restarted: the roll stopped at %s.", b.Name)
			}
		}
		out[i].View = s.view(b)
	}
	return out
}

func inOrder(bots []bot.Bot) []bot.Bot {
	byID, ids := map[bot.ID]bot.Bot{}, make([]bot.ID, len(bots))
	for i, b := range bots {
		byID[b.ID], ids[i] = b, b.ID
	}
	levels := bot.Levels(ids, func(id bot.ID) []bot.ID { return byID[id].StartAfter })
	sorted := make([]bot.Bot, 0, len(bots))
	for _, id := range slices.Concat(levels...) {
		sorted = append(sorted, byID[id])
	}
	return sorted
}

// rollOne restarts a bot and waits until it runs. A fault.Conflict: it isn't up, or a person must be asked about it
// first, and was left.
func (s *Service) rollOne(ctx context.Context, by event.Actor, b bot.Bot) error {
	if err := s.askFirst(ctx, b, bot.Restart); err != nil {
		return alone(err)
	}
	changed := s.hub.Subscribe(func(t event.Topic) bool { return t.Kind == event.TopicBot && t.Bot == b.ID })
	defer changed.Close()
	before, _ := s.supervisor.Status(b.ID)
	if _, err := s.Act(ctx, by, b.ID, bot.Restart); err != nil {
		return err
	}
	for {
		st, ok := s.supervisor.Status(b.ID)
		switch {
		case !ok:
			return fault.New(fault.Unavailable, "It was deleted meanwhile.")
		case st.Run == before.Run && before.Run != bot.RunID{}: // still the old one
		case st.State == bot.Running:
			return nil
		case st.State != bot.Starting && st.State != bot.Stopping:
			return fault.New(fault.Unavailable, "It does not run after the restart: %s.", cmp.Or(st.Reason, string(st.State)))
		}
		select {
		case <-changed.C():
			changed.Take()
		case <-ctx.Done():
			return fault.Wrap(ctx.Err(), fault.Unavailable, "Nobody waited until it ran.")
		}
	}
}

// sleep is false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// Words says what became of a bot, for a person; "" when it was done.
func (o Outcome) Words() string {
	if o.Err == nil {
		return ""
	}
	if f, ok := fault.As(o.Err); ok {
		return f.Message
	}
	return "Something went wrong; Botswain's own log says more."
}

// Left says whether the bot was left as it is because its state doesn't allow the action.
func (o Outcome) Left() bool {
	return fault.CodeOf(o.Err) == fault.Conflict && !errors.Is(o.Err, bot.ErrRefused)
}

// alone is a question that can't be answered for many at once.
func alone(err error) error {
	if f, ok := fault.As(err); ok && f.Confirm != "" {
		return fault.Wrap(bot.ErrRefused, f.Code, "%s Start or restart it by itself to confirm.", f.Message)
	}
	return err
}

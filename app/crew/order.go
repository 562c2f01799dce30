package crew

import (
	"strings"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
)

// checkOrder refuses a definition that starts after a bot that isn't there, or after itself,
// straight or by a detour: a fault.Invalid at "start_after". id is uuid.Nil for a new bot, which
// nothing can wait for yet. s.change is held, so that nobody closes the circle meanwhile.
func (s *Service) checkOrder(id bot.ID, spec bot.Spec) error {
	bots := map[bot.ID]bot.Bot{}
	for _, b := range s.roll.all() {
		bots[b.ID] = b
	}
	for _, other := range spec.StartAfter {
		if _, ok := bots[other]; !ok {
			return orderFault("There is no bot with the id " + other.String() + " to start after.")
		}
	}
	bots[id] = bot.Bot{ID: id, Spec: spec}
	path := circle(bots, id)
	if path == nil {
		return nil
	}
	names := make([]string, len(path))
	for i, p := range path {
		names[i] = bots[p].Name
	}
	return orderFault("Each of these would wait for the next one: " + strings.Join(names, " → ") + ". Take one of them out.")
}

func orderFault(message string) error {
	return &fault.Error{Code: fault.Invalid, Message: message, Fields: map[string]string{"start_after": message}}
}

// circle is the shortest way along StartAfter from a bot back to itself, with the bot at both ends;
// nil when there is none.
func circle(bots map[bot.ID]bot.Bot, from bot.ID) []bot.ID {
	before := map[bot.ID]bot.ID{} // where the way to a bot comes from
	for queue := []bot.ID{from}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		for _, next := range bots[at].StartAfter {
			if next == from {
				return wayBack(before, from, at)
			}
			if _, seen := before[next]; !seen {
				before[next] = at
				queue = append(queue, next)
			}
		}
	}
	return nil
}

func wayBack(before map[bot.ID]bot.ID, from, last bot.ID) []bot.ID {
	path := []bot.ID{from}
	for at := last; at != from; at = before[at] {
		path = append([]bot.ID{at}, path...)
	}
	return append([]bot.ID{from}, path...)
}

package platform

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/botswain/botswain/app/bot"
)

const (
	// outageWindow is how close together failures must be to be one outage.
	outageWindow = time.Minute
	// outageBots is how many bots must fail to reach their platform; two are enough when nobody else
	// asked.
	outageBots = 3
)

// Outage is a platform that several bots can't reach: it is down, or the way to it.
type Outage struct {
	Platform Name
	Since    time.Time // the first of the failures
	Bots     int       // how many couldn't reach it, lately
	Message  string    // what the last of them met
}

// Words say it for people, in a title and a text.
func (o Outage) Words() (title, text string) {
	return o.Platform.Word() + " can't be reached",
		fmt.Sprintf("Since %s, checks of %d bots failed. %s It is not your bots: nothing is wrong with their tokens, and they reach it again when it is back.",
			o.Since.Format("15:04"), o.Bots, o.Message)
}

// outages finds out when a platform is down rather than a bot in trouble.
type outages struct {
	mu   sync.Mutex
	byOf map[Name]*reach
}

// reach is what is known of the way to one platform.
type reach struct {
	failed map[bot.ID]time.Time // the last failure, by bot; emptied when anybody gets through
	first  time.Time
	got    map[bot.ID]time.Time // who got through
	down   bool
	said   string
}

func newOutages() *outages { return &outages{byOf: map[Name]*reach{}} }

// note takes in how a question ended: began and ended say what that changes.
func (o *outages) note(name Name, id bot.ID, f *Failure, at time.Time) (began, ended bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	r := o.byOf[name]
	if r == nil {
		r = &reach{failed: map[bot.ID]time.Time{}, got: map[bot.ID]time.Time{}}
		o.byOf[name] = r
	}
	if f == nil || f.Kind != Unreachable {
		return false, r.through(id, at)
	}
	r.forget(at)
	delete(r.got, id)
	if len(r.failed) == 0 {
		r.first = at
	}
	r.failed[id], r.said = at, f.Message
	if r.down || len(r.failed) < outageBots && (len(r.failed) < 2 || len(r.got) > 0) {
		return false, false
	}
	r.down = true
	return true, false
}

// through notes that a bot got an answer, of whatever kind.
func (r *reach) through(id bot.ID, at time.Time) (ended bool) {
	ended = r.down
	r.forget(at)
	r.down = false
	clear(r.failed)
	r.got[id] = at
	return ended
}

// forget drops what is too old to belong together. While it is down nothing of the failures is.
func (r *reach) forget(now time.Time) {
	for id, at := range r.got {
		if now.Sub(at) > outageWindow {
			delete(r.got, id)
		}
	}
	if r.down {
		return
	}
	for id, at := range r.failed {
		if now.Sub(at) > outageWindow {
			delete(r.failed, id)
		}
	}
	r.first = now
	for _, at := range r.failed {
		if at.Before(r.first) {
			r.first = at
		}
	}
}

// list is what is down now.
func (o *outages) list() []Outage {
	o.mu.Lock()
	defer o.mu.Unlock()
	var out []Outage
	for _, name := range []Name{Telegram, Discord} {
		if r := o.byOf[name]; r != nil && r.down {
			out = append(out, Outage{Platform: name, Since: r.first, Bots: len(r.failed), Message: r.said})
		}
	}
	return out
}

// next is a bot to try again with, of each platform that is down: the one that failed longest ago.
func (o *outages) next() []bot.ID {
	o.mu.Lock()
	defer o.mu.Unlock()
	var out []bot.ID
	for _, r := range o.byOf {
		if !r.down {
			continue
		}
		ids := make([]bot.ID, 0, len(r.failed))
		for id := range r.failed {
			ids = append(ids, id)
		}
		slices.SortFunc(ids, func(a, b bot.ID) int { return r.failed[a].Compare(r.failed[b]) })
		out = append(out, ids[:min(1, len(ids))]...)
	}
	return out
}

// drop forgets a bot that is no more, or asks its platform no more. A platform that nobody is left
// to ask isn't known to be down: ended has its name.
func (o *outages) drop(id bot.ID) (ended []Name) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for name, r := range o.byOf {
		delete(r.got, id)
		if _, ok := r.failed[id]; !ok {
			continue
		}
		delete(r.failed, id)
		if r.down && len(r.failed) == 0 {
			r.down = false
			ended = append(ended, name)
		}
	}
	return ended
}

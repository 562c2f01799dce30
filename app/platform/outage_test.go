package platform

import (
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
)

func TestOutages(t *testing.T) {
	away, refused := &Failure{Kind: Unreachable, Message: "No connection."}, &Failure{Kind: Refused}
	a, b, c, d := bot.NewID(), bot.NewID(), bot.NewID(), bot.NewID()
	at := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	type step struct {
		after        time.Duration
		bot          bot.ID
		f            *Failure
		began, ended bool
	}
	for name, steps := range map[string][]step{
		"one bot is no outage":           {{0, a, away, false, false}, {time.Second, a, away, false, false}},
		"all of two":                     {{0, a, away, false, false}, {time.Second, b, away, true, false}, {time.Second, c, away, false, false}, {time.Second, a, nil, false, true}, {time.Second, b, away, false, false}},
		"two of three":                   {{0, c, nil, false, false}, {time.Second, a, away, false, false}, {time.Second, b, away, false, false}, {time.Second, d, away, true, false}},
		"two of three, the one long ago": {{0, c, nil, false, false}, {59 * time.Second, a, away, false, false}, {2 * time.Second, b, away, true, false}},
		"far apart":                      {{0, a, away, false, false}, {61 * time.Second, b, away, false, false}, {61 * time.Second, c, away, false, false}},
		"refused is reached":             {{0, a, away, false, false}, {0, b, refused, false, false}, {0, c, away, false, false}, {0, d, away, false, false}, {0, a, away, true, false}, {0, b, refused, false, true}},
		"it lasts":                       {{0, a, away, false, false}, {0, b, away, true, false}, {time.Hour, a, away, false, false}, {time.Hour, b, nil, false, true}},
	} {
		t.Run(name, func(t *testing.T) {
			o, now := newOutages(), at
			for i, s := range steps {
				now = now.Add(s.after)
				if began, ended := o.note(Telegram, s.bot, s.f, now); began != s.began || ended != s.ended {
					t.Fatalf("step %d: began %v, ended %v", i, began, ended)
				}
			}
		})
	}
	o := newOutages()
	o.note(Discord, a, away, at)
	o.note(Discord, b, away, at.Add(2*time.Second))
	list := o.list()
	if len(list) != 1 || list[0].Platform != Discord || list[0].Bots != 2 || !list[0].Since.Equal(at) {
		t.Errorf("%+v", list)
	}
	if next := o.next(); len(next) != 1 || next[0] != a {
		t.Error("the one that failed longest ago is tried first")
	}
	if ended := o.drop(a); len(ended) != 0 {
		t.Error("one is left to ask")
	}
	if ended := o.drop(b); len(ended) != 1 || len(o.list()) != 0 {
		t.Error("nobody is left to ask")
	}
}

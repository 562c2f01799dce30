package faults

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/botswain/botswain/app/e2e/faults/script"
	"github.com/botswain/botswain/app/e2e/faults/wreck"
)

type fields = map[string]any

// character is a kind of bot.
type character struct {
	name string
	args []string
	more fields // of its definition
	kind script.Kind
	// lasts: it runs until somebody ends it, so nothing but a fault of its own begins a new run.
	lasts bool
	// leaves: its policy may leave it down after an end.
	leaves bool
	// hired: it is there for a time only.
	hired bool
}

// characters are the crew. Waits are short so that a round is.
func characters() []character {
	return []character{
		{name: "steady", args: []string{"talker", "every=5ms"}, lasts: true},
		{name: "twin", args: []string{"talker", "every=7ms"}, lasts: true, more: fields{"start_seconds": 0.5}},
		{name: "fast", args: []string{"talker", "every=10ms", "burst=20"}, lasts: true},
		{name: "wide", args: []string{"talker", "every=20ms", "kind=wide"}, kind: script.Wide, lasts: true},
		{name: "binary", args: []string{"talker", "every=5ms", "kind=binary"}, kind: script.Binary, lasts: true},
		{name: "stubborn", args: []string{"stubborn", "every=15ms"}, lasts: true, more: fields{"stop": fields{"timeout": "700ms"}}},
		{name: "forker", args: []string{"forker"}, lasts: true, more: fields{"stop": fields{"timeout": "500ms"}}},
		{name: "prompter", args: []string{"prompter"}, lasts: true},
		{name: "hasty", args: []string{"talker", "every=30ms"}, lasts: true, more: fields{"stop": fields{"timeout": "0s"}}},
		{name: "orphaner", args: []string{"orphaner"}},
		{name: "crasher", args: []string{"crasher"}},
		{name: "brief", args: []string{"brief"}},
		{name: "polite", args: []string{"polite"}, lasts: true, leaves: true, more: fields{"restart": fields{"policy": "on-failure", "initial_delay": "100ms", "max_delay": "1s"}}},
		{name: "once", args: []string{"talker", "every=25ms"}, lasts: true, leaves: true, more: fields{"restart": fields{"policy": "never"}}},
	}
}

// hand is one bot of the crew, and what it is known to be wished to do.
type hand struct {
	character
	id   string
	wish string // "up", "down", or "": not known, an answer got lost
	// shaky: the wish was told while the database was away; it is lost with Botswain.
	shaky bool
	// touched: something was done to it in this round, so it may have got a new run.
	touched bool
	// parting: it was told to be deleted, and nobody said that it was.
	parting bool
	run     string // its run when the round began; empty: none that must stay
}

// sign makes the bot.
func (s *ship) sign(c character) (*hand, error) {
	if c.kind == "" {
		c.kind = script.Plain
	}
	body := fields{
		"name": c.name, "type": "generic", "command": append([]string{built.bot}, c.args...), "start_seconds": 0,
		"env":     fields{wreck.Mark: s.mark, "FAULTS_LEDGERS": s.ledgers()},
		"restart": fields{"initial_delay": "150ms", "factor": 1.5, "max_delay": "1s", "reset_after": "5s"},
		"stop":    fields{"timeout": "3s"},
	}
	for k, v := range c.more {
		body[k] = v
	}
	var b botJSON
	if code, err := s.call("POST", "/api/v1/bots", body, &b); code != http.StatusCreated {
		return nil, fmt.Errorf("create %s: %w", c.name, err)
	}
	return &hand{character: c, id: b.ID, wish: "none"}, nil
}

// aboard says whether a bot belongs to the crew.
func (v *voyage) aboard(id string) bool {
	for _, h := range v.crew {
		if h.id == id {
			return true
		}
	}
	return false
}

// discharge deletes a bot. Without a clear answer nobody knows whether it still exists.
func (v *voyage) discharge(h *hand) string {
	code, err := v.call("DELETE", "/api/v1/bots/"+h.id, nil, nil)
	h.touched = true
	switch {
	case code == http.StatusNoContent:
		v.departed(h)
		return "ok"
	case err == errNotListening:
		return "nobody there"
	}
	h.parting = true
	h.wish = ""
	return fmt.Sprintf("no clear answer: %v", err)
}

// departed strikes a bot off the list.
func (v *voyage) departed(h *hand) {
	v.crew = slices.DeleteFunc(v.crew, func(x *hand) bool { return x == h })
	v.left = append(v.left, h)
}

// order asks for an action and keeps what is known of the wish. unsure: the database is away.
func (s *ship) order(h *hand, action string, unsure bool) (said string) {
	var b botJSON
	code, err := s.call("POST", "/api/v1/bots/"+h.id+"/"+action, nil, &b)
	h.touched = true
	switch {
	case code == http.StatusOK:
		h.shaky = h.shaky || unsure
		switch action {
		case "start", "restart":
			h.wish = "up"
		case "stop":
			h.wish = "down"
		case "kill":
			// A kill of a restart that takes too long only hastens it.
			h.wish = ""
			if b.Desired != nil {
				h.wish = *b.Desired
			}
		}
		return "ok: " + b.Status
	case code == http.StatusConflict:
		return "refused"
	case err == errNotListening:
		return "nobody there"
	}
	h.wish = ""
	return fmt.Sprintf("no clear answer: %v", err)
}

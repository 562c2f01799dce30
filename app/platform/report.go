package platform

import "time"

// Report is all that is known of a bot from its platform.
type Report struct {
	Platform Name `json:"platform,omitempty"`
	// Unasked says why the platform isn't asked; "": it is.
	Unasked string `json:"-"`
	// Facts are the newest that came, at FactsAt; nil: none ever. They may be older than AskedAt, when
	// the last question brought none: Failure says why.
	Facts   *Facts    `json:"facts,omitempty"`
	FactsAt time.Time `json:"facts_at,omitzero"`
	Failure *Failure  `json:"failure,omitempty"`
	AskedAt time.Time `json:"asked_at,omitzero"` // zero: not yet
}

// Holds says whether the platform has taken the token the last time that it said anything about it;
// nil: it never has.
func (r Report) Holds() *bool {
	yes := true
	switch {
	case r.Failure != nil && r.Failure.Kind == Refused:
		yes = false
	case r.Facts == nil:
		return nil
	}
	return &yes
}

// Session is the newest session limit of a Discord bot; nil: none was said, or its time is over.
func (r Report) Session(now time.Time) *SessionLimit {
	if r.Facts == nil || r.Facts.Discord == nil || r.Facts.Discord.Gateway == nil {
		return nil
	}
	if l := r.Facts.Discord.Gateway.Limit; now.Before(l.ResetsAt) || now.Sub(r.FactsAt) < time.Minute {
		return &l
	}
	return nil
}

// Tone says how much a finding matters.
type Tone string

// The tones.
const (
	Info    Tone = "info"
	Warning Tone = "warning"
	Error   Tone = "error"
)

// Finding is something about a bot that a person should know.
type Finding struct {
	Code   string `json:"code"` // stable: "webhook", "pending", "webhook_error", "intents", "budget"
	Tone   Tone   `json:"tone"`
	Title  string `json:"title"`
	Text   string `json:"text"`
	Remedy string `json:"remedy,omitempty"`
}

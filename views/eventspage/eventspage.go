// Package eventspage draws the page of all that has happened, with its filters, a page at a time.
package eventspage

import (
	"net/url"
	"time"

	"github.com/botswain/botswain/views/dashboard"
)

// Ids of the parts that change.
const (
	ListID  = "event-list"
	RowsID  = "event-rows"
	OlderID = "event-older"
)

// Filter is what the visitor wants to see; zero values mean all.
type Filter struct {
	Bot  string // an id
	Kind string // the name of a Kind
	// Before is the event that the page ends before; 0: it begins with the newest.
	Before int64
}

// Query writes the filter as the page's query string.
func (f Filter) Query(before int64) string {
	q := url.Values{}
	if f.Bot != "" {
		q.Set("bot", f.Bot)
	}
	if f.Kind != "" {
		q.Set("kind", f.Kind)
	}
	if before > 0 {
		q.Set("before", itoa(before))
	}
	return q.Encode()
}

// URL is the page with this filter, with events older than before (0: from the newest).
func (f Filter) URL(before int64) string {
	if q := f.Query(before); q != "" {
		return "/events?" + q
	}
	return "/events"
}

// Kind is a family of events that can be chosen.
type Kind struct{ Name, Label string }

// Choice is a bot that can be chosen.
type Choice struct{ ID, Name string }

// Page is everything that the page shows.
type Page struct {
	Filter Filter
	Kinds  []Kind
	Bots   []Choice
	Events []dashboard.Event
	Away   string // why nothing can be shown
	// Older is the id that the next older page ends before; 0: there is none.
	Older int64
	Now   time.Time
}

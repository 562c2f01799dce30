package web

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/botpage"
)

var hasPattern = regexp.MustCompile(`data-has="([^"]*)"`)

// TestAPageIsntSentWhatItShows: the first connection of a bot's page brings what has changed since it was drawn, and
// nothing else; one that doesn't say what it has gets everything.
func TestAPageIsntSentWhatItShows(t *testing.T) {
	s := newStage(t)
	id := s.deck.add("Anchor", bot.Running)
	live := "/live?page=bot&id=" + id.String()
	all := []string{botpage.HeadID, botpage.NoticesID, botpage.FactsID, botpage.RunsID, botpage.ProcessID}

	m := s.until(s.messages(t.Context(), live), target(botpage.HeadID))
	for _, part := range all {
		if !strings.Contains(m, target(part)) {
			t.Errorf("a page that says nothing isn't sent #%s", part)
		}
	}

	has := hasPattern.FindStringSubmatch(s.html("/bots/" + id.String()))
	if has == nil || has[1] == "" {
		t.Fatal("the page doesn't say what it has")
	}
	s.deck.set(id, bot.Stopping)
	m = s.until(s.messages(t.Context(), live, hasHeader, has[1]), target(botpage.HeadID))
	if !strings.Contains(m, `data-state="stopping"`) {
		t.Errorf("the new state is missing: %s", m)
	}
	has = hasPattern.FindStringSubmatch(s.html("/bots/" + id.String()))
	in := s.messages(t.Context(), live, hasHeader, has[1])
	s.deck.set(id, bot.Stopped)
	if m = s.until(in, "hx-partial"); strings.Contains(m, target("health")) || strings.Contains(m, `data-state="stopping"`) {
		t.Errorf("more than what changed: %s", m)
	}
}

// TestAPageThatCouldNotBeReadSaysNothing: what it lacks comes with the first connection.
func TestAPageThatCouldNotBeReadSaysNothing(t *testing.T) {
	s := newStage(t)
	id := s.deck.add("Anchor", bot.Running)
	s.deck.err = http.ErrServerClosed // of runs and events
	if has := hasPattern.FindStringSubmatch(s.html("/bots/" + id.String())); has != nil {
		t.Errorf("it says that it has %q", has[1])
	}
}

func TestMarks(t *testing.T) {
	m, other := newMarker(), newMarker()
	parts := []part{{target: "a", rev: "1"}, {target: "b", rev: "1"}}
	ask := func(has string) map[string]bool {
		r := httptest.NewRequest(http.MethodGet, "/live", nil)
		r.Header.Set(hasHeader, has)
		return marksOf(r)
	}
	got := ask(m.has(parts))
	if !got[m.mark("a", "1")] || !got[m.mark("b", "1")] || got[m.mark("a", "2")] || got[other.mark("a", "1")] {
		t.Errorf("marks: %v", got)
	}
	for _, garbage := range []string{"abc", strings.Repeat("abcdef", maxMarks+1)} {
		if got := ask(garbage); got != nil {
			t.Errorf("%.20q is read as %v", garbage, got)
		}
	}
}

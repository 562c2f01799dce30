package web

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/bot"
)

// The pinned bots are in the sidebar of each page, in the user's order, and change on pages of other bots, too.
func TestPinsInTheSidebar(t *testing.T) {
	s := newStage(t)
	withRuns(s)
	a, b, other := s.deck.add("Alpha", bot.Running), s.deck.add("Beta", bot.Crashed), s.deck.add("Gamma", bot.Running)
	for _, id := range []bot.ID{b, a} {
		if err := s.pages.desks.Pin(t.Context(), uuid.Nil, id); err != nil {
			t.Fatal(err)
		}
	}
	page := s.got("/bots/"+a.String()+"/runs", 200)
	at, after := strings.Index(page, `id="pin-`+b.String()), strings.Index(page, `id="pin-`+a.String())
	if at < 0 || after < at || strings.Contains(page, `id="pin-`+other.String()) {
		t.Errorf("Beta at %d, Alpha at %d", at, after)
	}
	if !strings.Contains(page[after:], `aria-current="page"`) || strings.Contains(page[at:after], `aria-current`) {
		t.Error("the bot of the page isn't marked, or another is")
	}
	if !strings.Contains(page[at:after], `<span class="sr-only">Crashed</span>`) {
		t.Error("its state has no word")
	}
	in := s.messages(t.Context(), "/live?page=tab&tab=runs&id="+other.String())
	s.until(in, `id="pin-`+a.String())
	s.deck.set(a, bot.Waiting)
	s.until(in, `data-state="waiting"`)
	if err := s.pages.desks.Unpin(t.Context(), uuid.Nil, b); err != nil {
		t.Fatal(err)
	}
	if got := s.until(in, `hx-target="#pins"`); strings.Contains(got, "Beta") {
		t.Errorf("unpinned, but still there: %s", got)
	}
}

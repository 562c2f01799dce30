package web

import (
	"net/http"
	"testing"

	tour "github.com/botswain/botswain/app/e2e/pages"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/views/apidocs"
)

// TestEveryPageIsLookedAt: each page of the route table is in the list that the browser tests walk, or is
// said there to be only a part of one; and the list names nothing that is gone.
func TestEveryPageIsLookedAt(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{}
	for _, p := range tour.All() {
		listed[p.Route] = true
	}
	s := &Server{deps: Deps{Bots: &BotDeps{Hub: event.NewHub()}, Docs: &apidocs.Reference{}, API: http.NotFoundHandler()}}
	table := map[string]bool{"": true}
	for _, r := range s.routes() {
		if r.method != http.MethodGet || r.kind != asPage {
			continue
		}
		table[r.path] = true
		_, part := tour.Parts()[r.path]
		if listed[r.path] == part {
			t.Errorf("%s: listed as a page: %v, as a part: %v; add it to app/e2e/pages, once", r.path, listed[r.path], part)
		}
	}
	for path := range listed {
		if !table[path] {
			t.Errorf("%s is listed in app/e2e/pages, but is no page", path)
		}
	}
	for path := range tour.Parts() {
		if !table[path] {
			t.Errorf("%s is listed in app/e2e/pages, but is no part of a page", path)
		}
	}
}

package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/views/i18n"
)

// What goes wrong with a log is said in the language of the page, also where a script shows it.
func TestLogErrorsInGerman(t *testing.T) {
	s := newStage(t)
	id := s.deck.add("Printer", bot.Running)
	german, _ := i18n.Find("de")
	get := func(h echo.HandlerFunc, query string) string {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, "/?"+query, nil)
		r.Header.Set("HX-Request", "true")
		w := httptest.NewRecorder()
		c := echo.New().NewContext(r.WithContext(i18n.With(t.Context(), german)), w)
		c.SetParamNames("id")
		c.SetParamValues(id.String())
		if err := h(c); err != nil {
			t.Fatal(err)
		}
		return w.Body.String()
	}
	if got := get(s.pages.logPage, "q=(&re=1"); !strings.Contains(got, "Das ist kein regulärer Ausdruck") {
		t.Errorf("the filter's answer: %s", got)
	}
	s.book.mu.Lock()
	s.book.err = fault.New(fault.Unavailable, "The search takes too long here. Choose a shorter time, or more to look for.")
	s.book.mu.Unlock()
	if got := get(s.pages.moreLogs, "place=1"); !strings.Contains(got, `"error":"Die Suche dauert hier zu lange.`) {
		t.Errorf("a search that the service gave up: %s", got)
	}
	s.book.mu.Lock()
	s.book.err = http.ErrAbortHandler // nothing that may be shown
	s.book.mu.Unlock()
	if got := get(s.pages.moreLogs, "place=1"); !strings.Contains(got, `"error":"Das Log lässt sich gerade nicht lesen.`) {
		t.Errorf("a search that failed: %s", got)
	}
}

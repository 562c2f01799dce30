package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
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

// A jump to a time looks for it among the lines that pass the filter, also after scripts have changed that.
func TestJumpToATimeKeepsTheFilter(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	id := s.deck.add("Printer", bot.Running)
	s.book.print(id, 300)
	path := "/bots/" + id.String() + "/logs"
	hidden := func(page, name, value string) bool {
		return strings.Contains(page, `<input type="hidden" form="log-jump" name="`+name+`" value="`+value+`">`)
	}
	page := s.got(path+"?q=1.&re=1&level=error&level=none", 200)
	if !hidden(page, "q", "1.") || !hidden(page, "re", "1") || !hidden(page, "level", "error") || !hidden(page, "level", "none") {
		t.Error("the form for a time lacks the filter of the page")
	}
	if strings.Contains(s.got(path, 200), `type="hidden" form="log-jump"`) {
		t.Error("it has a filter where there is none")
	}

	b := s.open(path + "?level=none")
	b.live()
	b.do(chromedp.SendKeys(chromedp.CSS("#log-search"), "line 7"))
	b.until("location.search.includes('q=line+7') && document.querySelectorAll('#log-lines mark').length === 11")
	eval[bool](b, "(document.getElementById('log-at').value = '2026-01-01T00:00', document.getElementById('log-jump').requestSubmit(), true)")
	b.until("location.search.includes('at=2026') && document.readyState === 'complete'")
	if got := eval[string](b, "(q => [q.get('q'), q.getAll('level')].join())(new URLSearchParams(location.search))"); got != "line 7,none" {
		t.Errorf("the filter became %q", got)
	}
	b.until("document.querySelectorAll('#log-lines .log-line').length === 11 && document.querySelector('#log-search').value === 'line 7'")
}

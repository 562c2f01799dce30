package web

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/logs"
)

// torn is a log that can't be read any further after what was found.
type torn struct{ *book }

func (l torn) Search(ctx context.Context, q logs.Search, found func([]logs.Found, logs.Progress) error) error {
	if err := l.book.Search(ctx, q, found); err != nil {
		return err
	}
	return fault.New(fault.Unavailable, "The log can't be read now.")
}

// An error is said as long as nothing has been sent; then the download breaks off.
func TestDownloadThatFails(t *testing.T) {
	s := newStage(t)
	id := s.deck.add("bot", bot.Running)
	s.pages.logs = torn{s.book}
	get := func() *http.Response {
		t.Helper()
		return s.ask(t.Context(), http.MethodGet, "/bots/"+id.String()+"/logs/download?format=text", "Accept-Encoding", "identity")
	}
	s.book.print(id, 10)
	res := get()
	page := text(t, res)
	if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Content-Disposition") != "" || strings.Contains(page, "line 10") {
		t.Errorf("before anything was sent: %s, %q, %s", res.Status, res.Header.Get("Content-Disposition"), page)
	}
	s.book.print(id, 5000) // more than is held back
	res = get()
	if body, err := io.ReadAll(res.Body); res.StatusCode != http.StatusOK || err == nil {
		t.Errorf("in the middle: %s, %d bytes and no error", res.Status, len(body))
	}
}

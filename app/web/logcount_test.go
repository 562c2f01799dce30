package web

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/logs"
)

// Count counts the lines of the book in two halves, or says that it can't while the book is closed.
func (b *book) Count(_ context.Context, _ *bot.ID, pick *logs.Matcher, parts int) (logs.Counts, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return logs.Counts{}, fault.New(fault.Unavailable, "The search takes too long here. Choose a shorter time, or more to look for.")
	}
	c := logs.Counts{From: time.Now().Add(-time.Hour), To: time.Now(), Parts: make([]map[logs.Level]int64, parts)}
	for i := range c.Parts {
		c.Parts[i] = map[logs.Level]int64{}
	}
	c.Parts[0][logs.Error], c.Parts[0][logs.Info], c.Parts[parts-1][logs.Warn] = 14, 3120, 52
	return c, nil
}

// The chips of the levels and the chart above the log say how many lines there are, or why nobody knows.
func TestLogCounts(t *testing.T) {
	s := newStage(t)
	id := s.deck.add("Alpha", bot.Running)
	path := "/bots/" + id.String() + "/logs"
	if page := s.got(path, 200); !strings.Contains(page, `hx-get="`+path+`/counts"`) {
		t.Error("the page doesn't ask for them")
	}
	got := s.got(path+"/counts", 200)
	for _, want := range []string{
		`hx-target="#log-count-error" hx-swap="textContent">14<`, `hx-target="#log-count-info" hx-swap="textContent">3,120<`,
		`3,186 lines from `, `class="fill-error"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
	// Of the levels that aren't chosen the chips still tell, the chart doesn't.
	got = s.got(path+"/counts?level=warn", 200)
	if !strings.Contains(got, `hx-target="#log-count-error" hx-swap="textContent">14<`) || !strings.Contains(got, `class="fill-error" d=""`) || strings.Contains(got, `class="fill-warning" d=""`) {
		t.Errorf("only warnings: %s", got)
	}
	s.book.mu.Lock()
	s.book.err = context.DeadlineExceeded
	s.book.mu.Unlock()
	if got = s.got(path+"/counts", 200); !strings.Contains(got, "not available. The search takes too long") || strings.Contains(got, ">0<") {
		t.Errorf("not counted: %s", got)
	}
}

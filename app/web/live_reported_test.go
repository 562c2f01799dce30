package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/health"
	"github.com/botswain/botswain/app/report"
	"github.com/botswain/botswain/views/botpage"
)

// ledger is what bots report, in memory.
type ledger struct {
	hub *event.Hub

	mu       sync.Mutex
	figures  report.Figures
	revision uint64
	err      error
}

func (l *ledger) Figures(context.Context, bot.ID) (report.Figures, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return report.Figures{}, l.err
	}
	return l.figures, nil
}

func (l *ledger) Revision(bot.ID) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.revision
}

func (l *ledger) put(id bot.ID, guilds, messages float64, err error) {
	l.mu.Lock()
	at := time.Now()
	l.figures.Gauges = []report.Figure{{Name: "guilds", Value: guilds, At: at}}
	l.figures.Counters = []report.Figure{{Name: "messages", Value: messages, At: at}}
	l.revision++
	l.err = err
	l.mu.Unlock()
	l.hub.Publish(event.Topic{Kind: event.TopicReport, Bot: id})
}

func TestReportedFiguresAreLive(t *testing.T) {
	s := newStage(t)
	book := &ledger{hub: s.hub}
	s.pages.reports = book
	id, other := s.deck.add("Anchor", bot.Running), s.deck.add("Buoy", bot.Running)
	in := s.messages(t.Context(), "/live?page=bot&id="+id.String())
	if first := s.until(in, target(botpage.ReportedID)); strings.Contains(first, "Reported</h2>") {
		t.Error("there is a card without anything reported")
	}
	book.put(id, 12, 1234.5, nil)
	m := s.until(in, target(botpage.ReportedID))
	for _, want := range []string{`data-gauge="guilds">12<`, `Messages today`, `data-counter="messages">1,234.5<`} {
		if !strings.Contains(m, want) {
			t.Errorf("%q isn't in %s", want, m)
		}
	}
	if strings.Contains(m, target(botpage.RunsID)) {
		t.Error("more than what changed")
	}
	// What can't be read leaves the page as it is, and comes when it can be.
	book.put(id, 13, 2000, errors.New("away"))
	book.put(other, 13, 2000, errors.New("away"))
	s.setHealth(health.State{DatabaseDown: true, Message: "The database is away."})
	m = s.until(in, "The database is away")
	if strings.Contains(m, target(botpage.ReportedID)) {
		t.Errorf("the card was replaced: %s", m)
	}
	book.mu.Lock()
	book.err = nil
	book.mu.Unlock()
	s.setHealth(health.State{})
	s.until(in, `data-gauge="guilds">13<`)

	res := s.ask(t.Context(), http.MethodGet, "/bots/"+id.String())
	page, err := io.ReadAll(res.Body)
	if err != nil || !strings.Contains(string(page), `data-gauge="guilds">13<`) {
		t.Errorf("the page lacks the figures: %v", err)
	}
}

package platform

import (
	"testing"
	"time"
)

func limitFacts(app string, remaining, shards int, reset time.Time) *Facts {
	return &Facts{Identity: Identity{ID: "u" + app}, Discord: &DiscordFacts{
		ApplicationID: app, Gateway: &Gateway{Shards: shards, Limit: SessionLimit{Total: 1000, Remaining: remaining, ResetsAt: reset}},
	}}
}

func TestBudgetCountsStartsSinceTheNewestAnswer(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	reset := now.Add(5 * time.Hour)
	b := newBudgets()
	if _, ok := b.of("a", now); ok {
		t.Error("known before anything was said")
	}
	b.started("a", now) // nobody knows of how many
	b.heard(limitFacts("a", 990, 2, reset), now)
	b.started("a", now.Add(time.Second))
	b.started("a", now.Add(2*time.Second))
	b.heard(limitFacts("a", 995, 2, reset), now.Add(-time.Hour)) // of another bot, and older
	got, ok := b.of("a", now.Add(time.Minute))
	if !ok || got.Remaining != 986 || got.Shards != 2 || !got.LastStart.Equal(now.Add(2*time.Second)) || got.Short() {
		t.Errorf("%+v, %v", got, ok)
	}
	b.heard(limitFacts("a", 985, 2, reset), now.Add(3*time.Second))
	if got, _ := b.of("a", now.Add(time.Minute)); got.Remaining != 985 || got.LastStart.IsZero() {
		t.Errorf("after a newer answer: %+v", got)
	}
	b.heard(limitFacts("a", 101, 2, reset), now.Add(4*time.Second))
	if got, _ := b.of("a", now.Add(time.Minute)); !got.Short() || got.Reserve() != 100 {
		t.Errorf("short: %+v", got)
	}
	if _, ok := b.of("a", reset); ok {
		t.Error("known after its time")
	}
	if _, ok := b.of("other", now); ok {
		t.Error("of another application")
	}
}

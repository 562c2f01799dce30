package event_test

import (
	"slices"
	"testing"

	"github.com/botswain/botswain/app/event"
)

// TestListenersAreToldInOrder: what counts topics for pages subscribes before them, and has counted when they look.
func TestListenersAreToldInOrder(t *testing.T) {
	hub := event.NewHub()
	var told, want []int
	var subs []*event.Subscription
	for i := range 20 {
		subs = append(subs, hub.Subscribe(func(event.Topic) bool { told = append(told, i); return true }))
		want = append(want, i)
	}
	hub.Publish(event.Topic{Kind: event.TopicCrew})
	if !slices.Equal(told, want) {
		t.Errorf("told in the order %v", told)
	}
	subs[7].Close()
	subs[7].Close()
	told = nil
	hub.Publish(event.Topic{Kind: event.TopicCrew})
	if !slices.Equal(told, slices.Delete(want, 7, 8)) {
		t.Errorf("after one has gone: %v", told)
	}
}

// Package health watches what Botswain can't do without: the database and the disk. It says in
// plain words what is wrong, for pages, /readyz and the log.
package health

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/event"
)

const (
	databaseEvery   = time.Second
	databaseTimeout = 3 * time.Second
	diskEvery       = 10 * time.Second
)

// State is what is wrong now; the zero value with SpoolWritable set means all is well.
type State struct {
	DatabaseDown      bool
	DatabaseDownSince time.Time // its last answer, or the first question it left unanswered
	DiskFull          bool      // less than lowSpace is left
	SpoolWritable     bool
	Polling           bool // the kernel has no inotify watches for new output
	// Contended names another Botswain that has taken over the bots of the database; "": nobody.
	Contended string
	// Message is for people, safe to show; "" when all is well.
	Message string
}

// Well says that nothing is wrong.
func (s State) Well() bool { return s.Message == "" }

// Monitor holds the newest State.
type Monitor struct {
	database *database
	dataDir  string
	hub      *event.Hub
	log      *slog.Logger

	mu    sync.RWMutex
	state State
}

// New makes a monitor that assumes the best until Run has looked. It asks the database over a
// connection of its own, made like the pool's: a pool that is all in use is not a database that is
// away.
func New(pool *pgxpool.Pool, dataDir string, hub *event.Hub, log *slog.Logger) *Monitor {
	return &Monitor{
		database: &database{config: pool.Config().ConnConfig},
		dataDir:  dataDir,
		hub:      hub,
		log:      log,
		state:    State{SpoolWritable: true},
	}
}

// State is the newest known state.
func (m *Monitor) State() State {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.state
}

// Run looks until ctx ends, and pokes event.TopicHealth when something changed. It returns nil.
func (m *Monitor) Run(ctx context.Context) error {
	var both sync.WaitGroup // apart, since a sick disk may block for long
	both.Go(func() { m.watchDatabase(ctx) })
	both.Go(func() { every(ctx, diskEvery, m.lookAtDisk) })
	both.Wait()
	return nil
}

// Contend notes that another Botswain has the database's lock; "" that it is ours again.
func (m *Monitor) Contend(by string) {
	m.change(func(s *State) { s.Contended = by }, nil)
}

func (m *Monitor) watchDatabase(ctx context.Context) {
	defer m.database.close()
	answered := time.Now()
	every(ctx, databaseEvery, func() {
		err := m.database.ask(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			answered = time.Now()
		}
		m.change(func(s *State) {
			s.DatabaseDown, s.DatabaseDownSince = err != nil, time.Time{}
			if err != nil {
				s.DatabaseDownSince = answered
			}
		}, err)
	})
}

func (m *Monitor) lookAtDisk() {
	d := lookAtDisk(m.dataDir)
	m.change(func(s *State) { s.DiskFull, s.SpoolWritable = d.full, d.writable }, d.err)
}

// SetPolling notes whether new output of bots is looked for by polling, as the log path tells.
func (m *Monitor) SetPolling(on bool) {
	m.change(func(s *State) { s.Polling = on }, nil)
}

// change applies a finding and tells everybody if it is news.
func (m *Monitor) change(apply func(*State), cause error) {
	m.mu.Lock()
	old := m.state
	apply(&m.state)
	m.state.Message = message(m.state)
	now := m.state
	m.mu.Unlock()
	if now == old {
		return
	}
	if now.Well() {
		m.log.Info("health: all is well again")
	} else {
		m.log.Warn("health: "+now.Message, "cause", cause)
	}
	m.hub.Publish(event.Topic{Kind: event.TopicHealth})
}

// every calls do at once and then at each tick, until ctx ends.
func every(ctx context.Context, d time.Duration, do func()) {
	tick := time.NewTicker(d)
	defer tick.Stop()
	for {
		do()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Package writer sees to it that one Botswain at a time supervises the bots of a database: it holds
// an advisory lock on a connection of its own for as long as Botswain runs.
//
// The lock on the data directory can't do that: two data directories may have one DATABASE_URL.
package writer

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/botswain/botswain/app/fault"
)

const (
	// lockSpace and lockNumber are the advisory lock ("botw" in ASCII; 1 and 2 are the log path's).
	lockSpace, lockNumber = 1651470199, 3
	// Patience is how long the lock of a Botswain that was just killed may take to become free.
	Patience = 10 * time.Second
	look     = 250 * time.Millisecond // between two tries
	ask      = 2 * time.Second        // between two questions whether the server still answers
	timeout  = 5 * time.Second        // of one
)

// Options are what a Lock needs.
type Options struct {
	// Config is how to connect; it is copied.
	Config   *pgx.ConnConfig
	Patience time.Duration // 0: Patience
	// Contended is told who else has the lock when it was lost to somebody, and "" when it is ours
	// again; nil: nobody is told.
	Contended func(by string)
	Log       *slog.Logger
}

// Lock says who may write. See Take.
type Lock struct {
	o    Options
	conn *pgx.Conn // Run's, after Take

	mu    sync.Mutex
	held  bool
	other string        // who has it, when somebody else does
	ours  chan struct{} // closed while nobody else is known to have it
}

// Take waits a while for the lock. When somebody else keeps it the error is a fault.Conflict that
// names them. Call Run to keep it, and Close.
func Take(ctx context.Context, o Options) (*Lock, error) {
	if o.Patience == 0 {
		o.Patience = Patience
	}
	if o.Contended == nil {
		o.Contended = func(string) {}
	}
	o.Config = o.Config.Copy()
	o.Config.RuntimeParams["application_name"] = name()
	l := &Lock{o: o, ours: make(chan struct{})}
	close(l.ours)
	deadline := time.Now().Add(o.Patience)
	for {
		other, err := l.try(ctx)
		switch {
		case err == nil && other == "":
			l.held = true
			return l, nil
		case err != nil && time.Now().After(deadline):
			l.drop()
			return nil, fmt.Errorf("take the lock on the database: %w", err)
		case time.Now().After(deadline):
			l.drop()
			return nil, fault.New(fault.Conflict, "another Botswain (%s) already supervises the bots of this database; stop it first, or give this one another DATABASE_URL", other)
		}
		if err := pause(ctx, look); err != nil {
			l.drop()
			return nil, err
		}
	}
}

// name tells others who holds the lock. Postgres keeps 63 bytes.
func name() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("botswain writer: %.30s, pid %d", host, os.Getpid())
}

// try takes the lock, or says who has it.
func (l *Lock) try(ctx context.Context) (other string, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if l.conn == nil {
		if l.conn, err = pgx.ConnectConfig(ctx, l.o.Config); err != nil {
			l.conn = nil
			return "", err
		}
		// A dead machine's lock is free after half a minute instead of two hours. Servers that can't
		// do that say so; it is no reason to stop.
		for _, set := range []string{
			"set idle_session_timeout = 0", "set tcp_keepalives_idle = 10", "set tcp_keepalives_interval = 5", "set tcp_keepalives_count = 3", "set tcp_user_timeout = 25000",
		} {
			if _, err := l.conn.Exec(ctx, set); err != nil {
				l.o.Log.Debug("a setting of the lock's connection is refused", "setting", set, "error", err)
			}
		}
	}
	var got bool
	if err := l.conn.QueryRow(ctx, "select pg_try_advisory_lock($1, $2)", lockSpace, lockNumber).Scan(&got); err != nil {
		l.drop()
		return "", err
	}
	if got {
		return "", nil
	}
	err = l.conn.QueryRow(ctx, `select replace(a.application_name, 'botswain writer: ', '') || coalesce(', from ' || host(a.client_addr), '')
		from pg_locks l join pg_stat_activity a using (pid)
		where l.locktype = 'advisory' and l.granted and l.database = (select oid from pg_database where datname = current_database())
		and l.classid = $1 and l.objid = $2 and l.objsubid = 2`, lockSpace, lockNumber).Scan(&other)
	if err != nil {
		l.o.Log.Debug("the holder of the lock can't be named", "error", err)
	}
	return cmp.Or(other, "it can't be told which"), nil
}

func (l *Lock) drop() {
	if l.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = l.conn.Close(ctx)
	l.conn = nil
}

// Close gives the lock back. Run must have returned.
func (l *Lock) Close() { l.drop() }

// Run keeps the lock until ctx ends: it notices at once when the connection goes, and takes the lock
// again when the database is back. It returns nil.
func (l *Lock) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		if l.mine() {
			if err := l.watch(ctx); err != nil && ctx.Err() == nil {
				l.drop()
				l.lose("")
				l.o.Log.Warn("the connection that holds the lock on the database is gone; taking it again", "error", err)
			}
			continue
		}
		other, err := l.try(ctx)
		switch {
		case err != nil:
		case other == "":
			l.win()
		default:
			l.lose(other)
		}
		_ = pause(ctx, look)
	}
	return nil
}

// watch returns when the connection is gone or ctx has ended.
func (l *Lock) watch(ctx context.Context) error {
	wait, cancel := context.WithTimeout(ctx, ask)
	_, err := l.conn.WaitForNotification(wait) // none ever comes: it notices the end
	quiet := wait.Err() != nil
	cancel()
	if err != nil && !quiet {
		return err
	}
	ping, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return l.conn.Ping(ping)
}

func (l *Lock) mine() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held
}

func (l *Lock) win() {
	l.mu.Lock()
	was := l.other
	l.held, l.other = true, ""
	if was != "" {
		close(l.ours)
	}
	l.mu.Unlock()
	l.o.Log.Info("the lock on the database is ours again")
	if was != "" {
		l.o.Contended("")
	}
}

// lose notes that the lock isn't ours; other "" means that nobody is known to have it.
func (l *Lock) lose(other string) {
	l.mu.Lock()
	was := l.other
	l.held = false
	if other != "" {
		l.other = other
		if was == "" {
			l.ours = make(chan struct{})
		}
	}
	l.mu.Unlock()
	if other != "" && other != was {
		l.o.Log.Error("another Botswain has taken over the bots of this database; this one starts and stores nothing until it ends", "other", other)
		l.o.Contended(other)
	}
}

// MayStore is an error unless the lock is held now: what another may have changed meanwhile must not
// be written over.
func (l *Lock) MayStore() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.held:
		return nil
	case l.other != "":
		return fault.New(fault.Unavailable, "Another Botswain (%s) supervises these bots.", l.other)
	}
	return fault.New(fault.Unavailable, "The lock on the database is being taken again.")
}

// MayStart is an error while another Botswain has the lock. A database that is merely away doesn't
// keep bots down.
func (l *Lock) MayStart() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.other == "" {
		return nil
	}
	return fault.New(fault.Conflict, "Another Botswain (%s) supervises these bots now; this one starts nothing until that one ends.", l.other)
}

// AwaitStart returns when MayStart would allow it, or with the error of ctx.
func (l *Lock) AwaitStart(ctx context.Context) error {
	l.mu.Lock()
	ours := l.ours
	l.mu.Unlock()
	select {
	case <-ours:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

package runs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/logs"
	"github.com/botswain/botswain/db"
)

const (
	// sweepRows is how many ends are looked at together.
	sweepRows = 500
	// patience is after what time an end's lines are kept as they are, whatever is still spooled and
	// whatever the database says. Times without a database aren't part of it.
	patience = time.Hour
	// soon and later bound how often is looked whether the log path is done with a spool.
	soon, later = 200 * time.Millisecond, 5 * time.Second
	// always is how often is looked in any case.
	always = 10 * time.Minute
)

// Options are what a Keeper needs; MayStore and Now may be nil.
type Options struct {
	Store *Store
	// SpoolRoot is the folder with <bot>/<run>, which goes when all of a run is stored.
	SpoolRoot string
	Hub       *event.Hub
	// MayStore is an error while another Botswain stores what happens.
	MayStore func() error
	Now      func() time.Time
	Log      *slog.Logger
}

// Keeper copies the last lines of abnormal ends out of the log, as they are stored there. That such an end
// has to be kept is in its row, so neither an outage of the database nor a death of Botswain can make it
// forget one: what wasn't kept is found by the next sweep.
type Keeper struct {
	o     Options
	waits waiting // Run and a Guard have it
}

// NewKeeper makes a keeper; nothing happens until Run.
func NewKeeper(o Options) *Keeper {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MayStore == nil {
		o.MayStore = func() error { return nil }
	}
	return &Keeper{o: o}
}

// Run keeps until ctx ends.
func (k *Keeper) Run(ctx context.Context) error {
	sub := k.o.Hub.Subscribe(func(t event.Topic) bool { return t.Kind == event.TopicEvents || t.Kind == event.TopicHealth })
	defer sub.Close()
	wait, failing := soon, false
	for {
		left, err := k.sweep(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			if !failing {
				k.o.Log.Warn("last lines of crashes can't be kept now; trying again", "error", err)
			}
			failing, wait = true, later
		case left == 0:
			failing, wait = false, always
		case wait == always:
			failing, wait = false, soon
		default:
			failing, wait = false, min(2*wait, later)
		}
		if err := k.await(ctx, sub, wait); err != nil {
			return nil
		}
		if len(sub.Take()) > 0 {
			wait = soon
		}
	}
}

// await returns after wait, or earlier when something was stored: but not so often that a storm of events
// becomes a storm of questions.
func (k *Keeper) await(ctx context.Context, sub *event.Subscription, wait time.Duration) error {
	pause, rest := time.NewTimer(min(soon, wait)), time.NewTimer(wait)
	defer pause.Stop()
	defer rest.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-pause.C:
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-sub.C():
	case <-rest.C:
	}
	return nil
}

// sweep keeps all whose output is stored, and says how many have to wait. One that fails keeps no other
// from being kept; its error comes at the end.
func (k *Keeper) sweep(ctx context.Context) (left int, err error) {
	if err := k.o.MayStore(); err != nil {
		k.waits.forget()
		return 0, err
	}
	kept := false
	defer func() {
		if kept { // whoever shows a crash looks again
			k.o.Hub.Publish(event.Topic{Kind: event.TopicEvents})
		}
	}()
	err = k.each(ctx, func(u unkept) error {
		if !k.stored(u) {
			left++
			return nil
		}
		if err := k.keep(ctx, u, k.o.Now()); err != nil {
			left++
			return err
		}
		kept = true
		return nil
	})
	return left, err
}

// each calls do for all ends that wait, the oldest first. After an error it goes on with the next, unless
// the database is away; it returns the first.
func (k *Keeper) each(ctx context.Context, do func(unkept) error) (first error) {
	var last unkept
	for {
		list, err := k.o.Store.unkept(ctx, last, sweepRows)
		if err != nil {
			k.waits.forget()
			return err
		}
		if last == (unkept{}) && len(list) == 0 {
			k.waits.forget() // also those of deleted bots
			return nil
		}
		k.waits.note(list, k.o.Now())
		for _, last = range list {
			err := do(last)
			if err != nil && (ctx.Err() != nil || db.Away(err)) {
				k.waits.forget()
				return err
			}
			if first == nil {
				first = err
			}
		}
		if len(list) < sweepRows {
			return first
		}
	}
}

// keep keeps the lines of an end. Where the database refuses them, or takes too long for each try until patience
// is over, it is noted without more: it would hold up the log's retention for ever.
func (k *Keeper) keep(ctx context.Context, u unkept, at time.Time) error {
	err := k.o.Store.keep(ctx, u, at)
	if err != nil && (ctx.Err() != nil || db.Away(err) || !refused(err) && !k.overdue(u)) {
		return err
	}
	if err != nil {
		k.o.Log.Error("the last lines of a crash can't be kept; it stays without", "bot", u.bot, "run", u.run, "error", err)
		err = k.o.Store.giveUp(ctx, u, k.o.Now())
	}
	if err == nil && !at.IsZero() {
		k.waits.done(u)
	}
	return err
}

// refused says whether the same again is answered the same: bad data (22), or a broken constraint (23). A
// statement that took too long (57014) isn't that.
func refused(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (strings.HasPrefix(pg.Code, "22") || strings.HasPrefix(pg.Code, "23"))
}

// stored says whether all that a run printed is in the log, or else was waited for long enough.
func (k *Keeper) stored(u unkept) bool {
	_, err := os.Lstat(filepath.Join(k.o.SpoolRoot, u.bot.String(), u.run.String()))
	return errors.Is(err, fs.ErrNotExist) || k.overdue(u)
}

// overdue says whether an end has waited for as long as patience is, with a database.
func (k *Keeper) overdue(u unkept) bool { return k.waits.time(u, k.o.Now()) > patience }

// keepAll keeps what there is of all ends that are waiting; those whose output isn't stored go on waiting.
func (k *Keeper) keepAll(ctx context.Context) error {
	return k.each(ctx, func(u unkept) error {
		at := k.o.Now()
		if !k.stored(u) {
			at = time.Time{}
		}
		return k.keep(ctx, u, at)
	})
}

// Guard is a log storage that drops nothing before the lines of crashes are kept.
func (k *Keeper) Guard(s logs.Storage) logs.Storage { return guarded{s, k} }

type guarded struct {
	logs.Storage
	keeper *Keeper
}

// Retain implements logs.Storage.
func (g guarded) Retain(ctx context.Context, before time.Time) error {
	if err := g.keeper.keepAll(ctx); err != nil {
		return fmt.Errorf("keep the last lines of crashes: %w", err)
	}
	return g.Storage.Retain(ctx, before)
}

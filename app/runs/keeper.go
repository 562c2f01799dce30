package runs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/logs"
)

const (
	// sweepRows is how many ends are looked at together.
	sweepRows = 500
	// patience is after what time an end's lines are kept as they are, whatever is still spooled.
	patience = time.Hour
	// soon and later bound how often is looked whether the log path is done with a spool.
	soon, later = 200 * time.Millisecond, 5 * time.Second
	// always is how often is looked in any case.
	always = 10 * time.Minute
)

// Options are what a Keeper needs; Writer and Now may be nil.
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
type Keeper struct{ o Options }

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

// sweep keeps all whose output is stored, and says how many have to wait.
func (k *Keeper) sweep(ctx context.Context) (left int, err error) {
	if err := k.o.MayStore(); err != nil {
		return 0, err
	}
	list, err := k.o.Store.unkept(ctx, sweepRows)
	if err != nil {
		return 0, err
	}
	kept := false
	defer func() {
		if kept { // whoever shows a crash looks again
			k.o.Hub.Publish(event.Topic{Kind: event.TopicEvents})
		}
	}()
	for _, u := range list {
		if !k.stored(u) {
			left++
			continue
		}
		if err := k.o.Store.keep(ctx, u, k.o.Now()); err != nil {
			return left, err
		}
		kept = true
	}
	return left, nil
}

// stored says whether all that a run printed is in the log.
func (k *Keeper) stored(u unkept) bool {
	_, err := os.Lstat(filepath.Join(k.o.SpoolRoot, u.bot.String(), u.run.String()))
	return errors.Is(err, fs.ErrNotExist) || k.o.Now().Sub(u.ended) > patience
}

// keepAll keeps what there is of all ends that are waiting; those whose output isn't stored go on waiting.
func (k *Keeper) keepAll(ctx context.Context) error {
	list, err := k.o.Store.unkept(ctx, sweepRows)
	if err != nil {
		return err
	}
	for _, u := range list {
		at := k.o.Now()
		if !k.stored(u) {
			at = time.Time{}
		}
		if err := k.o.Store.keep(ctx, u, at); err != nil {
			return err
		}
	}
	return nil
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

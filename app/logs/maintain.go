package logs

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/steady"
)

const (
	retainEvery = time.Hour
	sweepEvery  = 24 * time.Hour
)

// maintain drops old lines every hour and sweeps up every day, until ctx ends. The storage may be
// away: then it is tried again the next time.
func (s *Service) maintain(ctx context.Context) {
	var swept time.Time
	wait := time.Duration(0)
	var clock steady.Clock
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		wait = retainEvery
		now := s.opt.Now()
		trusted, leapt := clock.Look(now, time.Now())
		if leapt {
			s.log.Warn("logs: the clock was set far forward; old lines are dropped by it in an hour, if it stays", "now", now)
		}
		if trusted > 0 {
			wait = trusted
		} else if err := s.storage.Retain(ctx, now.Add(-s.opt.Retention)); err != nil {
			s.complain(ctx, "drop old lines", err)
			wait = time.Minute
		}
		if time.Since(swept) < sweepEvery {
			continue
		}
		if err := s.sweep(ctx); err != nil {
			s.complain(ctx, "sweep up", err)
			wait = time.Minute
			continue
		}
		swept = time.Now()
	}
}

func (s *Service) complain(ctx context.Context, what string, err error) {
	if ctx.Err() == nil {
		s.log.Warn("logs: can't "+what+" now; trying again later", "error", err)
	}
}

// sweep forgets the offsets of runs whose folder is gone, and what is left of deleted bots.
func (s *Service) sweep(ctx context.Context) error {
	st, err := s.storage.Load(ctx)
	if err != nil {
		return err
	}
	seen, gone := map[bot.RunID]bool{}, []bot.RunID(nil)
	for _, o := range st.Offsets {
		if seen[o.Run] {
			continue
		}
		seen[o.Run] = true
		if _, err := os.Lstat(filepath.Join(s.opt.SpoolRoot, o.Bot.String(), o.Run.String())); os.IsNotExist(err) {
			gone = append(gone, o.Run)
		}
	}
	if len(gone) > 0 {
		// A folder that came back after a power cut, without its offset, would be stored again.
		if err := syncFolder(s.opt.SpoolRoot); err != nil {
			return err
		}
		if err := s.storage.Append(ctx, Batch{Gone: gone}); err != nil {
			return err
		}
	}
	for id := range st.Heads {
		if !st.Bots[id] {
			s.log.Info("logs: removing what is left of a deleted bot", "bot", id)
			s.owed.add(id)
		}
	}
	return nil
}

// syncFolder makes removals below a folder durable.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.Syncfs(int(f.Fd()))
}

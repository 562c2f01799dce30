package logs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/bot"
)

// Recover looks through the spool for runs that ended while Botswain was away and has the rest of
// their output stored, each bot's runs in order; that goes on after it returns. Runs in living are
// left to Follow, and so are runs that were started after New. Spools of unknown bots are removed
// once they are older than the retention; earlier they may belong to another database, which a
// wrong DATABASE_URL has hidden. Call it once, before any bot is started.
func (s *Service) Recover(ctx context.Context, living map[bot.RunID]bool) error {
	st, err := s.storage.Load(ctx)
	if err != nil {
		return fmt.Errorf("recover logs: %w", err)
	}
	bots, err := folders(s.opt.SpoolRoot)
	if err != nil {
		return fmt.Errorf("recover logs: %w", err)
	}
	for _, id := range bots {
		runs, err := folders(filepath.Join(s.opt.SpoolRoot, id.String()))
		if err != nil {
			return fmt.Errorf("recover logs: %w", err)
		}
		ended := slices.DeleteFunc(slices.Clone(runs), func(run bot.RunID) bool { return living[run] })
		if !st.Bots[id] {
			if len(ended) == len(runs) && s.isStale(id) {
				s.log.Info("logs: removing the spool of a deleted bot", "bot", id)
				if err := removeSpool(s.opt.SpoolRoot, id); err != nil {
					s.log.Warn("logs: can't remove a spool folder; the next start tries again", "bot", id, "error", err)
				}
			}
			continue
		}
		if len(ended) > 0 {
			s.log.Info("logs: storing what was printed while Botswain was away", "bot", id, "runs", len(ended))
			s.mail.put(func(in *ingest) { in.recover(id, ended, s.opt.SpoolRoot) })
		}
	}
	return nil
}

// folders lists the sub-folders that are named by an id, in the ids' order: version 7 ids are
// ordered by time, as the clock said.
func folders(dir string) ([]uuid.UUID, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var ids []uuid.UUID
	for _, e := range entries {
		if id, err := uuid.Parse(e.Name()); err == nil && e.IsDir() && id.String() == e.Name() {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return cmp.Compare(a.String(), b.String()) })
	return ids, nil
}

// isStale says whether nothing in a bot's spool has changed within the retention.
func (s *Service) isStale(id bot.ID) bool {
	limit := s.opt.Now().Add(-s.opt.Retention)
	stale := true
	err := filepath.WalkDir(filepath.Join(s.opt.SpoolRoot, id.String()), func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.ModTime().After(limit) {
			stale = false
			return fs.SkipAll
		}
		return err
	})
	return stale && err == nil
}

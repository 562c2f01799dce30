package web

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/botswain/botswain/app/logs"
	"github.com/botswain/botswain/views/logview"
)

// look searches for a page's lines, for a while, and puts them in their order, with edges where there is
// more.
func (p *pages) look(ctx context.Context, s *logScope, v *logview.Viewer, q logs.Search, patience time.Duration) error {
	q.Bot, q.Pick = s.id(), s.pick
	var found []logs.Found
	at, done := logs.Place{}, false
	if q.From != nil {
		at = *q.From
	}
	until := time.Now().Add(patience)
	err := p.logs.Search(ctx, q, func(lines []logs.Found, pr logs.Progress) error {
		found, at, done = append(found, lines...), pr.Place, pr.Done
		if time.Now().After(until) {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if q.Back {
		slices.Reverse(found)
	}
	v.Lines.Lines = p.shown(ctx, s, found)
	edges := [2]logview.Edge{{Kind: logview.Older}, {Kind: logview.Newer}}
	ends := [2]*logs.Place{}
	if len(found) > 0 {
		first, last := found[0].Place(), found[len(found)-1].Place()
		ends = [2]*logs.Place{&first, &last}
	}
	side := 1
	if q.Back {
		side = 0
	}
	// In the direction of the search it goes on where it stopped; in the other from its beginning.
	edges[side].Place = placeWord(at, s.all())
	if other := ends[1-side]; other != nil {
		edges[1-side].Place = placeWord(*other, s.all())
	} else if q.From != nil {
		edges[1-side].Place = placeWord(*q.From, s.all())
	}
	if done {
		edges[side] = logview.Edge{}
	}
	if q.From == nil || q.Back && !s.all() && q.From.Seq > p.logs.LastSeq(s.bot.ID) {
		edges[1-side] = logview.Edge{}
	}
	v.Before, v.After = edges[0], edges[1]
	if !q.Back && done && !s.all() {
		v.Cursor = at.Seq
	}
	return nil
}

// errEnough ends a search that has been waited for long enough.
var errEnough = errors.New("enough for now")

package logs

import (
	"context"
	"errors"
	"slices"
	"time"
)

// pagePatience is how long a page looks for more lines when it has some already.
const pagePatience = 3 * time.Second

// Filter is the query's filter alone.
func (q Query) Filter() Filter {
	return Filter{
		Levels: AtLeast(q.MinLevel), Stream: q.Stream, Run: q.Run, From: q.From, To: q.To,
		Text: q.Text, Regexp: q.Regexp, Case: q.Case,
	}
}

// searches says whether finding the query's lines may take a look at much of the log.
func (q Query) searches() bool { return q.Filter() != (Filter{}) }

var errPageEnough = errors.New("logs: enough for a page")

// pageOf reads a page by a search, so that it takes nothing from the log path. It may have fewer lines than
// the limit, but none only when there are no further ones.
func (s *Service) pageOf(ctx context.Context, q Query) (Page, error) {
	pick, err := q.Filter().Compile()
	if err != nil {
		return Page{}, err
	}
	page := Page{}
	ask := Search{Bot: &q.Bot, Pick: pick, Back: q.AfterSeq == nil, Limit: q.Limit}
	switch {
	case q.AfterSeq != nil:
		ask.From, page.NextAfterSeq = &Place{Seq: *q.AfterSeq}, *q.AfterSeq
	case q.BeforeSeq != nil:
		ask.From = &Place{Seq: *q.BeforeSeq}
	}
	late := time.Now().Add(pagePatience)
	err = s.Search(ctx, ask, func(found []Found, _ Progress) error {
		for _, f := range found {
			if !ask.Back && q.BeforeSeq != nil && f.Seq >= *q.BeforeSeq {
				return errPageEnough
			}
			page.Lines = append(page.Lines, f.Line)
		}
		if len(page.Lines) > 0 && time.Now().After(late) {
			return errPageEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errPageEnough) {
		return Page{}, err
	}
	if ask.Back {
		slices.Reverse(page.Lines)
	}
	if n := len(page.Lines); n > 0 {
		page.NextAfterSeq = page.Lines[n-1].Seq
	}
	return page, nil
}

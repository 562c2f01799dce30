package history

import (
	"context"
	"time"

	"github.com/botswain/botswain/app/bot"
)

// Within reads what one run of a bot used, as Bot, within its time: q.From and q.To are moved into it. Steps are
// a bot's and not a run's, so those that reach over an end of the run, where the run beside it may have been
// measured as well, are left out. ended is zero while the run goes on.
func (s *Service) Within(ctx context.Context, id bot.ID, began, ended time.Time, q Query) (Series, error) {
	if q.From.Before(began) {
		q.From = began
	}
	if !ended.IsZero() && (q.To.IsZero() || q.To.After(ended)) {
		q.To = ended
	}
	t, out, err := q.plan(s.o.Now(), Tiers())
	if err != nil {
		return out, err
	}
	rows, err := s.o.Store.Bot(ctx, id, t, out.From, out.To)
	if err != nil {
		return out, away(err)
	}
	whole := rows[:0]
	for _, r := range rows {
		if !r.at.Before(began) && (ended.IsZero() || !r.at.Add(t.Step).After(ended)) {
			whole = append(whole, r)
		}
	}
	out.fill(whole)
	return out, nil
}

package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/logs"
)

// Search looks through the book as the storage does, in one window.
func (b *book) Search(_ context.Context, q logs.Search, found func([]logs.Found, logs.Progress) error) error {
	b.mu.Lock()
	if b.err != nil {
		defer b.mu.Unlock()
		return b.err
	}
	all := slices.Clone(b.lines[b.first:])
	b.mu.Unlock()
	if q.Back {
		slices.Reverse(all)
	}
	var out []logs.Found
	end := logs.Progress{Share: 1, Done: true}
	for i := range all {
		l := &all[i]
		if q.From != nil && (q.Back && l.Seq >= q.From.Seq || !q.Back && l.Seq <= q.From.Seq) {
			continue
		}
		end.Place.Seq = l.Seq
		if !q.Pick.Match(l) {
			continue
		}
		f := logs.Found{Line: *l}
		if q.Bot != nil {
			f.Bot = *q.Bot
		}
		if out = append(out, f); len(out) == q.Limit {
			end.Done, end.Share, end.At = i == len(all)-1, float64(i)/float64(len(all)), l.At
			break
		}
	}
	if !q.Back && end.Place.Seq == 0 && q.From != nil {
		end.Place = *q.From
	}
	return found(out, end)
}

func (b *book) SeqAt(_ context.Context, _ bot.ID, at time.Time) (int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i, _ := slices.BinarySearchFunc(b.lines, at, func(l logs.Line, at time.Time) int { return l.At.Compare(at) })
	return int64(i) + 1, b.err
}

func (b *book) Settle(context.Context, bot.ID) {}

// replies reads what …/logs/more answers.
func (s *stage) replies(res *http.Response) []found {
	s.t.Helper()
	var out []found
	d := json.NewDecoder(res.Body)
	for {
		var m found
		if err := d.Decode(&m); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			s.t.Fatal(err)
		}
		out = append(out, m)
	}
	if res.StatusCode != http.StatusOK || len(out) == 0 || !out[len(out)-1].End {
		s.t.Fatalf("status %d, %+v", res.StatusCode, out)
	}
	return out
}

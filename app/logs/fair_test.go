package logs

import (
	"fmt"
	"strings"
	"testing"

	"github.com/botswain/botswain/app/bot"
)

// TestLoudBotLeavesRoom: while a loud bot has filled the batch that is being read and another one
// is being stored, lines of quiet bots are still taken, shown, and stored with the next commit.
func TestLoudBotLeavesRoom(t *testing.T) {
	r := newRig(t)
	h := &held{Storage: NewPostgres(r.pool)}
	h.gate.Lock()
	r.startOn(h, func() {})
	loud := r.bot()
	run, dir := r.folder(loud)
	r.svc.Follow(loud, run, dir)
	r.print(dir, "stdout", strings.Repeat("noise\n", 10*batchLines))
	r.wait("full batches", func() bool {
		return r.inside(func(in *ingest) bool { return in.storing != nil && len(in.filling.lines) >= batchLines })
	})
	before := r.svc.LastSeq(loud)
	var quiet []bot.ID
	for i := range 20 {
		id := r.bot()
		run, dir := r.folder(id)
		r.svc.Follow(id, run, dir)
		quiet = append(quiet, id)
		for n := range 3 {
			r.print(dir, "stdout", fmt.Sprintf("hello %d\n", n))
			r.wait(fmt.Sprintf("line %d of bot %d", n, i), func() bool { return r.svc.LastSeq(id) == int64(n+1) })
		}
	}
	if n := r.svc.LastSeq(loud); n != before {
		t.Errorf("the loud bot got %d lines more", n-before)
	}
	inFilling := r.inside(func(in *ingest) bool {
		for _, id := range quiet {
			if in.tracks[id].batch != in.filling.id {
				return false
			}
		}
		return true
	})
	if !inFilling {
		t.Error("the quiet lines aren't in the next batch")
	}
	h.gate.Unlock()
	for _, id := range quiet {
		r.waitSeq(id, 3)
	}
	r.waitSeq(loud, 10*batchLines)
	r.stopClean()
}

// TestNewlyLoudBotHasNoMoreThanItsShare: a bot that isn't quiet any more gets nothing of the reserve.
func TestNewlyLoudBotHasNoMoreThanItsShare(t *testing.T) {
	r := newRig(t)
	h := &held{Storage: NewPostgres(r.pool)}
	h.gate.Lock()
	r.startOn(h, func() {})
	var last bot.ID
	for range 4 {
		last = r.bot()
		run, dir := r.folder(last)
		r.svc.Follow(last, run, dir)
		r.print(dir, "stdout", strings.Repeat("noise\n", batchLines))
	}
	r.wait("full batches", func() bool {
		return r.inside(func(in *ingest) bool { return in.storing != nil && len(in.filling.lines) >= batchLines })
	})
	late := r.bot()
	run, dir := r.folder(late)
	r.print(dir, "stdout", strings.Repeat("noise\n", batchLines))
	r.svc.Follow(late, run, dir)
	r.wait("its share", func() bool { return r.svc.LastSeq(late) == quietLines })
	if n := r.fillingLines(); n > batchLines+quietRoom {
		t.Errorf("%d lines in a batch", n)
	}
	if n := r.svc.LastSeq(late); n != quietLines {
		t.Errorf("%d lines", n)
	}
	h.gate.Unlock()
	r.waitSeq(late, batchLines)
	r.waitSeq(last, batchLines)
	r.stopClean()
}

// inside asks the ingest goroutine.
func (r *rig) inside(ask func(*ingest) bool) bool {
	r.Helper()
	said := make(chan bool, 1)
	if !r.svc.mail.put(func(in *ingest) { said <- ask(in) }) {
		r.Fatal("it has ended")
	}
	return <-said
}

func (r *rig) fillingLines() (n int) {
	r.inside(func(in *ingest) bool { n = len(in.filling.lines); return true })
	return n
}

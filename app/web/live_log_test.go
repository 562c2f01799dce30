package web

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/logs"
	"github.com/botswain/botswain/views/logview"
)

var seqInHTML = regexp.MustCompile(`data-seq="(\d+)"`)

// reader is a browser's log: it takes lines in order and fails on a gap or a repeat.
type reader struct {
	t    *testing.T
	last int64
}

func (r *reader) take(html string) {
	for _, m := range seqInHTML.FindAllStringSubmatch(html, -1) {
		seq, _ := strconv.ParseInt(m[1], 10, 64)
		if seq != r.last+1 {
			r.t.Fatalf("line %d came after line %d", seq, r.last)
		}
		r.last = seq
	}
}

// stream reads from /live until stop says so; every id must be the last line of its message.
func (r *reader) stream(s *stage, id bot.ID, stop func() bool) {
	ctx, cancel := context.WithCancel(r.t.Context())
	defer cancel()
	res := s.ask(ctx, http.MethodGet, "/live?page=logs&id="+id.String(), "Last-Event-ID", strconv.FormatInt(r.last, 10))
	if res.StatusCode != http.StatusOK {
		r.t.Fatalf("status %d", res.StatusCode)
	}
	in := bufio.NewScanner(res.Body)
	in.Buffer(nil, 1<<20)
	cursor := ""
	for !stop() && in.Scan() {
		line := in.Text()
		if c, ok := strings.CutPrefix(line, "id: "); ok {
			cursor = c
		}
		if d, ok := strings.CutPrefix(line, "data: "); ok {
			r.take(d)
		}
		if line == "" && cursor != strconv.FormatInt(r.last, 10) {
			r.t.Fatalf("the event's id is %s, its last line %d", cursor, r.last)
		}
	}
}

func (r *reader) poll(s *stage, id bot.ID) {
	res := s.ask(r.t.Context(), http.MethodGet, "/live/poll?page=logs&id="+id.String(), "Last-Event-ID", strconv.FormatInt(r.last, 10))
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		r.t.Fatalf("status %d, %v", res.StatusCode, err)
	}
	r.take(string(body))
}

// A reader whose connection is cut at random, and who polls now and then, has each line once.
func TestLogWithoutGapOrRepeat(t *testing.T) {
	s := newStage(t)
	id := s.deck.add("printer", bot.Running)
	const total = 8_000
	r, progress := &reader{t: t}, make(chan int64, 1)
	read := func(n int64) { // the newest is enough
		select {
		case <-progress:
		default:
		}
		progress <- n
	}
	printed := make(chan struct{})
	go func() {
		defer close(printed)
		for seen := int64(0); s.book.LastSeq(id) < total; {
			s.book.print(id, 1+rand.IntN(40))
			for s.book.LastSeq(id)-seen > maxBehind/2 { // beyond maxBehind lines would be skipped
				select {
				case seen = <-progress:
				case <-t.Context().Done():
					return
				}
			}
		}
	}()
	for r.last < total {
		if rand.IntN(4) == 0 {
			r.poll(s, id)
		} else {
			until := min(total, r.last+int64(rand.IntN(700)))
			r.stream(s, id, func() bool { read(r.last); return r.last >= until })
		}
		read(r.last)
	}
	<-printed
}

func TestFollowerSkipsWhatIsTooMuch(t *testing.T) {
	s := newStage(t)
	id := s.deck.add("flood", bot.Running)
	s.book.print(id, 30_000)
	f := follower{logs: s.book, bot: id, after: 100}
	p, more, err := f.next(t.Context())
	if err != nil || more {
		t.Fatal(more, err)
	}
	if p.Before.Kind != logview.Gap || p.Before.Skipped != 29_400 || p.Before.Stop != 100 || p.Before.Place != "29501" || p.From != 100 || p.To != 30_000 ||
		len(p.Lines) != batchLines || f.after != 30_000 {
		t.Errorf("skipped %+v, %d lines up to %d", p.Before, len(p.Lines), f.after)
	}
	// What was skipped can be loaded, step by step, without a gap.
	place, before := p.Before.Place, int64(29_501)
	for steps := 0; ; steps++ {
		res := s.ask(t.Context(), http.MethodGet, "/bots/"+id.String()+"/logs/more?stop=100&place="+place)
		all := s.replies(res)
		end := all[len(all)-1]
		var seqs []int64
		for _, m := range seqInHTML.FindAllStringSubmatch(all[0].HTML, -1) {
			seq, _ := strconv.ParseInt(m[1], 10, 64)
			seqs = append(seqs, seq)
		}
		if len(seqs) == 0 || seqs[len(seqs)-1] != before-1 || !end.End || end.Error != "" {
			t.Fatalf("after %d steps, before %d: %v, %+v", steps, before, seqs, end)
		}
		if before, place = seqs[0], end.Place; end.Done {
			if before != 101 || steps+1 != 29400/batchLines+1 && steps+1 != 29400/batchLines {
				t.Errorf("ended at %d after %d steps", before, steps+1)
			}
			return
		}
	}
}

// A page takes a batch only when it begins where the one before ended, or before, or with a gap. So with a
// filter each batch begins where the last one that was given ended, and a gap is given also when nothing
// was found behind it.
func TestFilteredFollowerLosesNothing(t *testing.T) {
	s := newStage(t)
	id := s.deck.add("quiet", bot.Running)
	pick, err := logs.Filter{Text: "^line (7|9|12|300013)$", Regexp: true}.Compile()
	if err != nil {
		t.Fatal(err)
	}
	page := newLiveBot(s.pages, id, true, 0, logQuery{pick: pick})
	batch := func() string { // what the page is given of its log; "": nothing
		t.Helper()
		ctx, out := t.Context(), strings.Builder{}
		parts, _ := page.next(ctx, changes{})
		parts = slices.DeleteFunc(parts, func(x part) bool { return x.target != "log-lines" })
		if err := newSender(s.pages.fragments).write(ctx, &out, parts); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	want := func(got, from, to, seqs string, gap bool) {
		t.Helper()
		var found []string
		for _, m := range seqInHTML.FindAllStringSubmatch(got, -1) {
			found = append(found, m[1])
		}
		if !strings.Contains(got, `data-from="`+from+`" data-to="`+to+`"`) || strings.Join(found, " ") != seqs || strings.Contains(got, "data-gap") != gap || strconv.FormatInt(page.cursor(), 10) != to {
			t.Errorf("%s, cursor %d; want %s to %s with %q, gap %v", got, page.cursor(), from, to, seqs, gap)
		}
	}
	s.book.print(id, 5)
	if got := batch(); got != "" || page.cursor() != 0 {
		t.Errorf("given though nothing was found: %s, cursor %d", got, page.cursor())
	}
	s.book.print(id, 5)
	want(batch(), "0", "10", "7 9", false)
	s.book.print(id, 1)
	if got := batch(); got != "" {
		t.Errorf("given though nothing was found: %s", got)
	}
	s.book.print(id, 1)
	want(batch(), "10", "12", "12", false)

	s.book.print(id, maxScan+99_988)
	want(batch(), "12", "300000", "", true)
	if got := batch(); got != "" {
		t.Errorf("the gap is given again: %s", got)
	}
	s.book.print(id, 13)
	want(batch(), "300000", "300013", "300013", false)

	// Many lines without a find: the page needn't have them looked through again.
	s.book.print(id, scanLines)
	want(batch(), "300013", strconv.Itoa(300_013+scanLines), "", false)
}

// What one of all bots has skipped is said also when the lines behind it can't be read yet.
func TestGapAmongAllBotsWhileTheStorageIsAway(t *testing.T) {
	s := newStage(t)
	s.book.keep = 0
	id := s.deck.add("flood", bot.Running)
	l := newLiveAll(s.pages, logQuery{}, time.Now())
	next := func() string {
		t.Helper()
		ctx, out := t.Context(), strings.Builder{}
		parts, _ := l.next(ctx, nil)
		if err := newSender(s.pages.fragments).write(ctx, &out, parts); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	next()
	s.book.print(id, 5000)
	s.book.err = errors.New("away")
	if got := next(); !strings.Contains(got, "4,800 lines of flood not shown") {
		t.Errorf("the gap is lost: %s", got)
	}
	s.book.err = nil
	if got := next(); strings.Contains(got, "data-gap") || len(seqInHTML.FindAllString(got, -1)) != allEach {
		t.Errorf("after it is back: %s", got)
	}
}

// Among many loud bots each has its turn, and the cursor, from which a page goes on when its connection was cut,
// stays before what anyone still has to send.
func TestTurnsAmongAllBots(t *testing.T) {
	s := newStage(t)
	since := time.Now()
	l := newLiveAll(s.pages, logQuery{}, since)
	var ids []bot.ID
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		ids = append(ids, s.deck.add(name, bot.Running))
	}
	l.next(t.Context(), nil)
	s.book.print(ids[0], allEach+1) // of each of them, here
	if _, more := l.next(t.Context(), nil); !more || l.cursor() != since.UnixMicro() {
		t.Errorf("more %v, the cursor moved by %d µs though two bots sent nothing", more, l.cursor()-since.UnixMicro())
	}
	l.next(t.Context(), changes{})
	for _, id := range ids {
		if b := l.bots[id]; b.after < allEach {
			t.Errorf("a bot had no turn: %+v", *b)
		}
	}
	for more := true; more; {
		_, more = l.next(t.Context(), changes{})
	}
	if newest := s.book.lines[len(s.book.lines)-1].At.UnixMicro(); l.cursor() != newest {
		t.Errorf("the cursor is %d µs before the newest line", newest-l.cursor())
	}
}

func TestFollowerTellsOfRetention(t *testing.T) {
	s := newStage(t)
	s.book.keep = 0
	id := s.deck.add("old", bot.Running)
	s.book.print(id, 1000)
	s.book.first = 600
	f := follower{logs: s.book, bot: id, after: 100}
	p, _, err := f.next(t.Context())
	if err != nil || p.Before.Skipped != 500 || p.Before.Place != "601" || p.Lines[0].Seq != 601 {
		t.Errorf("%+v, first %d, %v", p.Before, p.Lines[0].Seq, err)
	}
}

func TestFollowerWaitsForTheStorage(t *testing.T) {
	s := newStage(t)
	s.book.keep, s.book.err = 0, errors.New("away")
	id := s.deck.add("bot", bot.Running)
	s.book.print(id, 10)
	page := newLiveBot(s.pages, id, true, 0, logQuery{})
	if _, more := page.next(t.Context(), nil); !more || page.cursor() != 0 {
		t.Error("it must try again, from where it was")
	}
	s.book.err = nil
	if _, more := page.next(t.Context(), changes{}); more || page.cursor() != 10 {
		t.Errorf("cursor is %d", page.cursor())
	}
}

func TestBatchesAreBounded(t *testing.T) {
	s := newStage(t)
	id := s.deck.add("wide", bot.Running)
	s.book.print(id, 20)
	for i := range s.book.lines {
		s.book.lines[i].Message = strings.Repeat("x", 64<<10)
	}
	f := follower{logs: s.book, bot: id}
	p, more, err := f.next(t.Context())
	if err != nil || !more || len(p.Lines) != batchBytes/(64<<10) {
		t.Errorf("%d lines, more %v, %v", len(p.Lines), more, err)
	}
}

func TestLevelWords(t *testing.T) {
	for _, c := range []struct {
		line        logs.Line
		level, word string
	}{
		{logs.Line{Stream: logs.System, Level: logs.Warn}, "system", "bosun"},
		{logs.Line{Stream: logs.Stderr}, "", "err"},
		{logs.Line{Stream: logs.Stdout}, "", "out"},
		{logs.Line{Stream: logs.Stdout, Level: logs.Fatal}, "fatal", "fatal"},
	} {
		if level, word := levelWords(c.line); level != c.level || word != c.word {
			t.Errorf("%+v: %s %s", c.line, level, word)
		}
	}
}

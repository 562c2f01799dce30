package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestEveryByteArrives: lines of 1 MiB, every byte value and a last line without its newline pass
// the log path and don't stop it.
func TestEveryByteArrives(t *testing.T) {
	t.Parallel()
	s := install(t)
	b := s.create("garbler", fields{"start_seconds": 0}, "garbage")
	s.do(b.ID, "start")
	eventually(t, 20*time.Second, "the line after the garbage", func() bool { return s.hasLine(b.ID, "after the garbage") })
	s.do(b.ID, "stop")
	s.waitStatus(b.ID, "stopped", 15*time.Second)
	eventually(t, 20*time.Second, "the last words", func() bool { return s.hasLine(b.ID, "last words without a newline") })

	whole := map[int64]string{} // by head_seq
	var heads []int64
	for _, l := range printed(s.lines(b.ID, 0)) {
		if _, known := whole[l.HeadSeq]; !known {
			heads = append(heads, l.HeadSeq)
		}
		whole[l.HeadSeq] += l.Message
	}
	for i := range 3 {
		if got, want := whole[heads[i]], strings.Repeat(string(rune('a'+i)), 1<<20); got != want {
			t.Errorf("line %d: %d bytes, want %d", i, len(got), len(want))
		}
	}
	rest := ""
	for _, h := range heads[3:] {
		rest += whole[h] + "\n"
	}
	for _, want := range []string{`\x00`, `\x80`, `\xff`} {
		if !strings.Contains(rest, want) {
			t.Errorf("%s is missing in %q", want, rest)
		}
	}
}

// TestMillionLines: a bot prints a million numbered lines as fast as it can while a stream
// follows; all are stored in order, exactly once.
func TestMillionLines(t *testing.T) {
	n := 1_000_000
	if testing.Short() {
		n = 50_000
	}
	s := install(t)
	b := s.create("counter", fields{"start_seconds": 0}, "count", itoa(n))
	followed := s.follow(b.ID)
	ctx := browser(t)
	s.signIn(ctx)
	steps(t, ctx, "open the bot", chromedp.Navigate(s.url+"/bots/"+b.ID))
	until(t, ctx, 15*time.Second, "document.querySelector('#connection').innerText.includes('Live')")
	s.do(b.ID, "start")
	eventually(t, 4*time.Minute, "the last line", func() bool { return s.hasTail(b.ID, fmt.Sprintf("number %08d", n)) })
	all := s.lines(b.ID, 0)
	checkSeqs(t, all)
	own := printed(all)
	if len(own) != n {
		t.Fatalf("%d lines, want %d", len(own), n)
	}
	for i, l := range own {
		if want := fmt.Sprintf("number %08d", i+1); !strings.HasPrefix(l.Message, want) {
			t.Fatalf("line %d: %q", i+1, l.Message)
		}
	}
	eventually(t, 2*time.Minute, "the follower has seen every seq once", func() bool { return followed.last() >= own[n-1].Seq })
	if err := followed.problem(); err != nil {
		t.Error(err)
	}
	// The page can't show a million lines: it says what it left out, ends with the last line, and
	// stays within its bound.
	until(t, ctx, time.Minute, fmt.Sprintf("document.querySelector('#log-lines').textContent.includes('number %08d')", n))
	seqs := js[[]int](t, ctx, "[...document.querySelectorAll('#log-lines [data-seq]')].map(e => +e.dataset.seq)")
	for i := 1; i < len(seqs); i++ {
		if seqs[i] <= seqs[i-1] {
			t.Fatalf("the page shows line %d after line %d", seqs[i], seqs[i-1])
		}
	}
	if len(seqs) > 5000 {
		t.Errorf("the page holds %d lines", len(seqs))
	}
}

package logs

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// splitAll cuts data in one go.
func splitAll(data []byte, limit int) []piece {
	s := newSplitter(data, limit, true)
	var out []piece
	for {
		p, ok := s.next()
		if !ok {
			return out
		}
		out = append(out, p)
	}
}

// splitGrowing cuts data as a tailer does that sees the file grow by step(n) bytes at a time and
// reads at most window bytes from the end of its last piece.
func splitGrowing(t testing.TB, data []byte, limit, window int, step func() int) []piece {
	t.Helper()
	var out []piece
	pos, avail := 0, 0
	for pos < len(data) || avail < len(data) {
		avail = min(len(data), avail+step())
		for {
			end := min(avail, pos+window)
			s := newSplitter(data[pos:end], limit, end == len(data))
			n := 0
			for {
				p, ok := s.next()
				if !ok {
					break
				}
				n = p.next
				out = append(out, piece{p.from + pos, p.to + pos, p.next + pos, p.more, p.dirty})
			}
			pos += n
			if n == 0 || pos >= avail {
				if n == 0 && end-pos >= window {
					t.Fatalf("no progress at %d with a full window", pos)
				}
				break
			}
		}
	}
	return out
}

// check holds what must be true of any cut: nothing lost, bounded, valid.
func check(t testing.TB, data []byte, pieces []piece, limit int) {
	t.Helper()
	pos := 0
	for i, p := range pieces {
		if p.from != pos {
			t.Fatalf("piece %d starts at %d, want %d", i, p.from, pos)
		}
		text, end := data[p.from:p.to], string(data[p.to:p.next])
		if bytes.IndexByte(text, '\n') >= 0 {
			t.Fatalf("piece %d has a newline inside", i)
		}
		last := i == len(pieces)-1
		switch {
		case p.more && end != "", p.more && last:
			t.Fatalf("piece %d says more, ends in %q, last=%v", i, end, last)
		case !p.more && end != "\n" && end != "\r\n" && !(last && (end == "" || end == "\r")):
			t.Fatalf("piece %d ends in %q", i, end)
		}
		msg := string(text)
		if p.dirty {
			msg = escape(text)
		}
		if !utf8.ValidString(msg) || strings.IndexByte(msg, 0) >= 0 || len(msg) > limit {
			t.Fatalf("piece %d is not storable: %d bytes, dirty=%v", i, len(msg), p.dirty)
		}
		pos = p.next
	}
	if pos != len(data) {
		t.Fatalf("pieces cover %d of %d bytes", pos, len(data))
	}
}

func same(t testing.TB, data []byte, got, want []piece) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d pieces, want %d", len(got), len(want))
	}
	for i := range got {
		g, w := got[i], want[i]
		// Dirty may be a harmless over-estimate; what is stored must be equal.
		gm, wm := string(data[g.from:g.to]), string(data[w.from:w.to])
		if g.dirty {
			gm = escape(data[g.from:g.to])
		}
		if w.dirty {
			wm = escape(data[w.from:w.to])
		}
		if g.next != w.next || g.more != w.more || gm != wm {
			t.Fatalf("piece %d: %+v, want %+v", i, g, w)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{
		"", "\n", "a", "a\n", "a\r\n", "a\r", "\r\n\r\n", "one\ntwo\nthree", "\x00\n", "\xff\xfe\n", "é€😀é€😀é€😀é€😀\n",
		strings.Repeat("x", 16) + "\r\n", strings.Repeat("x", 17) + "\n", strings.Repeat("€", 30), "\xe2\x82", strings.Repeat("\xe2\x82", 20) + "\n",
		"0123456789abcde\r\r\n", "0123456789abcd€\n", strings.Repeat("\x00", 9) + "\nok\n", "\x1b[31mred\x1b[0m\n",
	} {
		f.Add([]byte(s), uint64(1))
	}
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		const limit = 16
		want := splitAll(data, limit)
		check(t, data, want, limit)
		rnd := rand.New(rand.NewPCG(seed, 7))
		got := splitGrowing(t, data, limit, limit+8+rnd.IntN(20), func() int { return 1 + rnd.IntN(12) })
		same(t, data, got, want)
	})
}

func TestSplitAnyChunking(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1))
	alphabet := []string{"a", "b", "\n", "\r", "\r\n", "\x00", "é", "€", "😀", "\xff", "\xe2\x82", "long long", "\xf0\x9f"}
	for range 3000 {
		var data []byte
		for range rnd.IntN(60) {
			data = append(data, alphabet[rnd.IntN(len(alphabet))]...)
		}
		want := splitAll(data, 16)
		check(t, data, want, 16)
		same(t, data, splitGrowing(t, data, 16, 24+rnd.IntN(9), func() int { return 1 + rnd.IntN(9) }), want)
	}
}

func TestSplitCases(t *testing.T) {
	long := strings.Repeat("x", maxPiece)
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"plain", "a\nb\n", []string{"a", "b"}},
		{"crlf", "a\r\nb\r\n", []string{"a", "b"}},
		{"one trailing \\r only", "a\r\r\n", []string{"a\r"}},
		{"progress bar", "1%\r2%\r3%\n", []string{"1%\r2%\r3%"}},
		{"empty lines", "\n\n", []string{"", ""}},
		{"unterminated", "a\nb", []string{"a", "b"}},
		{"nul and garbage", "a\x00b\xff\n", []string{`a\x00b\xff`}},
		{"colours stay", "\x1b[31mred\n", []string{"\x1b[31mred"}},
		{"exactly the limit", long + "\n", []string{long}},
		{"exactly the limit, crlf", long + "\r\n", []string{long}},
		{"one more", long + "y\n", []string{long, "y"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := []byte(c.in)
			var got []string
			for _, p := range splitAll(data, maxPiece) {
				s := string(data[p.from:p.to])
				if p.dirty {
					s = escape(data[p.from:p.to])
				}
				got = append(got, s)
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Fatalf("got %.200q, want %.200q", got, c.want)
			}
		})
	}
}

func TestPartial(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"Login code: ", "Login code: "}, {"50%\r", "50%"}, {"caf\xc3", "caf"}, {"\xe2\x82", ""}, {"\r", ""}, {"done\xe2\x82\xac", "done€"},
	} {
		s := newSplitter([]byte(c.in), maxPiece, false)
		if p, ok := s.next(); ok {
			t.Fatalf("%q: unexpected whole piece %+v", c.in, p)
		}
		p, ok := s.partial()
		if got := c.in[p.from:p.to]; got != c.want || ok != (c.want != "") || (ok && !p.more) {
			t.Errorf("%q: got %q %v", c.in, got, ok)
		}
	}
}

func BenchmarkSplit(b *testing.B) {
	var buf bytes.Buffer
	for i := 0; buf.Len() < 256<<10; i++ {
		fmt.Fprintf(&buf, "2026-11-22 10:00:00,123 INFO bot.handlers line %07d of the test, with some words after it\n", i)
	}
	data := buf.Bytes()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		s := newSplitter(data, maxPiece, false)
		for {
			if _, ok := s.next(); !ok {
				break
			}
		}
	}
}

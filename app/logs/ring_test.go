package logs

import (
	"fmt"
	"strings"
	"testing"

	"github.com/botswain/botswain/app/bot"
)

func numbered(from, n int, text func(int) string) []Line {
	lines := make([]Line, n)
	for i := range lines {
		lines[i] = Line{Seq: int64(from + i), HeadSeq: int64(from + i), Message: text(from + i)}
	}
	return lines
}

func TestRing(t *testing.T) {
	r, id := newRecent(), bot.NewID()
	short := func(i int) string { return fmt.Sprint(i) }
	r.reset(map[bot.ID]int64{id: 100})
	if lines, ok := r.after(id, 100, 10); !ok || len(lines) != 0 {
		t.Error("at the head there is nothing newer, and that is known")
	}
	if _, ok := r.after(id, 99, 10); ok {
		t.Error("what was stored before the start isn't here")
	}
	r.add(id, numbered(101, 50, short))
	r.add(id, numbered(151, 50, short))
	if lines, ok := r.after(id, 100, 1000); !ok || len(lines) != 100 || lines[0].Message != "101" || lines[99].Seq != 200 {
		t.Errorf("%v %d lines", ok, len(lines))
	}
	if lines, ok := r.after(id, 120, 5); !ok || len(lines) != 5 || lines[0].Seq != 121 {
		t.Errorf("%v %v", ok, lines)
	}
	if _, ok := r.after(id, 201, 5); ok {
		t.Error("a seq that doesn't exist yet isn't known")
	}
	r.add(id, numbered(201, 5000, short))
	if lines, ok := r.after(id, 199, 6000); !ok || len(lines) != 5001 {
		t.Errorf("%v %d lines: what isn't stored must be there", ok, len(lines))
	}
	r.stored(id, 5200)
	if lines, ok := r.after(id, 5200-ringLines, ringLines); !ok || len(lines) != ringLines || lines[0].Message != "3201" {
		t.Errorf("%v %d lines", ok, len(lines))
	}
	if _, ok := r.after(id, 5199-ringLines, 1); ok {
		t.Error("the ring holds too much")
	}
}

func TestRingIsBounded(t *testing.T) {
	r, id := newRecent(), bot.NewID()
	big := strings.Repeat("x", maxPiece)
	for i := range 100 {
		r.add(id, numbered(1+i*10, 10, func(int) string { return big }))
		r.stored(id, int64(10+i*10))
	}
	if g := r.rings[id]; g.bytes > ringBytes || r.bytes != g.bytes || g.lines == 0 || r.heads[id] != 1000 {
		t.Errorf("%d bytes, %d lines", g.bytes, g.lines)
	}
	for range 100 {
		other := bot.NewID()
		r.add(other, numbered(1, 16, func(int) string { return big }))
		r.stored(other, 16)
	}
	if r.bytes > ringsBytes {
		t.Errorf("all rings: %d bytes", r.bytes)
	}
	sum := 0
	for _, g := range r.rings {
		sum += g.bytes
	}
	if sum != r.bytes {
		t.Errorf("counted %d bytes, there are %d", r.bytes, sum)
	}
	if _, ok := r.after(id, 999, 10); ok {
		t.Error("the quietest bot's ring should have gone first")
	}
}

package main

import (
	"io"
	"slices"
	"testing"
)

func TestGaps(t *testing.T) {
	got := gapsOf([]entry{{"start", 1e6, 1}, {"die", 5e6, 1}, {"start", 7e6, 2}, {"die", 9e6, 2}, {"start", 10e6, 3}})
	if !slices.Equal(got, []float64{2, 1}) {
		t.Errorf("gaps: %v", got)
	}
}

func TestStamp(t *testing.T) {
	for text, want := range map[string]int64{
		"at 123\n": 123,
		`{"seq":1,"message":"at 42","head_seq":1}`: 42,
		"==> Press Ctrl-C to exit <==\n":           -1,
		"at the end\n":                             -1,
	} {
		got, ok := stamp([]byte(text))
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("stamp(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestCompare(t *testing.T) {
	missing, again := compare(map[int]int{7: 3, 8: 1}, map[string]int{"line 7 1": 1, "line 7 3": 3, "line 9 1": 1})
	if missing != 2 || again != 2 {
		t.Errorf("missing %d, again %d", missing, again)
	}
}

func TestParse(t *testing.T) {
	for _, args := range [][]string{{"-only", "nothing"}, {"-peers", "nobody"}, {"-runs", "0"}, {"more"}} {
		if _, err := parse(args, io.Discard); err == nil {
			t.Errorf("%v is taken", args)
		}
	}
	o, err := parse([]string{"-only", "crash,tail-10", "-peers", "", "-runs", "5"}, io.Discard)
	if err != nil || o.runs != 5 || len(o.only) != 2 || len(o.peers) != 0 {
		t.Errorf("parse: %+v, %v", o, err)
	}
}

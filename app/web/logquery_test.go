package web

import (
	"net/url"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/logs"
	"github.com/botswain/botswain/views/logview"
)

func TestLogQuery(t *testing.T) {
	s := newStage(t)
	id := s.deck.add("Printer", bot.Running)
	for address, want := range map[string]logs.Filter{
		"":                            {},
		"q=&level=&since=&from=&run=": {},
		"level=error&level=none":      {Levels: logs.LevelSet(logs.Error, logs.Fatal, logs.Unknown)},
		"level=error&level=warn&level=info&level=debug&level=none": {},
		"q=a&re=1&case=1&stream=stderr":                            {Text: "a", Regexp: true, Case: true, Stream: logs.Stderr},
		"from=2026-11-26T10:00":                                    {From: time.Date(2026, 11, 26, 10, 0, 0, 0, time.Local)},
		"to=2026-11-26T10:00:05Z":                                  {To: time.Date(2026, 11, 26, 10, 0, 5, 0, time.UTC)},
		"stream=nonsense":                                          {},
	} {
		v, _ := url.ParseQuery(address)
		q, err := s.pages.logQueryOf(t.Context(), v, &id)
		if err != nil || q.pick.Filter != want {
			t.Errorf("%s: %+v, %v", address, q.pick.Filter, err)
		}
		again, err := s.pages.logQueryOf(t.Context(), q.view.Values(), &id)
		if err != nil || again.pick.Filter != want {
			t.Errorf("%s: written again it is %s", address, q.view.Values().Encode())
		}
	}
	for _, address := range []string{"q=(&re=1", "from=yesterday", "to=0001-01-01", "since=-1h", "since=x", "run=abc", "run=7"} {
		v, _ := url.ParseQuery(address)
		if _, err := s.pages.logQueryOf(t.Context(), v, &id); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestSearchesOfOnePersonAreLimited(t *testing.T) {
	var all searches
	var ends []func()
	for range searchesEach {
		end, err := all.begin("ada")
		if err != nil {
			t.Fatal(err)
		}
		ends = append(ends, end)
	}
	if _, err := all.begin("ada"); fault.CodeOf(err) != fault.TooMany {
		t.Error(err)
	}
	if _, err := all.begin("bob"); err != nil {
		t.Error("others wait for her:", err)
	}
	ends[0]()
	if _, err := all.begin("ada"); err != nil {
		t.Error(err)
	}
}

// A trace is one, also when it comes in several batches; lines of another stream aren't part of it.
func TestFoldsAcrossBatches(t *testing.T) {
	id := bot.NewID()
	var f folds
	seq := int64(0)
	show := func(stream logs.Stream, texts ...string) []logview.Line {
		var lines []logs.Line
		for _, x := range texts {
			seq++
			lines = append(lines, logs.Line{Seq: seq, HeadSeq: seq, Stream: stream, Message: x})
		}
		return f.show(of(id, lines), nil)
	}
	joins := func(lines []logview.Line) (out string) {
		for _, l := range lines {
			out += map[bool]string{true: "+", false: "-"}[l.Joins]
		}
		return out
	}
	if got := joins(show(logs.Stderr, "Traceback (most recent call last):", `  File "a.py", line 1`)); got != "-+" {
		t.Error(got)
	}
	if got := joins(show(logs.Stderr, "    x = 1", "ValueError: bad", "next")); got != "++-" {
		t.Error(got)
	}
	show(logs.Stderr, "Traceback (most recent call last):")
	if got := joins(show(logs.Stdout, "  indented")); got != "-" {
		t.Error(got)
	}
}

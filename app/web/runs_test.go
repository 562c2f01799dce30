package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/logs"
	"github.com/botswain/botswain/app/runs"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/botpage"
)

// annals has runs, newest first, and what is kept of them.
type annals struct {
	mu   sync.Mutex
	runs []event.Run
	kept map[bot.RunID]runs.Kept
	err  error
}

// add records a run of a bot that ended; an abnormal one is kept with lines.
func (a *annals) add(id bot.ID, version int, o bot.Outcome, exit bot.Exit, headline string, lines ...string) event.Run {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := len(a.runs) + 1
	began := time.Now().Add(time.Duration(n)*time.Minute - 24*time.Hour)
	exit.At = began.Add(30 * time.Second)
	r := event.Run{ID: bot.NewID(), Bot: id, Number: n, Version: version, Cause: "manual", Actor: "anna", StartedAt: began, EndedAt: &exit.At, Exit: &exit, Outcome: o, Headline: headline}
	if r.Fingerprint = headline; o.Abnormal() {
		r.KeptAt = &exit.At
		k := runs.Kept{At: exit.At}
		for i, text := range lines {
			k.Lines = append(k.Lines, runs.Line{Seq: int64(i + 1), At: began, Stream: logs.Stderr, Message: text})
		}
		a.kept[r.ID] = k
	}
	a.runs = slices.Insert(a.runs, 0, r)
	return r
}

func (a *annals) Get(_ context.Context, id bot.ID, run bot.RunID) (event.Run, error) {
	for _, r := range a.pick(id, func(r event.Run) bool { return r.ID == run }, 0, 1) {
		return r, a.err
	}
	return event.Run{}, fault.New(fault.NotFound, "There is no such run of this bot.")
}

func (a *annals) pick(id bot.ID, ok func(event.Run) bool, before, limit int) []event.Run {
	a.mu.Lock()
	defer a.mu.Unlock()
	var list []event.Run
	for _, r := range a.runs {
		if r.Bot == id && ok(r) && (before == 0 || r.Number < before) && len(list) < limit {
			list = append(list, r)
		}
	}
	return list
}

func (a *annals) List(_ context.Context, id bot.ID, o bot.Outcome, before, limit int) ([]event.Run, error) {
	return a.pick(id, func(r event.Run) bool { return o == "" || r.Outcome == o }, before, limit), a.err
}

func (a *annals) Outcomes(_ context.Context, id bot.ID) (map[bot.Outcome]int, error) {
	counts := map[bot.Outcome]int{}
	for _, r := range a.pick(id, func(event.Run) bool { return true }, 0, 1000) {
		counts[r.Outcome]++
	}
	return counts, a.err
}

func (a *annals) VersionBefore(_ context.Context, id bot.ID, number int) (int, error) {
	for _, r := range a.pick(id, func(event.Run) bool { return true }, number, 1) {
		return r.Version, a.err
	}
	return 0, a.err
}

func (a *annals) Groups(_ context.Context, id bot.ID, only string, limit int) ([]runs.Group, error) {
	var groups []runs.Group
	for _, r := range a.pick(id, func(r event.Run) bool { return r.Outcome.Abnormal() }, 0, 1000) {
		key := runs.KeyOf(r)
		if only != "" && key != only {
			continue
		}
		i := slices.IndexFunc(groups, func(g runs.Group) bool { return g.Key == key })
		if i < 0 {
			i, groups = len(groups), append(groups, runs.Group{Key: key, LastAt: r.Exit.At, Newest: r})
		}
		groups[i].Times++
		groups[i].FirstAt = r.Exit.At
	}
	return groups[:min(limit, len(groups))], a.err
}

func (a *annals) Ends(_ context.Context, id bot.ID, key string, before, limit int) ([]event.Run, error) {
	return a.pick(id, func(r event.Run) bool { return r.Outcome.Abnormal() && (key == "" || runs.KeyOf(r) == key) }, before, limit), a.err
}

func (a *annals) Times(_ context.Context, id bot.ID, key string, since time.Time) ([]time.Time, error) {
	var times []time.Time
	for _, r := range a.pick(id, func(r event.Run) bool { return runs.KeyOf(r) == key && r.Exit.At.After(since) }, 0, 1000) {
		times = append(times, r.Exit.At)
	}
	return times, a.err
}

func (a *annals) Kept(_ context.Context, r event.Run) (runs.Kept, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.kept[r.ID], a.err
}

func (a *annals) KeptOf(ctx context.Context, of []event.Run) ([]runs.Kept, error) {
	var list []runs.Kept
	for _, r := range of {
		k, _ := a.Kept(ctx, r)
		list = append(list, k)
	}
	return list, a.err
}

func withRuns(s *stage) *annals {
	a := &annals{kept: map[bot.RunID]runs.Kept{}}
	s.pages.past = a
	return a
}

func (s *stage) got(path string, want int) string {
	s.t.Helper()
	res := s.ask(s.t.Context(), http.MethodGet, path)
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode != want {
		s.t.Errorf("%s: %d, want %d", path, res.StatusCode, want)
	}
	return string(body)
}

// happened tells the pages that something was stored.
func (s *stage) happened() {
	s.pages.stored.Add(1) // as newPages has it counted
	s.hub.Publish(event.Topic{Kind: event.TopicEvents})
}

func code(n int) bot.Exit { return bot.Exit{Code: &n, Reason: fmt.Sprintf("exit code %d", n)} }

func (s *stage) lacks(html, what string, words ...string) {
	s.t.Helper()
	for _, w := range words {
		if !strings.Contains(html, w) {
			s.t.Errorf("%s lacks %q", what, w)
		}
	}
}

func TestRunsTab(t *testing.T) {
	s := newStage(t)
	a := withRuns(s)
	id := s.deck.add("Anchor", bot.Stopped)
	base := "/bots/" + id.String() + "/runs"
	s.lacks(s.got(base, 200), "a bot that was never started", "It was never started", "<title>Runs of Anchor · Botswain</title>", `aria-current="page"`)
	for i := range 60 {
		a.add(id, 1+i/59, bot.EndStopped, bot.Exit{Signal: "SIGTERM", Reason: "stopped by anna"}, "")
	}
	crash := a.add(id, 2, bot.EndCrashed, code(1), "KeyError: 'X'")
	first := s.got(base, 200)
	s.lacks(first, "the first page", `data-run="61"`, `data-run="12"`, `?before=12"`, "Stopped by anna", "Started by anna", "KeyError: &#39;X&#39;", botpage.CrashPath(id, crash.ID), `data-changed="2"`)
	if strings.Contains(first, `data-run="11"`) || strings.Count(first, "data-changed") != 1 {
		t.Error("the first page has more than its 50 runs, or more than one change of the settings")
	}
	s.lacks(s.got(base+"?before=12", 200), "the second page", `data-run="11"`, `data-run="1"`, "Newest runs")
	only := s.got(base+"?outcome=crashed", 200)
	if s.lacks(only, "only crashes", `data-run="61"`); strings.Contains(only, `data-run="60"`) {
		t.Error("the filter lets a stop through")
	}
	s.lacks(s.got(base+"?outcome=exited", 200), "a filter without runs", "None of its runs ended in this way")
	s.got("/bots/"+bot.NewID().String()+"/runs", 404)

	a.err = fault.Wrap(errors.New("away"), fault.Unavailable, "The database is away.")
	s.lacks(s.got(base, 200), "without a database", "The runs can&#39;t be read")
}

func TestRunPage(t *testing.T) {
	s := newStage(t)
	a := withRuns(s)
	id, other := s.deck.add("Anchor", bot.Stopped), s.deck.add("Buoy", bot.Stopped)
	a.add(id, 1, bot.EndExited, code(0), "")
	exit := code(1)
	exit.Cause = &bot.Cause{ID: "setting-missing", Title: "The setting X is missing", Explanation: "It reads X.", Remedy: "Set X."}
	r := a.add(id, 2, bot.EndCrashed, exit, "")
	s.book.print(id, 450)
	base := botpage.RunPath(id, r.ID)
	page := s.got(base, 200)
	s.lacks(page, "a run", "<title>Run 2 of Anchor · Botswain</title>", "Set X.", "version 2", `data-changed="2"`, `data-seq="450"`, `data-seq="251"`, base+"?before=251#run-output",
		botpage.LogPath(id, 450), "not available", `aria-current="page"`)
	if strings.Contains(page, `data-seq="250"`) || strings.Contains(page, "data-newer") {
		t.Error("the end of a run has more than 200 lines, or something after it")
	}
	s.lacks(s.got(base+"?before=251", 200), "earlier lines", `data-seq="250"`, `data-seq="51"`, "?before=51#", "?after=250#")
	s.lacks(s.got(base+"?after=250", 200), "later lines", `data-seq="251"`, `data-seq="450"`, "?before=251#")
	s.got(botpage.RunPath(other, r.ID), 404)
	s.got("/bots/"+id.String()+"/runs/nonsense", 404)
	s.got(botpage.RunPath(id, bot.NewID()), 404)
}

func TestRunPageFollowsARunThatGoesOn(t *testing.T) {
	s := newStage(t)
	a := withRuns(s)
	id := s.deck.add("Anchor", bot.Running)
	r := a.add(id, 1, "", bot.Exit{}, "")
	a.runs[0].EndedAt, a.runs[0].Exit = nil, nil
	page := s.got(botpage.RunPath(id, r.ID), 200)
	s.lacks(page, "a run that goes on", "It goes on", "Lines appear here as soon as it does", "/live?page=run&amp;id="+id.String()+"&amp;run="+r.ID.String())
	in := s.messages(t.Context(), "/live?page=run&id="+id.String()+"&run="+r.ID.String())
	s.until(in, target(botpage.RunFactsID))
	s.book.print(id, 3)
	s.until(in, `data-seq="3"`)
	still := s.messages(t.Context(), "/live?page=run&still=1&id="+id.String()+"&run="+r.ID.String())
	if m := s.until(still, target(botpage.HeadID)); strings.Contains(m, target(botpage.RunOutputID)) {
		t.Error("an earlier part of the output is replaced by its end")
	}
}

func TestCrashesTab(t *testing.T) {
	s := newStage(t)
	a := withRuns(s)
	id := s.deck.add("Anchor", bot.Crashed)
	base := "/bots/" + id.String() + "/crashes"
	s.lacks(s.got(base, 200), "a bot without crashes", "No crash so far")
	cause := code(1)
	cause.Cause = &bot.Cause{ID: "setting-missing", Title: "The setting X is missing", Explanation: "It reads X.", Remedy: "Set X."}
	for range 12 {
		a.add(id, 1, bot.EndCrashed, cause, "KeyError: 'X'", "Traceback", "KeyError: 'X'")
	}
	a.add(id, 1, bot.EndStopped, bot.Exit{Reason: "stopped by anna"}, "")
	last := a.add(id, 1, bot.EndUnseen, bot.Exit{Reason: "ended while Botswain was away"}, "<b>boom</b>", strings.Repeat("é", 300))
	page := s.got(base, 200)
	s.lacks(page, "the tab", "13 crashes for 2 reasons", `data-times="12"`, "12 times since", "Set X.", "KeyError: &#39;X&#39;", "&lt;b&gt;boom&lt;/b&gt;", "All 12", botpage.CrashPath(id, last.ID), "The line is longer than what is kept of it")
	if strings.Contains(page, "stopped by anna") || strings.ContainsRune(page, '\uFFFD') {
		t.Error("a stop is among the crashes, or a character was cut")
	}
	one := s.got(base+"?group=setting-missing", 200)
	if s.lacks(one, "one kind", "The setting X is missing", `data-run="12"`, `data-run="1"`); strings.Contains(one, `data-run="14"`) {
		t.Error("one kind has a crash of another")
	}
	s.lacks(s.got(base+"?group=gone", 200), "a kind that isn't there", "None is left that ended in this way")
	s.got(base+"?group=%ff", 404)

	in := s.messages(t.Context(), tabLive(id, botcard.OnCrashes))
	s.until(in, "13 crashes")
	a.add(id, 1, bot.EndCrashed, cause, "", "again")
	s.happened()
	s.until(in, "14 crashes")
}

func TestCrashPage(t *testing.T) {
	s := newStage(t)
	a := withRuns(s)
	id, other := s.deck.add("Anchor", bot.Crashed), s.deck.add("Buoy", bot.Stopped)
	first := a.add(id, 1, bot.EndCrashed, code(1), "ValueError: # is too much", "one", "two", "ValueError: 3 is too much")
	newest := a.add(id, 2, bot.EndCrashed, code(1), "ValueError: # is too much", "ValueError: 4 is too much")
	well := a.add(id, 2, bot.EndExited, code(0), "")
	page := s.got(botpage.CrashPath(id, first.ID), 200)
	s.lacks(page, "a crash", "ValueError: # is too much: Anchor · Botswain</title>", "Same crash ×2", "Last 3 lines", "two", botpage.LogPath(id, 3),
		botpage.RunPath(id, first.ID), botpage.CrashPath(id, newest.ID), "2 times in 30 days", "until somebody starts it", "version 1")
	s.lacks(s.got(botpage.CrashPath(id, newest.ID), 200), "the newest", "The last line", "Earlier times", botpage.CrashPath(id, first.ID), "version 2, new with this run")
	res := s.ask(t.Context(), http.MethodGet, botpage.CrashPath(id, well.ID))
	if res.Body.Close(); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != botpage.RunPath(id, well.ID) {
		t.Errorf("a run that ended well: %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	s.got(botpage.CrashPath(other, first.ID), 404)

	// While its lines are on their way the page waits for them.
	a.mu.Lock()
	i := slices.IndexFunc(a.runs, func(r event.Run) bool { return r.ID == newest.ID })
	a.kept[newest.ID], a.runs[i].KeptAt = runs.Kept{}, nil
	a.mu.Unlock()
	s.lacks(s.got(botpage.CrashPath(id, newest.ID), 200), "a crash of this moment", "They are on their way")
	in := s.messages(t.Context(), "/live?page=crash&id="+id.String()+"&run="+newest.ID.String())
	s.until(in, "They are on their way")
	a.mu.Lock()
	a.kept[newest.ID] = runs.Kept{At: time.Now(), Lines: []runs.Line{{Seq: 1, Stream: logs.Stdout, Message: "here they are"}}}
	a.mu.Unlock()
	s.happened()
	s.until(in, "here they are")
}

// TestTabsKeepTheirHeadCurrent: also those with a form, of which nothing else is replaced.
func TestTabsKeepTheirHeadCurrent(t *testing.T) {
	s := newStage(t)
	withRuns(s)
	id := s.deck.add("Anchor", bot.Running)
	for _, v := range []botcard.View{botcard.OnSettings, botcard.OnSecrets, botcard.OnRuns} {
		in := s.messages(t.Context(), tabLive(id, v))
		s.until(in, target(botpage.HeadID))
		s.deck.set(id, bot.Stopping)
		if m := s.until(in, `data-state="stopping"`); !strings.Contains(m, `value="`+string(v)+`"`) {
			t.Errorf("%s: the head's actions lead elsewhere: %s", v, m)
		}
		s.deck.set(id, bot.Running)
	}
	for _, bad := range []string{"/live?page=tab&tab=x&id=" + id.String(), "/live?page=tab&tab=runs&id=x", "/live?page=run&id=" + id.String(), "/live?page=crash&run=x&id=" + id.String()} {
		s.got(bad, 404)
	}
}

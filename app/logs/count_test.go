package logs

import (
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
)

// Lines are counted by level and time, with the filter but for its levels; what the database can't tell isn't guessed.
func TestCount(t *testing.T) {
	a, id, other := newArchive(t), bot.NewID(), bot.NewID()
	noon := time.Now().UTC().Truncate(24 * time.Hour).Add(-12 * time.Hour)
	count := func(id *bot.ID, f Filter) (Counts, error) {
		t.Helper()
		pick, err := f.Compile()
		if err != nil {
			t.Fatal(err)
		}
		return a.svc.Count(t.Context(), id, pick, 10)
	}
	if c, err := count(&id, Filter{}); err != nil || len(c.Parts) != 0 || c.Of(AtLeast(Unknown)) != 0 {
		t.Errorf("an empty log: %+v, %v", c, err)
	}
	a.put(other, noon, "error: of another bot")
	a.put(id, noon, "INFO start", "INFO go", "error: no")
	a.put(id, noon.Add(time.Hour), "INFO end", "WARN last")

	c, err := count(&id, Filter{Levels: LevelSet(Warn)})
	if err != nil || len(c.Parts) != 10 {
		t.Fatalf("%+v, %v", c, err)
	}
	if c.Parts[0][Info] != 2 || c.Parts[0][Error] != 1 || c.Parts[9][Info] != 1 || c.Parts[9][Warn] != 1 || c.Of(LevelSet(Info)) != 3 {
		t.Errorf("parts %v", c.Parts)
	}
	if c, err = count(&id, Filter{Text: "start"}); err != nil || c.Of(LevelSet(Info)) != 1 || c.Of(LevelSet(Error, Warn)) != 0 {
		t.Errorf("by text: %v, %v", c.Parts, err)
	}
	if c, err = count(&id, Filter{From: noon.Add(time.Minute)}); err != nil || c.Of(LevelSet(Info, Warn)) != 2 || !c.From.Equal(noon.Add(time.Minute)) {
		t.Errorf("by time: %+v, %v", c, err)
	}
	if c, err = count(nil, Filter{}); err != nil || c.Of(LevelSet(Error)) != 2 {
		t.Errorf("of all bots: %+v, %v", c, err)
	}
	if _, err = count(&id, Filter{Text: "st.rt", Regexp: true}); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("an expression: %v", err)
	}
}

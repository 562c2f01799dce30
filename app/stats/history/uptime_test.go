package history

import (
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
)

// ran stores a run of a bot; a zero end is one that lives. Times are in hours since start.
func (r *rig) ran(id bot.ID, number int, cause string, version int, from, to float64, reason string) {
	r.t.Helper()
	at := func(h float64) time.Time { return start.Add(time.Duration(h * float64(time.Hour))) }
	var end *time.Time
	if to > 0 {
		t := at(to)
		end = &t
	}
	_, err := r.pool.Exec(r.t.Context(), `insert into runs (id, bot_id, number, bot_version, cause, actor, started_at, pid, ended_at, end_reason, outcome) values ($1, $2, $3, $4, $5, '', $6, 1, $7, $8, $9)`,
		bot.NewID(), id, number, version, cause, at(from), end, reason, outcomeOf(reason))
	if err != nil {
		r.t.Fatal(err)
	}
}

// outcomeOf is what the supervisor stores with such an end.
func outcomeOf(reason string) bot.Outcome {
	switch reason {
	case "":
		return ""
	case "exit code 0":
		return bot.EndExited
	case "ended while Botswain was away":
		return bot.EndUnseen
	case "ended by a restart of the machine":
		return bot.EndInterrupted
	case "stopped by admin", "killed by admin", "stopped with Botswain":
		return bot.EndStopped
	case "restarted by admin":
		return bot.EndRestarted
	}
	return bot.EndCrashed
}

// stopped stores a stop of a bot by a person, of a run or, without one, of its wait for a restart.
func (r *rig) stopped(id bot.ID, hours float64, run *bot.RunID) {
	r.t.Helper()
	_, err := r.pool.Exec(r.t.Context(), `insert into events (at, kind, bot_id, run_id, actor, message) values ($1, 'bot.stopped', $2, $3, 'user:admin', '')`,
		start.Add(time.Duration(hours*float64(time.Hour))), id, run)
	if err != nil {
		r.t.Fatal(err)
	}
}

// TestUptimeAcrossRestarts: what the table of runs says after Botswain was away in several ways.
func TestUptimeAcrossRestarts(t *testing.T) {
	const h = time.Hour
	for name, x := range map[string]struct {
		runs func(r *rig, id bot.ID)
		want Spell // of the 10 hours since the bot was made
	}{
		"never started": {func(*rig, bot.ID) {}, Spell{Off: 10 * h}},
		"adopted":       {func(r *rig, id bot.ID) { r.ran(id, 1, "manual", 1, 1, 0, "") }, Spell{Up: 9 * h, Off: h}},
		"ended meanwhile": {func(r *rig, id bot.ID) {
			r.ran(id, 1, "manual", 1, 0, 2, "ended while Botswain was away")
			r.ran(id, 2, "resume", 1, 5, 0, "")
		}, Spell{Up: 7 * h, Unknown: 3 * h}},
		"machine restart": {func(r *rig, id bot.ID) {
			r.ran(id, 1, "manual", 1, 0, 2, "ended by a restart of the machine")
			r.ran(id, 2, "reboot", 1, 3, 0, "")
		}, Spell{Up: 9 * h, Unknown: h}},
		"with Botswain": {func(r *rig, id bot.ID) {
			r.ran(id, 1, "manual", 1, 0, 2, "stopped with Botswain")
			r.ran(id, 2, "resume", 1, 3, 0, "")
		}, Spell{Up: 9 * h, Down: h}},
		"by a person": {func(r *rig, id bot.ID) {
			r.ran(id, 1, "manual", 1, 0, 2, "stopped by admin")
			r.ran(id, 2, "manual", 1, 6, 0, "")
		}, Spell{Up: 6 * h, Off: 4 * h}},
		"killed by a person": {func(r *rig, id bot.ID) {
			r.ran(id, 1, "manual", 1, 0, 2, "killed by admin")
			r.ran(id, 2, "manual", 1, 6, 0, "")
		}, Spell{Up: 6 * h, Off: 4 * h}},
		"killed by another": {func(r *rig, id bot.ID) {
			r.ran(id, 1, "manual", 1, 0, 2, "killed by SIGKILL")
			r.ran(id, 2, "crash", 1, 6, 0, "")
		}, Spell{Up: 6 * h, Down: 4 * h}},
		"restarted": {func(r *rig, id bot.ID) {
			r.ran(id, 1, "manual", 1, 0, 2, "restarted by admin")
			r.ran(id, 2, "restart", 1, 3, 0, "")
		}, Spell{Up: 9 * h, Down: h}},
		"given up while it waited": {func(r *rig, id bot.ID) {
			run := bot.NewID()
			r.stopped(id, 0.5, nil) // of an earlier life
			r.ran(id, 1, "manual", 1, 1, 2, "exit code 1")
			r.ran(id, 2, "crash", 1, 2, 4, "exit code 1")
			r.stopped(id, 5, nil)
			r.ran(id, 3, "manual", 1, 7, 8, "stopped by admin")
			r.stopped(id, 8, &run)
		}, Spell{Up: 4 * h, Down: h, Off: 5 * h}},
		"given up when it couldn't be started again": {func(r *rig, id bot.ID) {
			r.ran(id, 1, "manual", 1, 0, 2, "exit code 1")
			r.ran(id, 2, "crash", 1, 3, 3.5, "could not be started")
			if _, err := r.pool.Exec(r.t.Context(), "update runs set pid = null where bot_id = $1 and number = 2", id); err != nil {
				r.t.Fatal(err)
			}
			r.stopped(id, 4, nil)
		}, Spell{Up: 2 * h, Down: 2 * h, Off: 6 * h}},
		"given up for good": {func(r *rig, id bot.ID) {
			r.ran(id, 1, "manual", 1, 0, 4, "exit code 1")
			r.stopped(id, 4, nil)
		}, Spell{Up: 4 * h, Off: 6 * h}},
		"crashed for good": {func(r *rig, id bot.ID) { r.ran(id, 1, "manual", 1, 0, 4, "exit code 1") }, Spell{Up: 4 * h, Down: 6 * h}},
		"done":             {func(r *rig, id bot.ID) { r.ran(id, 1, "manual", 1, 0, 4, "exit code 0") }, Spell{Up: 4 * h, Off: 6 * h}},
		"done, again": {func(r *rig, id bot.ID) {
			r.ran(id, 1, "manual", 1, 0, 4, "exit code 0")
			r.ran(id, 2, "crash", 1, 5, 0, "")
		}, Spell{Up: 9 * h, Down: h}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			id := r.bot()
			x.runs(r, id)
			r.skip(10 * h)
			u, err := r.Uptime(t.Context(), id, start, time.UTC)
			if err != nil {
				t.Fatal(err)
			}
			if u.Quarter != x.want || u.DaySpell != x.want {
				t.Errorf("%+v, want %+v", u.Quarter, x.want)
			}
			if len(u.Days) != UptimeDays || !u.Days[UptimeDays-2].None || u.Days[UptimeDays-1].Spell != x.want {
				t.Errorf("days %+v", u.Days[UptimeDays-2:])
			}
		})
	}
}

// TestUptimeDays: a day has what lies in it, by the zone; runs of long ago are read as far as they reach.
func TestUptimeDays(t *testing.T) {
	r := newRig(t)
	id := r.bot()
	zone := time.FixedZone("+02", 2*3600)
	r.ran(id, 1, "manual", 1, -2400, 30, "exit code 1") // 100 days before, until 18:00 UTC of the next day
	r.ran(id, 2, "crash", 1, 31, 0, "")
	r.skip(48 * time.Hour)
	u, err := r.Uptime(t.Context(), id, start.Add(-4000*time.Hour), zone)
	if err != nil {
		t.Fatal(err)
	}
	if d := u.Days[0]; d.Up != 24*time.Hour || d.None {
		t.Errorf("the first day: %+v", d)
	}
	if d := u.Days[UptimeDays-2]; d.Down != time.Hour || d.Up != 23*time.Hour || d.Outages != 1 || d.At.Hour() != 0 {
		t.Errorf("the day of the crash: %+v", d)
	}
	if d := u.Days[UptimeDays-1]; d.Up != 14*time.Hour || d.Down != 0 {
		t.Errorf("today: %+v", d)
	}
	if share, ok := u.Week.Share(); !ok || share != 167.0/168 {
		t.Errorf("week %v", share)
	}
}

// TestStarts: marks and counts, and which start had new settings.
func TestStarts(t *testing.T) {
	r := newRig(t)
	id := r.bot()
	r.ran(id, 1, "manual", 1, 0, 1, "exit code 1")
	r.ran(id, 2, "crash", 1, 1, 1.01, "exit code 1")
	r.ran(id, 3, "crash", 1, 1.02, 2, "restarted by admin")
	r.ran(id, 4, "restart", 2, 2, 0, "")
	r.skip(150 * time.Minute)
	s, err := r.Bot(t.Context(), id, Query{From: start.Add(30 * time.Minute), Points: 20})
	if err != nil {
		t.Fatal(err)
	}
	marks, line, err := r.Starts(t.Context(), id, s)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, v := range line.Mean {
		sum += v
	}
	if len(marks) != 2 || marks[0].Starts != 2 || marks[0].Failures != 2 || marks[0].Deployed || !marks[1].Deployed || marks[1].Version != 2 || marks[1].Cause != "restart" || sum != 3 {
		t.Errorf("%+v, %v", marks, line.Mean)
	}
	if !marks[1].At.Equal(start.Add(2 * time.Hour)) {
		t.Errorf("%v", marks[1].At)
	}
}

// TestGauges: by the minute for two days, held over short gaps, by the hour beyond.
func TestGauges(t *testing.T) {
	r := newRig(t)
	id := r.bot()
	for minute, v := range map[int]float64{0: 10, 3: 40, 20: 70} {
		_, err := r.pool.Exec(t.Context(), `insert into report_minutes values ($1, $2, 'guilds', 2, $3, $4, $5)`, id, start.Add(time.Duration(minute)*time.Minute), 2*v, v-1, v+1)
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := r.pool.Exec(t.Context(), `insert into report_hours values ($1, $2, 'gauge', 'guilds', 4, 400, 90, 110, 100, $2)`, id, start.Add(-72*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	r.skip(30 * time.Minute)
	s, err := r.Gauges(t.Context(), id, Query{From: start})
	if err != nil {
		t.Fatal(err)
	}
	l := s.Lines["guilds"]
	if s.Step != time.Minute || l.Mean[0] != 10 || l.Mean[2] != 10 || l.Max[3] != 41 || l.Mean[10] == l.Mean[10] || l.Mean[20] != 70 {
		t.Errorf("%v %v", s.Step, l.Mean)
	}
	s, err = r.Gauges(t.Context(), id, Query{From: start.Add(-96 * time.Hour)})
	if err != nil || s.Step != time.Hour || s.Lines["guilds"].Mean[24] != 100 || s.Lines["guilds"].Min[24] != 90 {
		t.Errorf("%+v %v", s.Lines["guilds"], err)
	}
}

package supervisor

import (
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
)

// bookPast stores what the backend knows of ended runs, also of those that the database has never
// heard of: a Botswain that is killed while the database is away takes their rows with it. Rows
// that were closed stay as they are.
func (s *Supervisor) bookPast(f found) {
	bots := map[bot.ID]bot.Bot{}
	for _, b := range f.bots {
		bots[b.ID] = b
	}
	for _, p := range f.past {
		b, ok := bots[p.Bot]
		if _, install := f.memory.Installs[p.Run]; install || !ok {
			continue
		}
		exit := p.Exit
		exit.Reason = exitWords(exit, 0)
		switch {
		case !exit.At.IsZero():
		case p.PID == 0 && !s.printed(p.Bot, p.Run): // the record of a start that wasn't carried out
			exit.Reason = neverBegan
			exit.At = p.StartedAt
		default:
			exit.Reason = f.endWords(p.BootID)
			exit.Cause = s.unseenCause(f, p, b)
			exit.At = s.lastSign(event.Run{ID: p.Run, Bot: p.Bot, StartedAt: p.StartedAt})
		}
		exit.At = exit.At.Truncate(time.Microsecond)
		if exit.At.After(f.memory.LastEnds[p.Bot].At) {
			f.memory.LastEnds[p.Bot] = exit
		}
		// The version is a guess, and nearly always right; the cause was known to the lost row only.
		c := Change{Bot: p.Bot, End: &RunEnd{ID: p.Run, Exit: exit, Outcome: f.outcome(p.Bot, exit)}}
		c.Run = &RunStart{ID: p.Run, Version: b.Version, Cause: "resume", At: p.StartedAt.Truncate(time.Microsecond)}
		if p.PID != 0 {
			c.Began = &RunProcess{ID: p.Run, Instance: p.Instance}
		}
		s.journal.put(c)
	}
}

// printed says whether a run has left any output that is still there.
func (s *Supervisor) printed(id bot.ID, run bot.RunID) bool {
	return slices.ContainsFunc(s.traces(id, run, "stdout", "stderr"), func(f os.FileInfo) bool { return f.Size() > 0 })
}

// traces are what is there of the named files of a run.
func (s *Supervisor) traces(id bot.ID, run bot.RunID, names ...string) []os.FileInfo {
	var files []os.FileInfo
	for _, name := range names {
		if info, err := os.Stat(filepath.Join(s.backend.SpoolDir(id, run), name)); err == nil {
			files = append(files, info)
		}
	}
	return files
}

// endWords says what is known of an end that nobody saw, of a run of that boot.
func (f found) endWords(boot string) string {
	if f.elsewhen(boot) {
		return endedBoot
	}
	return endedAway
}

// closeDead closes the rows of runs that ended while nobody looked and that left nothing. Those that claim has told to
// end are closed by their end.
func (s *Supervisor) closeDead(f found) {
	booked := map[bot.RunID]bool{}
	for _, inst := range f.living {
		booked[inst.Run] = true
	}
	for _, p := range f.past {
		booked[p.Run] = true
	}
	for _, r := range f.memory.Open {
		if booked[r.ID] {
			continue
		}
		exit := bot.Exit{Reason: f.endWords(r.BootID), At: s.lastSign(r)}
		if r.PID == 0 {
			exit.Reason = neverBegan
		}
		f.memory.LastEnds[r.Bot] = exit
		s.journal.put(Change{Bot: r.Bot, End: &RunEnd{ID: r.ID, Exit: exit, Outcome: f.outcome(r.Bot, exit)}})
	}
}

// lastSign is when a run that is over was last known to do something: its spool was written, or
// else it was started. It is a lower bound; counting on until now would make up uptime.
func (s *Supervisor) lastSign(r event.Run) time.Time {
	at := r.StartedAt
	for _, file := range s.traces(r.Bot, r.ID, "stdout", "stderr", "run.json") {
		if file.ModTime().After(at) {
			at = file.ModTime()
		}
	}
	if n := now(); at.After(n) {
		at = n
	}
	if at.Before(r.StartedAt) { // the clock was set back since
		at = r.StartedAt
	}
	return at.Truncate(time.Microsecond)
}

package supervisor

import (
	"context"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/runner"
)

// Change is what one step of a bot's life does to the database; it is stored in one transaction,
// and storing it twice does no more than storing it once. Parts may be nil. While the database is away
// changes wait in a file as JSON (spill.go), so fields may be added, but keep their names and meanings.
type Change struct {
	Bot   bot.ID
	State *StoredState `json:",omitempty"`
	Run   *RunStart    `json:",omitempty"` // a run is about to begin
	Began *RunProcess  `json:",omitempty"` // its process exists
	Up    *RunUp       `json:",omitempty"` // it counts as up
	End   *RunEnd      `json:",omitempty"` // it is over
	Cause *RunCause    `json:",omitempty"` // why it ended, recognised after its end was stored
	Peaks *RunPeaks    `json:",omitempty"` // the most that it used until now
	Event *event.Event `json:",omitempty"`

	Install     *bot.Install    `json:",omitempty"` // an installation is about to begin
	InstallStop *InstallOutcome `json:",omitempty"` // it is told to stop
	InstallEnd  *InstallOutcome `json:",omitempty"` // it is over
}

// empty says whether nothing is to be stored.
func (c Change) empty() bool { return c == Change{Bot: c.Bot} }

// InstallOutcome closes an installation's row, or says why it will be closed; At is zero then.
type InstallOutcome struct {
	ID      bot.RunID
	At      time.Time
	Outcome bot.InstallOutcome
	Reason  string
}

// StoredState is what outlives Botswain of a bot's status: the wish, and the last state without
// a process.
type StoredState struct {
	Desired  bot.Desired
	State    bot.State // Stopped, Crashed or Exited
	Reason   string
	At       time.Time
	Restarts int
}

// RunStart begins a run's row. Where a person asked for the run it is stored before exec; a restart by
// Botswain relies on the runner's record until then.
type RunStart struct {
	ID      bot.RunID
	Version int
	Cause   string
	Actor   event.Actor
	At      time.Time
	// Previous is why the run before ended, in words; "": there was none, or it isn't known.
	Previous string
}

// RunProcess adds the process to a run's row.
type RunProcess struct {
	ID       bot.RunID
	Instance runner.Instance
}

// RunUp says since when a run counts as up.
type RunUp struct {
	ID bot.RunID
	At time.Time
}

// RunEnd closes a run's row.
type RunEnd struct {
	ID   bot.RunID
	Exit bot.Exit
	// Outcome is how it ended; "": what the exit alone says (outcomeOf).
	Outcome bot.Outcome `json:",omitempty"`
}

// RunCause adds to the row of a run that is over why it ended.
type RunCause struct {
	ID    bot.RunID
	Cause bot.Cause
}

// Memory is what the database knows when Botswain starts.
type Memory struct {
	States   map[bot.ID]StoredState
	Open     []event.Run // runs whose end nobody recorded
	LastEnds map[bot.ID]bot.Exit
	Installs map[bot.RunID]StoredInstall
	Boots    map[bot.ID]string // the boot that each bot's newest run belongs to, as far as known
}

// StoredInstall is an installation as the database knows it.
type StoredInstall struct {
	Bot bot.ID
	bot.Install
}

// Storage is where changes go; *Store is the real one.
type Storage interface {
	Load(ctx context.Context) (Memory, error)
	// Apply stores changes in one transaction, and returns when they are on the database's disk. Storing
	// them again does no harm. visible is called as soon as whoever asks gets them, which only a crash of
	// the database server can take back; nil: nobody waits for that. After an error, also one after
	// visible, they may be lost and must be stored again.
	Apply(ctx context.Context, changes []Change, visible func()) error
}

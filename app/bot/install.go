package bot

import "time"

// Install is one installation of what a bot needs to run: under way, or over.
type Install struct {
	// Run is its process's, as BOTSWAIN_RUN_ID; its lines in the bot's log carry it.
	Run      RunID
	Commands string // as a person would type them
	By       string // the user who asked for it
	// Deadline is when it is stopped if it is still under way.
	StartedAt, Deadline time.Time
	EndedAt             time.Time // zero: under way
	Outcome             InstallOutcome
	Reason              string // the outcome in words: "exit code 1", "cancelled by admin"
}

// InstallOutcome is how an installation ended.
type InstallOutcome string

// The outcomes. InstallCancelled and InstallOverdue are also those of one that is being stopped.
const (
	InstallOpen      InstallOutcome = "" // under way
	Installed        InstallOutcome = "installed"
	InstallFailed    InstallOutcome = "failed"
	InstallCancelled InstallOutcome = "cancelled"
	InstallOverdue   InstallOutcome = "overdue"
	InstallUnknown   InstallOutcome = "unknown" // nobody saw its end
)

// Open says that its process may live.
func (i *Install) Open() bool { return i != nil && i.EndedAt.IsZero() }

// Stopping says that it is under way and was told to stop.
func (i *Install) Stopping() bool { return i.Open() && i.Outcome != InstallOpen }

// Actions lists what a person can ask of the bot now, the most useful first: while what it needs is
// being installed it can't be started.
func (s Status) Actions() []Action {
	if s.Install.Open() && !s.State.Alive() {
		return nil
	}
	return s.State.Actions()
}

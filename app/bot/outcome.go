package bot

// Outcome says in one word how a run ended. What tells them apart is known at the end only, so it is
// stored with it.
type Outcome string

// The outcomes.
const (
	EndStopped     Outcome = "stopped"     // it was told to, or its start was put off or given up
	EndRestarted   Outcome = "restarted"   // it was told to, to be started again
	EndExited      Outcome = "exited"      // by itself, with success
	EndCrashed     Outcome = "crashed"     // by itself and not with success, or it failed its checks, or no process came of it
	EndUnseen      Outcome = "unseen"      // while Botswain was away; how isn't known
	EndInterrupted Outcome = "interrupted" // with the machine, or with Botswain before anything was executed
)

// WithBotswain is the reason of an end of a bot that was stopped because Botswain was. It is wanted up all the same.
const WithBotswain = "stopped with Botswain"

// Outcomes lists them.
func Outcomes() []Outcome {
	return []Outcome{EndCrashed, EndUnseen, EndExited, EndStopped, EndRestarted, EndInterrupted}
}

// Abnormal says whether somebody may want to know why.
func (o Outcome) Abnormal() bool { return o == EndCrashed || o == EndUnseen }

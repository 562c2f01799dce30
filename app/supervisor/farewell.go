package supervisor

import "time"

// farewellTime bounds how long the log path doesn't hear that a run is over while the next one is on
// its way.
const farewellTime = 25 * time.Millisecond

// farewell is what the log path has yet to hear of a run that is over.
type farewell struct {
	say   func() // nil: nothing
	timer timer
}

// lastWords has the log path read a run's output to its end.
func (a *actor) lastWords(run *process, level int, text string) {
	a.bidFarewell()
	a.s.logs.Finish(run.id)
	a.note(run.id, level, text+".") // after Finish, so that it comes after the run's last line
}

// lastWordsLater does it when the next run, which is on its way, exists, or in a moment: reading,
// storing and clearing away would take the processor and the disk from its start. That run is
// followed later still, and so its lines come later.
func (a *actor) lastWordsLater(run *process, level int, text string) {
	a.bidFarewell()
	a.farewell.say = func() { a.lastWords(run, level, text) }
	a.farewell.timer.set(a, farewellTime, (*actor).bidFarewell)
}

// bidFarewell says what waits; everything else that the log path hears of the bot comes after it.
func (a *actor) bidFarewell() {
	say := a.farewell.say
	if say == nil {
		return
	}
	a.farewell.say = nil
	a.farewell.timer.stop()
	say()
}

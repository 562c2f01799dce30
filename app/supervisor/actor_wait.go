package supervisor

import (
	"fmt"

	"github.com/botswain/botswain/app/bot"
)

// waitsFor says what a start waits for before anything is executed; "": nothing any more. Whoever
// shows the status does so next.
func (a *actor) waitsFor(reason string) {
	if a.st.State == bot.Starting {
		a.st.Reason = reason
	}
}

// queued is the queue's word that a start waits for its turn.
func (a *actor) queued(run *process, before int) {
	if a.run != run || !run.launching || a.st.State != bot.Starting {
		return
	}
	reason := ""
	switch {
	case before > 0:
		reason = fmt.Sprintf("Waiting for its turn to start (%d before it)", before)
	case before == 0:
		reason = "Waiting for its turn to start (next)"
	}
	a.waitsFor(reason)
	a.show()
}

// Package supervisor keeps bots in the state that people want. Each bot has one actor goroutine,
// which alone changes its state; commands, exits and timers reach it as messages. state.go is the
// table of what may follow what, journal.go brings what happened into Postgres in order, and
// reconcile.go brings the wish and the truth together when Botswain starts (past.go closes the runs
// that are over, actor_adopt.go takes up those that live). ask.go is how others reach an actor.
package supervisor

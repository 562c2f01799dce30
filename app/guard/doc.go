// Package guard is what Botswain does with what it knows of the platforms: it asks whether a token
// holds before a start, keeps two bots here from using one token, sees a second copy elsewhere and a
// bot that is alive but deaf, and spares the session budget of Discord applications.
//
// Before a start it is a supervisor.Gate; while bots run it watches, and has the supervisor count one as
// Unresponsive. What it can't find out is never held against a bot.
package guard

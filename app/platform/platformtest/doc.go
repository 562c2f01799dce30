// Package platformtest holds what the test servers of all platforms share: a server on loopback,
// faults to play, shared state to wait on, pictures, and a reader for reports of bots. The servers
// themselves are in telegramtest and discordtest. Nothing of it is for production: only tests and
// other packages whose name ends with "test" import it.
package platformtest

// Package cause recognises why a bot ended: by its last lines, its exit and what kind of bot it is. The
// causes are rows of table.go; match.go says how one is chosen. A cause that isn't in the table isn't guessed at.
package cause

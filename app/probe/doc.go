// Package probe looks at a bot from outside: whether it answers over HTTP, takes a TCP connection,
// or prints a line. The addresses come from administrators, who may point them anywhere.
package probe

// Package e2e tests Botswain from outside: the real binary, real child processes, a real
// Postgres and a real Chromium. It has no code of its own beside its tests.
package e2e

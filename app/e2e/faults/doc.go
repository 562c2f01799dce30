// Package faults drives the real Botswain with a crew of real programs through faults in random
// order, and checks after each round that nothing was lost, doubled, left behind or told wrongly.
//
//	go test ./app/e2e/faults -faults.minutes=60 -faults.seed=7 -v
//
// Without flags it goes a short way from a fixed seed. What happens follows from the seed alone, as
// far as what other processes do allows. A family of faults is a file (fault_*_test.go) with rows
// for the table in voyage_test.go; what is checked is a file each (check_*_test.go).
package faults

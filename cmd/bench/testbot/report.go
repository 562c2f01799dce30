package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// report is the file in which the bot says what it did, one "WORD NANOSECONDS VALUE" a line.
type report struct{ file *os.File }

func openReport(dir, name string) report {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	return report{f}
}

func (r report) say(word string, at, value int64) {
	fmt.Fprintf(r.file, "%s %d %d\n", word, at, value)
}

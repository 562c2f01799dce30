package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

// lineLen is the length of a line of the lines mode, with its end.
const lineLen = 100

// lines writes count lines as fast as it can, in writes of at most perWrite bytes (of one line at
// least), and reports from when to when.
func lines(r report, count, perWrite int) {
	block := max(1, perWrite/lineLen)
	buf := make([]byte, 0, block*lineLen)
	began := now()
	for i := 0; i < count; {
		buf = buf[:0]
		for range min(block, count-i) {
			buf = appendLine(buf, i)
			i++
		}
		if _, err := os.Stdout.Write(buf); err != nil {
			r.say("failed", now(), int64(i))
			os.Exit(3)
		}
	}
	r.say("begin", began, int64(count))
	r.say("end", now(), int64(count))
}

// randomBytes writes count bytes of every value once SIGUSR1 says so; they are the same each time.
func randomBytes(r report, count int) {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGUSR1)
	r.say("listening", now(), int64(os.Getpid()))
	<-told
	b := make([]byte, count)
	_, _ = rand.NewChaCha8([32]byte{}).Read(b) // never fails
	if _, err := os.Stdout.Write(b); err != nil {
		r.say("failed", now(), int64(count))
		os.Exit(3)
	}
	r.say("end", now(), int64(count))
}

const filling = " of the count, padded to look like a line that a real bot would print ..............................."

func appendLine(buf []byte, i int) []byte {
	from := len(buf)
	buf = append(buf, "number "...)
	buf = strconv.AppendInt(buf, int64(i), 10)
	buf = append(buf, filling[:lineLen-1-(len(buf)-from)]...)
	return append(buf, '\n')
}

// tick writes perSecond lines a second, each with the time of its write, until SIGTERM. Above one
// line a millisecond it writes what is due each time it wakes; each line is a write of its own.
func tick(perSecond int) {
	stop := stopped()
	every := time.Second / time.Duration(perSecond)
	began := time.Now()
	for i := 0; ; i++ {
		if ahead := time.Until(began.Add(time.Duration(i) * every)); ahead > 0 {
			select {
			case <-stop:
				return
			case <-time.After(ahead):
			}
		}
		fmt.Fprintf(os.Stdout, "at %d\n", now())
	}
}

// numbered writes a numbered line each millisecond until SIGTERM, and keeps in the file how many it
// meant to write, so that a bot that is killed leaves a true count.
func numbered(counter string) {
	stop := stopped()
	f, err := os.Create(counter)
	if err != nil {
		os.Exit(2)
	}
	pid := os.Getpid()
	t := time.NewTicker(time.Millisecond)
	var b [8]byte
	for i := uint64(1); ; i++ {
		select {
		case <-stop:
			return
		case <-t.C:
		}
		binary.LittleEndian.PutUint64(b[:], i)
		if _, err := f.WriteAt(b[:], 0); err != nil {
			os.Exit(2)
		}
		// An error is what is measured: the line is missing then.
		fmt.Fprintf(os.Stdout, "line %d %d\n", pid, i)
	}
}

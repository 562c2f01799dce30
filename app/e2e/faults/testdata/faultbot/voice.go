package main

import (
	"errors"
	"os"
	"syscall"
	"time"

	"github.com/botswain/botswain/app/e2e/faults/script"
)

// voice prints the lines of one stream in order.
type voice struct {
	kind   script.Kind
	stream string
	fd     int
	n      int64 // lines printed
	ledger script.Ledger
}

func newVoice(kind script.Kind, stream string, fd int) *voice {
	if kind == "" {
		kind = script.Plain
	}
	l, err := script.Open(os.Getenv("FAULTS_LEDGERS"), os.Getenv("BOT_ID"), os.Getenv("BOTSWAIN_RUN_ID"), stream)
	if err != nil {
		os.Exit(99)
	}
	return &voice{kind: kind, stream: stream, fd: fd, ledger: l}
}

// talk says burst lines at a time, for ever or until it has said most lines.
func (v *voice) talk(every time.Duration, burst, most int) {
	t := time.NewTicker(max(every, time.Millisecond))
	for most == 0 || v.n < int64(most) {
		v.say(max(1, burst))
		<-t.C
	}
}

// say prints the next lines with one write.
func (v *voice) say(lines int) {
	var text []byte
	for i := range int64(lines) {
		text = append(append(text, script.Text(v.kind, v.stream, v.n+i+1)...), '\n')
	}
	v.ledger.Begin(v.n + int64(lines))
	v.write(text)
	v.n += int64(lines)
	v.ledger.Done(v.n)
}

// haltingly prints the next line in two parts.
func (v *voice) haltingly(pause time.Duration) {
	text := script.Text(v.kind, v.stream, v.n+1)
	v.ledger.Begin(v.n + 1)
	v.write([]byte(text[:len(text)/2]))
	time.Sleep(pause)
	v.write([]byte(text[len(text)/2:]))
	time.Sleep(pause)
	v.write([]byte{'\n'})
	v.n++
	v.ledger.Done(v.n)
}

// unended prints the next line without its end.
func (v *voice) unended() {
	v.ledger.Begin(v.n + 1)
	v.write([]byte(script.Text(v.kind, v.stream, v.n+1)))
	v.n++
	v.ledger.Done(v.n)
}

// write writes all of it: on a full disk it waits for room, as a bot that minds its log would. It
// dies when nobody holds the other end, as most programs do.
func (v *voice) write(text []byte) {
	for len(text) > 0 {
		n, err := syscall.Write(v.fd, text)
		switch {
		case err == nil:
			text = text[n:]
		case errors.Is(err, syscall.ENOSPC):
			time.Sleep(10 * time.Millisecond)
		case errors.Is(err, syscall.EINTR), errors.Is(err, syscall.EAGAIN):
		default:
			script.Broken(os.Getenv("FAULTS_LEDGERS"), os.Getenv("BOT_ID"), os.Getenv("BOTSWAIN_RUN_ID"), err)
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			time.Sleep(time.Second)
		}
	}
}

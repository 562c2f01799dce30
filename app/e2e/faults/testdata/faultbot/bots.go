package main

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/botswain/botswain/app/e2e/faults/script"
)

// talker prints on both streams until it is told to end, which ends it at once.
func talker(o options) {
	go newVoice(script.Kind(o["kind"]), "stderr", 2).talk(3*o.duration("every", 5*time.Millisecond), 1, 0)
	newVoice(script.Kind(o["kind"]), "stdout", 1).talk(o.duration("every", 5*time.Millisecond), o.number("burst", 1), 0)
}

// stubborn hears no polite signal.
func stubborn(o options) {
	signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT)
	talker(o)
}

// polite says good-bye and ends with success.
func polite(o options) {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM, syscall.SIGINT)
	v := newVoice(script.Plain, "stdout", 1)
	t := time.NewTicker(10 * time.Millisecond)
	for {
		select {
		case <-t.C:
			v.say(1)
		case <-told:
			v.say(20)
			os.Exit(0)
		}
	}
}

// crasher says something and dies, again and again.
func crasher(o options) {
	newVoice(script.Plain, "stderr", 2).say(3)
	newVoice(script.Plain, "stdout", 1).talk(time.Millisecond, 1, o.number("lines", 30))
	if os.Getpid()%3 == 0 {
		syscall.Kill(os.Getpid(), syscall.SIGHUP)
		time.Sleep(time.Second)
	}
	os.Exit(1)
}

// brief prints a lot at once, the last line without its end, and is done.
func brief(o options) {
	v := newVoice(script.Plain, "stdout", 1)
	v.say(o.number("lines", 500))
	v.unended()
}

// prompter leaves its lines open for a while.
func prompter(o options) {
	v := newVoice(script.Plain, "stdout", 1)
	for i := 0; ; i++ {
		v.haltingly(time.Duration(i%4) * 900 * time.Millisecond)
	}
}

// forker has children all the time: plain ones, ones with a session of their own, daemons, and
// ones that hear nothing; it replaces those that end.
func forker(o options) {
	v := newVoice(script.Plain, "stdout", 1)
	for _, how := range []string{"plain", "session", "daemon", "deaf"} {
		go func() {
			for {
				begin(how, "3s", how == "session").Wait()
				time.Sleep(150 * time.Millisecond) // daemons' first processes end at once
			}
		}()
	}
	v.talk(20*time.Millisecond, 1, 0)
}

// orphaner ends by itself and leaves a deaf daemon behind.
func orphaner(o options) {
	begin("daemon", "1h", false).Wait()
	newVoice(script.Plain, "stdout", 1).talk(5*time.Millisecond, 1, o.number("lines", 300))
	os.Exit(7)
}

// begin starts a child of this program.
func begin(how, life string, session bool) *exec.Cmd {
	cmd := exec.Command(os.Args[0], "child", "how="+how, "life="+life)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: session}
	if err := cmd.Start(); err != nil {
		time.Sleep(50 * time.Millisecond)
	}
	return cmd
}

// child is a member of a forker's tree.
func child(o options) {
	switch o["how"] {
	case "daemon": // the second fork, in a session of its own; the first one ends at once
		begin("deaf", o["life"], true)
		return
	case "deaf":
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	}
	time.Sleep(o.duration("life", time.Second))
}

// crowd forks a lot, and then no more.
func crowd(options) {
	v := newVoice(script.Plain, "stdout", 1)
	for range 60 {
		begin("deaf", "1h", true)
	}
	v.talk(10*time.Millisecond, 1, 0)
}

// bomb forks as fast as it can; only a limit holds it.
func bomb(options) {
	v := newVoice(script.Plain, "stdout", 1)
	for {
		begin("deaf", "1h", true)
		v.say(1)
	}
}

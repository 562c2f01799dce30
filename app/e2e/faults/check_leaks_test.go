package faults

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/botswain/botswain/app/e2e/faults/wreck"
)

// baseline is what Botswain used when all was well for the first time.
type baseline struct{ files, goroutines int }

// slack is how many descriptors and goroutines there may be beyond the baseline: connections of
// pools and of HTTP come and go.
const (
	slackFiles      = 24
	slackGoroutines = 40
)

var goroutines = regexp.MustCompile(`(?m)^go_goroutines (\d+)`)

// checkLeaks looks at Botswain's descriptors and goroutines.
func (v *voyage) checkLeaks() error {
	open, err := v.texts(v.t.Context(), "select id::text from runs where ended_at is null")
	if err != nil {
		return err
	}
	var text string
	if _, err := v.call("GET", "/metrics", nil, &text); err != nil {
		return err
	}
	m := goroutines.FindStringSubmatch(text)
	if m == nil {
		return stop(fmt.Errorf("no number of goroutines in the metrics"))
	}
	now := baseline{}
	now.goroutines, _ = strconv.Atoi(m[1])
	pidfds, kinds := 0, map[string]int{}
	root := fmt.Sprintf("/proc/%d/fd", v.cmd.Process.Pid)
	fds, err := os.ReadDir(root)
	if err != nil {
		return err
	}
	for _, fd := range fds {
		target, err := os.Readlink(filepath.Join(root, fd.Name()))
		if err != nil {
			continue
		}
		kind, _, _ := strings.Cut(target, ":")
		switch {
		case strings.HasPrefix(target, v.spool()+"/"):
			if strings.HasSuffix(target, " (deleted)") {
				return fmt.Errorf("a removed spool file is open: %s", target)
			}
		case strings.Contains(target, "[pidfd]"):
			pidfds++
		default:
			now.files++
			kinds[kind]++
		}
	}
	if pidfds > len(open)+8 {
		return fmt.Errorf("%d pidfds for %d runs", pidfds, len(open))
	}
	if v.before == (baseline{}) {
		v.before = now
		v.note("baseline: %+v", now)
	}
	if now.files > v.before.files+slackFiles {
		return fmt.Errorf("%d descriptors, had %d: %v", now.files, v.before.files, kinds)
	}
	if now.goroutines > v.before.goroutines+slackGoroutines {
		return fmt.Errorf("%d goroutines, had %d", now.goroutines, v.before.goroutines)
	}
	return nil
}

// checkZombies waits until the dead children that it saw first are reaped.
func (v *voyage) checkZombies() func() error {
	var dead []wreck.Process
	first := true
	return func() error {
		if first {
			first = false
			for _, p := range wreck.Children(v.cmd.Process.Pid) {
				if p.State == 'Z' {
					dead = append(dead, p)
				}
			}
		}
		for _, p := range dead {
			if now, ok := wreck.Look(p.PID); ok && now.Start == p.Start {
				return fmt.Errorf("zombie: %+v", now)
			}
		}
		return nil
	}
}

// logReader goes through Botswain's log once.
type logReader struct {
	offset int64
	errors map[string]int // what was logged as an error, by message
}

// alarms are what Botswain never has a reason to say, whatever happens around it.
var alarms = []string{"panic:", "DATA RACE", "fatal error:", "can't take this step", "runs twice", "database refused a change", "spool folder is gone"}

var message = regexp.MustCompile(`level=ERROR msg=("[^"]*"|\S+)`)

func (v *voyage) checkLog() error {
	b, err := os.ReadFile(filepath.Join(v.dir, "botswain.log"))
	if err != nil {
		return stop(err)
	}
	fresh := b[min(v.log.offset, int64(len(b))):]
	v.log.offset = int64(len(b))
	if v.log.errors == nil {
		v.log.errors = map[string]int{}
	}
	for line := range bytes.Lines(fresh) {
		if m := message.FindSubmatch(line); m != nil {
			v.log.errors[string(m[1])]++
		}
		for _, a := range alarms {
			if bytes.Contains(line, []byte(a)) {
				return stop(fmt.Errorf("Botswain says: %s", line))
			}
		}
	}
	return nil
}

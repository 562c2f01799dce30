package notify

import "strings"

// Message is what one datagram says.
type Message struct {
	Ready    bool
	Stopping bool
	Alive    bool    // WATCHDOG=1
	Failing  bool    // WATCHDOG=trigger
	Status   *string // nil: not said
}

// parse reads NAME=value lines; ok is false when there is nothing of interest.
func parse(b []byte) (m Message, ok bool) {
	for line := range strings.SplitSeq(string(b), "\n") {
		switch name, value, _ := strings.Cut(line, "="); {
		case line == "READY=1":
			m.Ready = true
		case line == "STOPPING=1":
			m.Stopping = true
		case line == "WATCHDOG=1":
			m.Alive = true
		case line == "WATCHDOG=trigger":
			m.Failing = true
		case name == "STATUS":
			m.Status = &value
		default:
			continue
		}
		ok = true
	}
	return m, ok
}

package platformtest

import (
	"net/http"
	"strings"
	"time"
)

// Fault is a way in which a platform fails. Make one with Status, Limited, Hang or Close.
type Fault struct {
	kind   kind
	status int           // of a refusal
	after  time.Duration // of a limit
	times  int           // how often it's played; 0: until it is mended
}

type kind int

const (
	refuse kind = iota + 1
	limit
	hang
	cut
)

// Status answers with an HTTP status of 400 and above, in the platform's own form.
func Status(code int) Fault { return Fault{kind: refuse, status: code} }

// Limited answers 429 and says to come back after a time, in the platform's own form.
func Limited(after time.Duration) Fault { return Fault{kind: limit, after: after} }

// Hang takes a request and never answers it. When the fault is mended, the connection is closed.
func Hang() Fault { return Fault{kind: hang} }

// Close closes the connection instead of answering.
func Close() Fault { return Fault{kind: cut} }

// Times has a fault mend itself after n requests.
func (f Fault) Times(n int) Fault {
	f.times = n
	return f
}

// Refusal writes a platform's own form of an error. after is set for a 429 only.
type Refusal func(w http.ResponseWriter, status int, after time.Duration)

// Faults are those being played, by the call that they meet. The zero value plays none.
type Faults struct {
	board Board
	by    map[string]Fault
	mends int // how often Mend was called
}

// Break has a call fail from now on, in place of what it failed with before. Names of calls are the
// platform's; case doesn't matter. "" is every call that has no fault of its own.
func (f *Faults) Break(call string, fault Fault) {
	f.board.Do(func() {
		if f.by == nil {
			f.by = map[string]Fault{}
		}
		f.by[strings.ToLower(call)] = fault
	})
}

// Mend ends all faults. Requests that hang are cut off.
func (f *Faults) Mend() {
	f.board.Do(func() {
		clear(f.by)
		f.mends++
	})
}

// Play plays the fault that a call meets and says whether there was one; then the request is done with.
func (f *Faults) Play(w http.ResponseWriter, r *http.Request, call string, answer Refusal) bool {
	fault, mends := f.take(strings.ToLower(call))
	switch fault.kind {
	case 0:
		return false
	case refuse:
		answer(w, fault.status, 0)
	case limit:
		answer(w, http.StatusTooManyRequests, fault.after)
	case hang:
		// Either the client gives up or the fault is mended; both end the connection.
		_ = f.board.Wait(r.Context(), "an end of the fault", func() (mended bool) {
			f.board.Look(func() { mended = f.mends != mends })
			return mended
		})
		panic(http.ErrAbortHandler)
	case cut:
		panic(http.ErrAbortHandler)
	}
	return true
}

func (f *Faults) take(call string) (fault Fault, mends int) {
	f.board.Do(func() {
		mends = f.mends
		if _, own := f.by[call]; !own {
			call = ""
		}
		fault = f.by[call]
		switch fault.times {
		case 0:
		case 1:
			delete(f.by, call)
		default:
			rest := fault
			rest.times--
			f.by[call] = rest
		}
	})
	return fault, mends
}

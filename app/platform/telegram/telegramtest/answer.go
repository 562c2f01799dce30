package telegramtest

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"time"
)

// failure is an answer with "ok": false.
type failure struct {
	code  int
	words string
	after time.Duration // how long to stay away; for 429
}

// told is a result with a description beside it.
type told struct {
	result any
	words  string
}

// nothing is the answer to a client that went away: the connection is closed.
type nothing struct{}

// write sends an answer: a failure, a told, or the result itself.
func write(w http.ResponseWriter, answer any) {
	switch a := answer.(type) {
	case nothing:
		panic(http.ErrAbortHandler)
	case failure:
		body := map[string]any{"ok": false, "error_code": a.code, "description": a.words}
		if a.after > 0 {
			seconds := int(math.Ceil(a.after.Seconds()))
			body["description"] = "Too Many Requests: retry after " + strconv.Itoa(seconds)
			body["parameters"] = map[string]int{"retry_after": seconds}
			w.Header().Set("Retry-After", strconv.Itoa(seconds))
		}
		send(w, a.code, body)
	case told:
		send(w, http.StatusOK, map[string]any{"ok": true, "result": a.result, "description": a.words})
	default:
		send(w, http.StatusOK, map[string]any{"ok": true, "result": a})
	}
}

func send(w http.ResponseWriter, status int, body map[string]any) {
	b, err := json.Marshal(body)
	if err != nil {
		panic(err) // all answers are plain values
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(b) // a client that went away is no matter
}

// refuse answers with a status and its usual words; it is what faults are played with.
func refuse(w http.ResponseWriter, status int, after time.Duration) {
	if status == http.StatusTooManyRequests && after <= 0 {
		after = time.Second
	}
	words := http.StatusText(status)
	if words == "" {
		words = "Error " + strconv.Itoa(status)
	}
	write(w, failure{code: status, words: words, after: after})
}

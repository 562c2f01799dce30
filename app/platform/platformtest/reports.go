package platformtest

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"time"
)

// maxReport is the contract's bound for one report.
const maxReport = 64 << 10

// Reports takes what a bot reports of itself, as Botswain's report endpoint does, and adds it up.
type Reports struct {
	URL   string // for BOTSWAIN_REPORT_URL
	Token string // for BOTSWAIN_REPORT_TOKEN

	server *Server
	board  Board
	seen   Reported
}

// Reported is the sum of the reports so far.
type Reported struct {
	Reports    int // those that were right
	Wrong      int // those that were refused
	Ready      bool
	Heartbeats int
	Gauges     map[string]float64 // the newest of each
	Counters   map[string]float64 // their sums
	Events     []Event
}

// Event is an event that a bot reported.
type Event struct {
	Type    string    `json:"type"`
	Message string    `json:"message"`
	At      time.Time `json:"at"`
}

// ListenReports takes reports on loopback until Close.
func ListenReports(token string) (*Reports, error) {
	r := &Reports{Token: token, seen: Reported{Gauges: map[string]float64{}, Counters: map[string]float64{}}}
	var err error
	if r.server, err = Listen("", http.HandlerFunc(r.take)); err != nil {
		return nil, err
	}
	r.URL = r.server.URL + "/api/v1/report"
	return r, nil
}

// Close ends the endpoint.
func (r *Reports) Close() { r.server.Close() }

// Sum is what was reported so far.
func (r *Reports) Sum() (sum Reported) {
	r.board.Look(func() { sum = r.seen.copy() })
	return sum
}

// Wait waits until what was reported satisfies done, and returns it.
func (r *Reports) Wait(ctx context.Context, what string, done func(Reported) bool) (sum Reported, err error) {
	err = r.board.Wait(ctx, what, func() bool {
		sum = r.Sum()
		return done(sum)
	})
	return sum, err
}

func (s Reported) copy() Reported {
	s.Gauges, s.Counters = maps.Clone(s.Gauges), maps.Clone(s.Counters)
	s.Events = append([]Event(nil), s.Events...)
	return s
}

func (r *Reports) take(w http.ResponseWriter, req *http.Request) {
	var in struct {
		Ready     bool               `json:"ready"`
		Heartbeat bool               `json:"heartbeat"`
		Gauges    map[string]float64 `json:"gauges"`
		Counters  map[string]float64 `json:"counters"`
		Events    []Event            `json:"events"`
	}
	status := http.StatusNoContent
	d := json.NewDecoder(http.MaxBytesReader(w, req.Body, maxReport))
	d.DisallowUnknownFields()
	switch {
	case req.Method != http.MethodPost:
		status = http.StatusMethodNotAllowed
	case req.Header.Get("Authorization") != "Bearer "+r.Token:
		status = http.StatusUnauthorized
	case d.Decode(&in) != nil:
		status = http.StatusUnprocessableEntity
	}
	r.board.Do(func() {
		if status != http.StatusNoContent {
			r.seen.Wrong++
			return
		}
		r.seen.Reports++
		r.seen.Ready = r.seen.Ready || in.Ready
		if in.Heartbeat {
			r.seen.Heartbeats++
		}
		maps.Copy(r.seen.Gauges, in.Gauges)
		for name, n := range in.Counters {
			r.seen.Counters[name] += n
		}
		r.seen.Events = append(r.seen.Events, in.Events...)
	})
	w.WriteHeader(status)
}

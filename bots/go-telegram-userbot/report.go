package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
)

// Reporter tells Botswain how a bot is doing. It is one file of the standard library: copy it beside
// your bot.
//
//	report := NewReporter()
//	defer report.Close(2 * time.Second) // sends what is left
//	report.Gauge("commands", 6)         // what is now
//	report.Ready()                      // the bot is up
//	report.Count("messages", 1)         // what has come to it
//	report.Beat()                       // the bot is alive: call it about every 20 seconds
//	report.Event("info", "Joined the 100th server")
//
// Call Beat from what does the bot's work, or after looking at it: when that hangs, the beats end,
// and Botswain sees it.
//
// Outside Botswain (no BOTSWAIN_REPORT_URL) nothing happens. No call waits but Close: one goroutine
// sends, what can't be sent is kept within bounds, and at most 50 messages a minute go out. Tell
// nothing about single people: figures are sums. Its methods may be called from any goroutine.
type Reporter struct {
	url, token string
	client     *http.Client
	poke       chan struct{} // something is due earlier than the sender thinks
	closing    chan struct{}
	closed     sync.Once
	done       chan struct{}

	mu   sync.Mutex
	next reportMessage
	due  time.Time // of the next message; zero: nothing waits
	free time.Time // before this none may go
}

// The bounds of reports.
const (
	reportNames   = 32                      // gauges, and counters
	reportKept    = 50                      // events that wait
	reportSent    = 20                      // events in one message, so that it stays below 64 KiB
	reportText    = 500                     // characters of an event
	reportGap     = 1200 * time.Millisecond // between two messages at least
	reportWait    = 15 * time.Second        // that a figure waits for company at most
	reportTimeout = 5 * time.Second         // for one message
	reportAgain   = 5 * time.Second         // after one that failed
	reportLongest = time.Minute             // that Botswain may ask to wait
)

// reportMessage is the body of one report.
type reportMessage struct {
	Ready     bool               `json:"ready,omitempty"`
	Heartbeat bool               `json:"heartbeat,omitempty"`
	Gauges    map[string]float64 `json:"gauges,omitempty"`
	Counters  map[string]float64 `json:"counters,omitempty"`
	Events    []reportEvent      `json:"events,omitempty"`
}

type reportEvent struct {
	Type    string    `json:"type"`
	Message string    `json:"message"`
	At      time.Time `json:"at"`
}

// NewReporter reports to where the environment says, if it does.
func NewReporter() *Reporter {
	r := &Reporter{
		url: os.Getenv("BOTSWAIN_REPORT_URL"), token: os.Getenv("BOTSWAIN_REPORT_TOKEN"),
		// Proxies of the environment are for the outside; Botswain isn't there.
		client: &http.Client{Timeout: reportTimeout, Transport: &http.Transport{}},
		poke:   make(chan struct{}, 1), closing: make(chan struct{}), done: make(chan struct{}),
	}
	if r.url == "" {
		close(r.done)
		return r
	}
	go r.run()
	return r
}

// Ready says that the bot is up.
func (r *Reporter) Ready() {
	r.add(0, func(m *reportMessage) { m.Ready, m.Heartbeat = true, true })
}

// Beat says that the bot is alive.
func (r *Reporter) Beat() {
	r.add(0, func(m *reportMessage) { m.Heartbeat = true })
}

// Gauge says what is now, such as the number of servers.
func (r *Reporter) Gauge(name string, value float64) {
	r.add(reportWait, func(m *reportMessage) { set(&m.Gauges, name, value) })
}

// Count says that something came to it: n more.
func (r *Reporter) Count(name string, n float64) {
	if n >= 0 {
		r.add(reportWait, func(m *reportMessage) { set(&m.Counters, name, m.Counters[name]+n) })
	}
}

// Event tells something; kind is "success", "error" or "info".
func (r *Reporter) Event(kind, text string) {
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "\uFFFD"), func(c rune) bool {
		return unicode.IsSpace(c) || unicode.IsControl(c)
	}), " ")
	if characters := []rune(text); len(characters) > reportText {
		text = string(characters[:reportText])
	}
	if text == "" || kind != "success" && kind != "error" && kind != "info" {
		return
	}
	r.add(0, func(m *reportMessage) {
		m.Events = append(m.Events, reportEvent{kind, text, time.Now()})
		m.Events = m.Events[max(len(m.Events)-reportKept, 0):]
	})
}

// Close sends what is left, for at most a time, and ends.
func (r *Reporter) Close(timeout time.Duration) {
	r.closed.Do(func() { close(r.closing) })
	<-r.done
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	for {
		m, some := r.take()
		if !some {
			return
		}
		if _, kept := r.send(ctx, m); kept {
			return // there is no later any more
		}
	}
}

var figureName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)

func set(figures *map[string]float64, name string, value float64) {
	_, known := (*figures)[name]
	if !figureName.MatchString(name) || !(math.Abs(value) < 1e300) || !known && len(*figures) >= reportNames {
		return
	}
	if *figures == nil {
		*figures = map[string]float64{}
	}
	(*figures)[name] = value
}

// add changes the next message, which is due after a time at most.
func (r *Reporter) add(wait time.Duration, change func(*reportMessage)) {
	if r.url == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.next)
	if due := time.Now().Add(wait); r.due.IsZero() || due.Before(r.due) {
		r.due = due
		select {
		case r.poke <- struct{}{}:
		default:
		}
	}
}

// run sends what is due until Close.
func (r *Reporter) run() {
	defer close(r.done)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-r.closing:
			cancel() // what is under way is kept, and goes with Close
		case <-ctx.Done():
		}
	}()
	for {
		timer := time.NewTimer(r.wait())
		select {
		case <-r.closing:
			timer.Stop()
			return
		case <-r.poke:
			timer.Stop()
			continue
		case <-timer.C:
		}
		m, some := r.take()
		if !some {
			continue
		}
		pause, keep := r.send(ctx, m)
		r.mu.Lock()
		r.free = time.Now().Add(pause)
		r.mu.Unlock()
		if keep {
			r.keep(m)
		}
	}
}

func (r *Reporter) wait() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.due.IsZero() {
		return time.Hour // until it is poked
	}
	return max(time.Until(r.due), time.Until(r.free), 0)
}

// take takes the next message, if there is one.
func (r *Reporter) take() (m reportMessage, some bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m, r.next, r.due = r.next, reportMessage{}, time.Time{}
	if len(m.Events) > reportSent {
		r.next.Events, m.Events = m.Events[reportSent:], m.Events[:reportSent]
		r.due = time.Now()
	}
	return m, m.Heartbeat || len(m.Gauges)+len(m.Counters)+len(m.Events) > 0
}

// keep puts back what couldn't be sent, below what came since.
func (r *Reporter) keep(m reportMessage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if m.Ready { // a late heartbeat says nothing; that the bot is up stays true
		r.next.Ready, r.next.Heartbeat = true, true
	}
	for name, value := range m.Gauges {
		if _, newer := r.next.Gauges[name]; !newer {
			set(&r.next.Gauges, name, value)
		}
	}
	for name, n := range m.Counters {
		set(&r.next.Counters, name, r.next.Counters[name]+n)
	}
	r.next.Events = append(m.Events, r.next.Events...)
	r.next.Events = r.next.Events[max(len(r.next.Events)-reportKept, 0):]
	if r.due.IsZero() {
		r.due = time.Now()
	}
}

// send says how long to pause afterwards and whether to keep the message for later.
func (r *Reporter) send(ctx context.Context, m reportMessage) (pause time.Duration, keep bool) {
	body, err := json.Marshal(m)
	if err != nil {
		return reportGap, false
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url, bytes.NewReader(body))
	if err != nil {
		return reportGap, false
	}
	req.Header.Set("Authorization", "Bearer "+r.token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := r.client.Do(req)
	if err != nil {
		return reportAgain, true
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16))
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode < http.StatusInternalServerError {
		return reportGap, false // what else was refused would be refused again
	}
	pause = reportAgain
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil {
		pause = time.Duration(seconds) * time.Second
	}
	return min(max(pause, reportGap), reportLongest), true
}

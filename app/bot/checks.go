package bot

import (
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Probe is a way to learn how a bot is.
type Probe string

// The probes of the contract.
const (
	ProbeNone    Probe = ""        // health only: the bot isn't watched
	ProbeTime    Probe = "time"    // ready only: it has lived for Spec.StartSeconds
	ProbeReport  Probe = "report"  // the bot calls the report endpoint
	ProbeNotify  Probe = "notify"  // READY=1 or WATCHDOG=1 over sd_notify's protocol
	ProbePattern Probe = "pattern" // ready only: Target is an RE2 expression that a line of output matches
	ProbeHTTP    Probe = "http"    // Target is a URL that answers with a status of 200 to 399
	ProbeTCP     Probe = "tcp"     // Target is a host:port that takes a connection
)

// ReadyProbes lists what ReadyCheck.By may be, in the order of the form.
func ReadyProbes() []Probe {
	return []Probe{ProbeTime, ProbeReport, ProbeNotify, ProbePattern, ProbeHTTP, ProbeTCP}
}

// HealthProbes lists what HealthCheck.By may be, in the order of the form.
func HealthProbes() []Probe {
	return []Probe{ProbeNone, ProbeReport, ProbeNotify, ProbeHTTP, ProbeTCP}
}

// ReadyCheck says when a process that was started counts as Running.
type ReadyCheck struct {
	By Probe
	// Target is what ProbePattern, ProbeHTTP and ProbeTCP look at; empty for the others.
	Target string
	// Timeout is how long a process may take to become ready before its run counts as failed; 0:
	// for ever. ProbeTime takes no notice of it.
	Timeout time.Duration
}

// HealthCheck says how a running bot is watched, and when it is Unresponsive.
type HealthCheck struct {
	By Probe
	// Target is what ProbeHTTP and ProbeTCP look at; empty for the others.
	Target string
	// Interval is the time from one check to the next, or within which the bot must be heard of.
	Interval time.Duration
	// Timeout is how long one HTTP or TCP check may take.
	Timeout time.Duration
	// Failures is how many checks in a row fail, or how many intervals pass in silence, until the
	// bot counts as Unresponsive.
	Failures int
	// Restart restarts a bot that became Unresponsive, for whatever reason.
	Restart bool
	// DeafAfter is how long updates may wait at Telegram without one of them being taken until a
	// telegram_bot counts as Unresponsive; 0: for ever, as for bots that only send. It goes beside By.
	DeafAfter time.Duration
}

// The bounds of checks.
const (
	MaxReadyTimeout   = time.Hour
	minHealthInterval = time.Second
	maxHealthInterval = time.Hour
	minHealthTimeout  = 100 * time.Millisecond
	maxHealthTimeout  = time.Minute
	maxHealthFailures = 100
	minDeafAfter      = time.Minute
	maxDeafAfter      = 24 * time.Hour
	maxTargetBytes    = 2048
)

func (c ReadyCheck) normalize() ReadyCheck {
	if c.By == "" {
		c.By = ProbeTime
	}
	c.Target = normalizeTarget(c.By, c.Target)
	return c
}

func (c HealthCheck) normalize() HealthCheck {
	c.Target = normalizeTarget(c.By, c.Target)
	if c.Interval == 0 {
		c.Interval = DefaultHealthInterval
	}
	if c.Timeout == 0 {
		c.Timeout = DefaultHealthTimeout
	}
	if c.Failures == 0 {
		c.Failures = DefaultHealthFailures
	}
	return c
}

func normalizeTarget(by Probe, target string) string {
	switch by {
	case ProbeNone, ProbeTime, ProbeReport, ProbeNotify:
		return ""
	case ProbePattern:
		return target // spaces mean themselves
	}
	return strings.TrimSpace(target)
}

func (c ReadyCheck) check(p problems) {
	if !slices.Contains(ReadyProbes(), c.By) {
		p.add("ready.by", "Choose one of time, report, notify, pattern, http and tcp.")
	}
	checkTarget(p, "ready.target", c.By, c.Target)
	checkDuration(p, "ready.timeout", c.Timeout, MaxReadyTimeout)
}

func (c HealthCheck) check(p problems) {
	if !slices.Contains(HealthProbes(), c.By) {
		p.add("health.by", "Choose one of report, notify, http and tcp, or nothing for no check.")
	}
	checkTarget(p, "health.target", c.By, c.Target)
	if c.Interval < minHealthInterval || c.Interval > maxHealthInterval {
		p.add("health.interval", "Give a time between 1s and 1h, for example 30s.")
	}
	if c.Timeout < minHealthTimeout || c.Timeout > maxHealthTimeout {
		p.add("health.timeout", "Give a time between 100ms and 1m, for example 5s.")
	}
	if c.Failures < 1 || c.Failures > maxHealthFailures {
		p.add("health.failures", "Give a number between 1 and %d.", maxHealthFailures)
	}
	if c.DeafAfter != 0 && (c.DeafAfter < minDeafAfter || c.DeafAfter > maxDeafAfter) {
		p.add("health.deaf_after", "Give a time between 1m and 24h, or 0s for no check.")
	}
}

func checkTarget(p problems, field string, by Probe, target string) {
	switch {
	case len(target) > maxTargetBytes:
		p.add(field, "Use at most %d bytes.", maxTargetBytes)
	case !storable(target):
		p.add(field, "Take out the NUL or invalid UTF-8 byte.")
	case by == ProbePattern && !isPattern(target):
		p.add(field, "Give a regular expression that matches a line of output, for example: (?i)logged in as")
	case by == ProbeHTTP && !isHTTP(target):
		p.add(field, "Give an address that begins with http:// or https://, for example http://127.0.0.1:8081/health")
	case by == ProbeTCP && !isHostPort(target):
		p.add(field, "Give a host and a port, for example 127.0.0.1:8081")
	}
}

func isPattern(s string) bool {
	_, err := regexp.Compile(s)
	return s != "" && err == nil
}

func isHTTP(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

func isHostPort(s string) bool {
	host, port, err := net.SplitHostPort(s)
	if err != nil || host == "" || strings.ContainsAny(host, " /") {
		return false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0
}

package bot

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// The defaults of a definition: what holds where nothing was given.
const (
	DefaultInitialDelay = time.Second
	DefaultFactor       = 2.0
	DefaultMaxDelay     = 5 * time.Minute
	DefaultResetAfter   = time.Minute
	DefaultStopSignal   = "SIGTERM"
	DefaultStopTimeout  = 10 * time.Second
	DefaultStartSeconds = 1.0

	DefaultReadyTimeout   = time.Minute
	DefaultHealthInterval = 30 * time.Second
	DefaultHealthTimeout  = 5 * time.Second
	DefaultHealthFailures = 3
	DefaultDeafAfter      = 3 * time.Minute
)

// NewSpec is a definition with all defaults, to lay over what is given. It still needs a name and
// a command.
func NewSpec() Spec {
	return Spec{
		Restart: RestartPolicy{
			InitialDelay: DefaultInitialDelay, MaxDelay: DefaultMaxDelay, Factor: DefaultFactor, ResetAfter: DefaultResetAfter,
		},
		Stop:         StopPolicy{Timeout: DefaultStopTimeout},
		StartSeconds: DefaultStartSeconds,
		Ready:        ReadyCheck{Timeout: DefaultReadyTimeout},
		Health:       HealthCheck{DeafAfter: DefaultDeafAfter},
	}.Normalize()
}

// SetDelays sets both delays; nil means the default, in step with the one that is given: a longest
// wait below the default first wait is a fair wish ("never wait more than 100ms"), and so is a
// first wait above the default longest one.
func (r *RestartPolicy) SetDelays(initial, longest *time.Duration) {
	r.InitialDelay, r.MaxDelay = DefaultInitialDelay, DefaultMaxDelay
	if initial != nil {
		r.InitialDelay = *initial
		r.MaxDelay = max(r.MaxDelay, *initial)
	}
	if longest != nil {
		r.MaxDelay = *longest
		if initial == nil {
			r.InitialDelay = min(r.InitialDelay, max(0, *longest))
		}
	}
}

// Normalize returns a copy with its words in order: spaces around them cut off, tags in lower case
// and each once, the default for an empty type, directory, policy, signal and way to be ready,
// nothing nil. Of the numbers only those whose 0 can mean nothing become their default: the factor,
// and the numbers of the health check. A target that its check doesn't use is dropped. It shares no
// map or slice with s, and is idempotent.
func (s Spec) Normalize() Spec {
	s.Name = strings.TrimSpace(s.Name)
	if s.Type == "" {
		s.Type = Generic
	}
	s.Command = slices.Clone(s.Command)
	if s.Command == nil {
		s.Command = []string{}
	}
	if s.Dir = strings.TrimSpace(s.Dir); s.Dir == "" {
		s.Dir = "."
	}
	if s.Env = maps.Clone(s.Env); s.Env == nil {
		s.Env = map[string]string{}
	}
	s.Tags = normalizeTags(s.Tags)
	if s.Restart.Policy == "" {
		s.Restart.Policy = Always
	}
	if s.Restart.Factor == 0 {
		s.Restart.Factor = DefaultFactor
	}
	s.Restart.Schedule = strings.Join(strings.Fields(s.Restart.Schedule), " ")
	s.Stop.Signal = normalizeSignal(s.Stop.Signal)
	s.Ready = s.Ready.normalize()
	s.Health = s.Health.normalize()
	s.RunAs = strings.TrimSpace(s.RunAs)
	s.Group = strings.ToLower(strings.TrimSpace(s.Group))
	s.StartAfter = normalizeIDs(s.StartAfter)
	return s
}

func normalizeTags(tags []string) []string {
	out := make([]string, 0, len(tags))
	for _, t := range tags {
		t = strings.ToLower(strings.TrimSpace(t))
		if t != "" && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

func normalizeIDs(ids []ID) []ID {
	out := make([]ID, 0, len(ids))
	for _, id := range ids {
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// normalizeSignal accepts "TERM" and "sigterm" for "SIGTERM"; what it doesn't know stays as it
// is, for Validate to name.
func normalizeSignal(name string) string {
	name = strings.TrimSpace(name)
	if name == "" {
		return DefaultStopSignal
	}
	full := strings.ToUpper(name)
	if !strings.HasPrefix(full, "SIG") {
		full = "SIG" + full
	}
	if _, ok := SignalNumber(full); ok {
		return full
	}
	return name
}

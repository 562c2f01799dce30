package api

import (
	"errors"
	"maps"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
)

// BotInput is a definition as it is written. What is left out or null has its default; "0s" and 0
// stay what they are, but where they could be no value.
type BotInput struct {
	Name         string            `json:"name" doc:"Unique, whatever its case." example:"Weather"`
	Type         bot.Type          `json:"type,omitempty" enum:"telegram_bot,telegram_userbot,discord_bot,generic" doc:"Default: generic." example:"telegram_bot"`
	Command      []string          `json:"command" doc:"The program and its arguments; no shell is involved." example:"python3,bot.py"`
	Dir          string            `json:"dir,omitempty" doc:"Working directory, relative to where Botswain was started." example:"bots/weather"`
	Env          map[string]string `json:"env,omitempty" doc:"Environment variables."`
	Secrets      any               `json:"secrets,omitempty" doc:"Values by name, such as {\"TOKEN\": \"value\"}: variables that are stored encrypted and given to the bot's processes only. Given with PUT, they are all that it has from then on; left out or null, they stay. A list of names, as Bot has it, changes nothing."`
	Tags         []string          `json:"tags,omitempty" example:"prod,eu"`
	Autostart    bool              `json:"autostart,omitempty" doc:"Start it when Botswain starts."`
	Restart      Restart           `json:"restart,omitempty"`
	Stop         Stop              `json:"stop,omitempty"`
	Limits       Limits            `json:"limits,omitempty"`
	StartSeconds *float64          `json:"start_seconds,omitempty" doc:"How long a process must live to count as running, in seconds; 0: it counts at once. Default: 1." example:"1"`
	Ready        ReadyCheck        `json:"ready,omitempty"`
	Health       HealthCheck       `json:"health,omitempty"`
	RunAs        string            `json:"run_as,omitempty" doc:"The user that the process runs as: letters, digits and . _ -, at most 32. Empty: Botswain's own. Only root can run processes as others; whether the user exists shows at the start." example:"bots"`
	Group        string            `json:"group,omitempty" doc:"A word like a tag, for bots that belong together; empty: none." example:"weather"`
	StartAfter   []string          `json:"start_after,omitempty" doc:"Ids of bots that must be running before this one starts, at most 20; none may wait for itself, not by a detour either."`
	Version      int               `json:"version,omitempty" doc:"The version that this change was made from: refused with 409 when it isn't the newest. 0 or left out: any."`
}

// readOnly are the properties of Bot that a client may send back as it got them.
var readOnly = []string{
	"id", "status", "status_reason", "status_since", "desired", "pid", "uptime_seconds", "started_at",
	"restart_count", "next_start_at", "last_exit", "doubt", "created_at", "updated_at",
}

// TransformSchema implements huma.SchemaTransformer: what was read may be written again, so the
// properties of Bot that can't be written are let through and ignored.
func (BotInput) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	for _, name := range readOnly {
		s.Properties[name] = &huma.Schema{ReadOnly: true, Description: "Ignored: it can be read only."}
	}
	return s
}

// spec makes the domain's value of it. The error names fields as bot.Spec.Validate does.
func (in BotInput) spec() (bot.Spec, error) {
	wrong := map[string]string{}
	// read gives nil for what keeps its default: what is left out and what is null is "" by now.
	read := func(field, text string) *time.Duration {
		if text == "" {
			return nil
		}
		d, err := time.ParseDuration(text)
		if err != nil {
			wrong[field] = "Write a duration such as 10s, 1m30s or 500ms."
			return nil
		}
		return &d
	}
	s := bot.NewSpec()
	s.Name, s.Type, s.Command, s.Dir, s.Env, s.Tags, s.Autostart = in.Name, in.Type, in.Command, in.Dir, in.Env, in.Tags, in.Autostart
	s.Restart.Policy, s.Restart.Factor, s.Restart.GiveUpAfter = in.Restart.Policy, in.Restart.Factor, in.Restart.GiveUpAfter
	s.Restart.Schedule = in.Restart.Schedule
	s.Restart.SetDelays(read("restart.initial_delay", in.Restart.InitialDelay), read("restart.max_delay", in.Restart.MaxDelay))
	set(&s.Restart.ResetAfter, read("restart.reset_after", in.Restart.ResetAfter))
	s.Stop.Signal = in.Stop.Signal
	set(&s.Stop.Timeout, read("stop.timeout", in.Stop.Timeout))
	s.Limits = in.Limits.limits()
	set(&s.StartSeconds, in.StartSeconds)
	s.Ready.By, s.Ready.Target = in.Ready.By, in.Ready.Target
	set(&s.Ready.Timeout, read("ready.timeout", in.Ready.Timeout))
	s.Health.By, s.Health.Target, s.Health.Failures, s.Health.Restart = in.Health.By, in.Health.Target, in.Health.Failures, in.Health.Restart
	set(&s.Health.Interval, read("health.interval", in.Health.Interval))
	set(&s.Health.Timeout, read("health.timeout", in.Health.Timeout))
	set(&s.Health.DeafAfter, read("health.deaf_after", in.Health.Deaf))
	s.RunAs, s.Group = in.RunAs, in.Group
	for _, text := range in.StartAfter {
		id, err := uuid.Parse(text)
		if err != nil {
			wrong["start_after"] = "Give the ids of bots, as their pages and GET /bots have them."
			continue
		}
		s.StartAfter = append(s.StartAfter, id)
	}
	if len(wrong) == 0 {
		return s, nil
	}
	// All that is wrong at once, so that nobody has to find one mistake after the other.
	var more *fault.Error
	if errors.As(s.Validate(), &more) {
		all := maps.Clone(more.Fields)
		maps.Copy(all, wrong)
		wrong = all
	}
	return s, &fault.Error{Code: fault.Invalid, Message: "Please correct what errors names.", Fields: wrong}
}

func (l Limits) limits() bot.Limits {
	return bot.Limits{
		MemoryMax: l.MemoryMax, MemorySoft: l.MemorySoft, CPUMax: l.CPUMax,
		Processes: l.Processes, OpenFiles: l.OpenFiles, CoreDumps: l.CoreDumps,
	}
}

// set lays a value over a default, if there is one.
func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

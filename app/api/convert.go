package api

import (
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
)

// Bot is a bot as the contract shows it: its definition and what it does now.
type Bot struct {
	ID           string            `json:"id" format:"uuid" example:"0198c5a2-7c1e-7b52-9d6e-3f1f0d6f8a11"`
	Name         string            `json:"name" example:"Weather"`
	Type         bot.Type          `json:"type" enum:"telegram_bot,telegram_userbot,discord_bot,generic" example:"telegram_bot"`
	Command      []string          `json:"command" nullable:"false" doc:"The program and its arguments; no shell is involved." example:"python3,bot.py"`
	Dir          string            `json:"dir" doc:"Working directory, relative to where Botswain was started." example:"bots/weather"`
	Env          map[string]string `json:"env" doc:"Environment variables."`
	Secrets      []string          `json:"secrets" nullable:"false" doc:"Names of secrets; their values are never told."`
	Tags         []string          `json:"tags" nullable:"false" example:"prod,eu"`
	Autostart    bool              `json:"autostart" doc:"Start it when Botswain starts, unless somebody has stopped it."`
	Restart      Restart           `json:"restart"`
	Stop         Stop              `json:"stop"`
	Limits       Limits            `json:"limits"`
	StartSeconds float64           `json:"start_seconds" doc:"How long a process must live to count as running, in seconds; 0: it counts at once." example:"1"`
	Ready        ReadyCheck        `json:"ready"`
	Health       HealthCheck       `json:"health"`
	RunAs        string            `json:"run_as" doc:"The user that the process runs as; empty: Botswain's own." example:"bots"`
	Group        string            `json:"group" doc:"A word like a tag, for bots that belong together; empty: none." example:"weather"`
	StartAfter   []string          `json:"start_after" nullable:"false" doc:"Ids of bots that must be running before this one starts."`

	Status       bot.State  `json:"status" enum:"stopped,starting,running,unresponsive,stopping,waiting,crashed,exited" example:"running"`
	StatusReason string     `json:"status_reason" doc:"Why it is in this state, in words; may be empty."`
	StatusSince  *time.Time `json:"status_since" doc:"When it came into this state."`
	Desired      *string    `json:"desired" enum:"up,down" doc:"What a person last asked for; null when nobody has, or when it ended by itself with success."`
	Live
	Version   int       `json:"version" doc:"Grows by one with each change of the definition." example:"1"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Live is what the process does now, for all that tell of it.
type Live struct {
	PID           *int       `json:"pid" doc:"Process id; null when nothing runs." example:"4711"`
	UptimeSeconds float64    `json:"uptime_seconds" doc:"How long the process has lived, in seconds; 0 when nothing runs." example:"3600.5"`
	StartedAt     *time.Time `json:"started_at" doc:"When the process started; null when nothing runs."`
	RestartCount  int        `json:"restart_count" doc:"Automatic restarts since a person last started it." example:"0"`
	NextStartAt   *time.Time `json:"next_start_at" doc:"When it will be started again; only while waiting."`
	Doubt         *Cause     `json:"doubt,omitempty" doc:"Why it is unresponsive, where that was found outside of the bot, as by its platform; left out otherwise."`
	LastExit      *Exit      `json:"last_exit" doc:"How the latest run that is over ended; null when there was none."`
}

// Restart is a restart policy; durations are written as in "1m30s".
type Restart struct {
	Policy       bot.Policy `json:"policy,omitempty" enum:"always,on-failure,never" example:"always"`
	InitialDelay string     `json:"initial_delay,omitempty" doc:"Wait before the first restart. 0s: that one is at once, and the waits after it grow from 50ms. Default: 1s, or max_delay when only that is given and shorter." example:"1s"`
	MaxDelay     string     `json:"max_delay,omitempty" doc:"Longest wait. 0s (with initial_delay 0s): never wait. Even so, what ends within 50ms of its start, again and again, waits for 50ms. Default: 5m, or initial_delay when only that is given and longer." example:"5m"`
	Factor       float64    `json:"factor,omitempty" doc:"By how much each wait is longer than the one before; 0 means the default: 2." example:"2"`
	ResetAfter   string     `json:"reset_after,omitempty" doc:"After running this long the next wait is the first one again. 0s: after each run. Default: 1m." example:"1m"`
	GiveUpAfter  int        `json:"give_up_after" required:"false" doc:"Failures in a row after which it stays down; 0: never." example:"0"`
	Schedule     string     `json:"schedule" required:"false" doc:"When a running bot is restarted, in the server's time zone: five fields as in a crontab, or @hourly, @daily or @weekly. Empty: never." example:"0 4 * * *"`
}

// Stop says how a bot is stopped.
type Stop struct {
	Signal  string `json:"signal,omitempty" doc:"What the whole process tree is sent. Default: SIGTERM." example:"SIGTERM"`
	Timeout string `json:"timeout,omitempty" doc:"What still lives then is killed. 0s: the tree is killed at once, without the signal. Default: 10s." example:"10s"`
}

// Limits bound a bot's process tree; 0 is no limit.
type Limits struct {
	MemoryMax  int64   `json:"memory_max" required:"false" doc:"Bytes." example:"268435456"`
	MemorySoft int64   `json:"memory_soft" required:"false" doc:"Bytes above which the bot is restarted gracefully; 0: it is not. Less than memory_max." example:"201326592"`
	CPUMax     float64 `json:"cpu_max" required:"false" doc:"Cores; 0.5 is half of one." example:"0.5"`
	Processes  int     `json:"processes" required:"false" doc:"Processes and threads of the whole tree; at least 4." example:"64"`
	OpenFiles  int     `json:"open_files" required:"false" doc:"File descriptors of each process." example:"1024"`
	CoreDumps  bool    `json:"core_dumps" required:"false" doc:"Whether a process that crashes may leave a core file." example:"false"`
}

// ReadyCheck says when a process that was started counts as running.
type ReadyCheck struct {
	By      bot.Probe `json:"by,omitempty" enum:"time,report,notify,pattern,http,tcp" doc:"time: it has lived for start_seconds. report: it says ready at the report endpoint. notify: it sends READY=1 over sd_notify. pattern: it prints a line that target matches. http: the URL target answers 2xx or 3xx. tcp: host:port target takes a connection. Default: time." example:"http"`
	Target  string    `json:"target" required:"false" doc:"An RE2 regular expression, an http(s) URL or host:port; dropped where by needs none." example:"http://127.0.0.1:8081/ready"`
	Timeout string    `json:"timeout,omitempty" doc:"A run that isn't ready by then has failed; not with by time. 0s: wait for ever. Default: 1m." example:"1m"`
}

// HealthCheck says how a running bot is watched, and when it is unresponsive.
type HealthCheck struct {
	By       bot.Probe `json:"by" required:"false" enum:",report,notify,http,tcp" doc:"report: heartbeats at the report endpoint. notify: WATCHDOG=1 over sd_notify. http: the URL target answers 2xx or 3xx. tcp: host:port target takes a connection. Empty: not watched." example:"http"`
	Target   string    `json:"target" required:"false" doc:"An http(s) URL or host:port; dropped where by needs none." example:"http://127.0.0.1:8081/health"`
	Interval string    `json:"interval,omitempty" doc:"Time from check to check, or within which the bot must be heard of: 1s to 1h; 0s means the default: 30s." example:"30s"`
	Timeout  string    `json:"timeout,omitempty" doc:"How long one check may take: 100ms to 1m; 0s means the default: 5s." example:"5s"`
	Failures int       `json:"failures,omitempty" doc:"Failed checks, or silent intervals, in a row that make it unresponsive: 1 to 100; 0 means the default: 3." example:"3"`
	Restart  bool      `json:"restart" required:"false" doc:"Restart it when it is unresponsive." example:"true"`
	Deaf     string    `json:"deaf_after,omitempty" doc:"How long messages may wait at Telegram without one being taken until a telegram_bot is unresponsive: 1m to 24h; 0s: not looked at, as for bots that only send. Default: 3m." example:"3m"`
}

// Exit is how a run ended.
type Exit struct {
	Code   *int      `json:"code" doc:"Exit code; null when a signal ended it, or when it isn't known." example:"1"`
	Signal string    `json:"signal" doc:"The signal that ended it, or empty." example:""`
	Reason string    `json:"reason" example:"exit code 1"`
	At     time.Time `json:"at"`
	Cause  *Cause    `json:"cause,omitempty" doc:"Why, where that is recognised, which may be a moment after the end; left out when it isn't."`
}

// Cause is why a run ended, was refused, or counts as unresponsive.
type Cause struct {
	ID          string `json:"id" doc:"The kind of cause." example:"discord-invalid-token"`
	Title       string `json:"title" example:"The Discord token is not valid"`
	Explanation string `json:"explanation" doc:"What that means." example:"Discord refused the token (401 or 4004)."`
	Remedy      string `json:"remedy" doc:"What to do." example:"Save the new token as TOKEN in this bot's settings. Then start it."`
	Fatal       bool   `json:"fatal" doc:"Starting it again can't mend it, so it stays crashed until somebody starts it." example:"true"`
}

func toBot(v crew.View, now time.Time) Bot {
	b := Bot{
		ID: v.ID.String(), Name: v.Name, Type: v.Type, Command: list(v.Command), Dir: v.Dir,
		Env: map[string]string{}, Secrets: []string{}, Tags: list(v.Tags), Autostart: v.Autostart,
		Restart: toRestart(v.Restart), Stop: Stop{Signal: v.Stop.Signal, Timeout: duration(v.Stop.Timeout)},
		Limits:       toLimits(v.Limits),
		StartSeconds: v.StartSeconds, Ready: toReady(v.Ready), Health: toHealth(v.Health),
		RunAs: v.RunAs, Group: v.Group, StartAfter: toIDs(v.StartAfter),
		Status: v.Status.State, StatusReason: v.Status.Reason, StatusSince: instant(v.Status.Since),
		Live: toLive(v.Status, now), Version: v.Version, CreatedAt: v.CreatedAt.UTC(), UpdatedAt: v.UpdatedAt.UTC(),
	}
	maps.Copy(b.Env, v.Env)
	for _, i := range v.Secrets {
		b.Secrets = append(b.Secrets, i.Name)
	}
	if d := string(v.Status.Desired); d != "" {
		b.Desired = &d
	}
	return b
}

func toRestart(r bot.RestartPolicy) Restart {
	return Restart{
		Policy: r.Policy, InitialDelay: duration(r.InitialDelay), MaxDelay: duration(r.MaxDelay),
		Factor: r.Factor, ResetAfter: duration(r.ResetAfter), GiveUpAfter: r.GiveUpAfter, Schedule: r.Schedule,
	}
}

func toLimits(l bot.Limits) Limits {
	return Limits{
		MemoryMax: l.MemoryMax, MemorySoft: l.MemorySoft, CPUMax: l.CPUMax,
		Processes: l.Processes, OpenFiles: l.OpenFiles, CoreDumps: l.CoreDumps,
	}
}

func toReady(c bot.ReadyCheck) ReadyCheck {
	return ReadyCheck{By: c.By, Target: c.Target, Timeout: duration(c.Timeout)}
}

func toHealth(c bot.HealthCheck) HealthCheck {
	return HealthCheck{
		By: c.By, Target: c.Target, Interval: duration(c.Interval), Timeout: duration(c.Timeout),
		Failures: c.Failures, Restart: c.Restart, Deaf: duration(c.DeafAfter),
	}
}

func toIDs(ids []bot.ID) []string {
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		out = append(out, id.String())
	}
	return out
}

func toLive(s bot.Status, now time.Time) Live {
	l := Live{
		UptimeSeconds: math.Round(s.Uptime(now).Seconds()*1000) / 1000,
		RestartCount:  s.Restarts, NextStartAt: instant(s.NextStartAt), LastExit: toExit(s.LastExit),
		Doubt: toCause(s.Doubt),
	}
	if s.State.Alive() {
		l.StartedAt = instant(s.StartedAt)
		if s.PID != 0 {
			l.PID = &s.PID
		}
	}
	return l
}

func toCause(c *bot.Cause) *Cause {
	if c == nil {
		return nil
	}
	return &Cause{ID: c.ID, Title: c.Title, Explanation: c.Explanation, Remedy: c.Remedy, Fatal: c.Fatal}
}

func toExit(e *bot.Exit) *Exit {
	if e == nil {
		return nil
	}
	return &Exit{Code: e.Code, Signal: e.Signal, Reason: e.Reason, At: e.At.UTC(), Cause: toCause(e.Cause)}
}

// list is a copy that is [] in JSON when it is empty.
func list(s []string) []string { return append([]string{}, slices.Clone(s)...) }

// instant is null in JSON when the time isn't known.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// duration writes 5m0s as 5m and 1h0m0s as 1h; both read back as the same.
func duration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

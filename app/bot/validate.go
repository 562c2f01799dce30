package bot

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/botswain/botswain/app/fault"
)

// The bounds of a definition. Linux takes 128 KiB for one argument and at least as much for
// arguments and environment together, so the totals stay under that.
const (
	MaxNameLength   = 64 // characters
	MaxTags         = 20
	MaxTagLength    = 32 // characters
	MaxStartAfter   = 20
	MaxCommandBytes = 64 << 10 // all arguments
	MaxEnvBytes     = 64 << 10 // all names and values
	MaxDelay        = 24 * time.Hour
	MaxStopTimeout  = time.Hour
	maxDirBytes     = 4096
	minMemory       = 1 << 20
	maxMemory       = 1 << 50
	maxCPU          = 1024
	minProcesses    = 4
	maxProcesses    = 1 << 22 // PID_MAX_LIMIT of Linux
	minFiles        = 16
	maxFiles        = 1 << 20
	maxGiveUp       = 10_000
	maxStartSeconds = 3600
)

var (
	envName  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	userForm = regexp.MustCompile(`^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,31}$`)
	tagForm  = regexp.MustCompile(`^[\p{Ll}\p{Lo}\p{Nd}][\p{Ll}\p{Lo}\p{Nd}._:/-]*$`)
)

// problems collects one message for each field; the first one of a field stays.
type problems map[string]string

func (p problems) add(field, format string, args ...any) {
	if _, ok := p[field]; !ok {
		p[field] = fmt.Sprintf(format, args...)
	}
}

// Validate says what is wrong with the definition after Normalize: nil, or a *fault.Error with
// code Invalid whose Fields are named as in the REST contract. Everything about the environment
// is under "env" and everything about tags under "tags"; the message names the one that is meant.
func (s Spec) Validate() error {
	s = s.Normalize()
	p := problems{}
	s.checkName(p)
	if !slices.Contains(Types(), s.Type) {
		p.add("type", "Choose one of telegram_bot, telegram_userbot, discord_bot and generic.")
	}
	checkCommand(p, s.Command)
	checkDir(p, s.Dir)
	checkEnv(p, s.Env)
	checkTags(p, s.Tags)
	s.Restart.check(p)
	checkStop(p, s.Stop)
	checkLimits(p, s.Limits)
	// Written so that NaN fails as well.
	if !(s.StartSeconds >= 0 && s.StartSeconds <= maxStartSeconds) {
		p.add("start_seconds", "Give a number of seconds between 0 and %d.", maxStartSeconds)
	}
	s.Ready.check(p)
	s.Health.check(p)
	if s.RunAs != "" && !userForm.MatchString(s.RunAs) {
		p.add("run_as", "Give the name of a user: letters, digits and . _ -, at most 32 characters.")
	}
	checkGroup(p, s.Group)
	if len(s.StartAfter) > MaxStartAfter {
		p.add("start_after", "Choose at most %d bots.", MaxStartAfter)
	}
	return p.err()
}

func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	fields := make([]string, 0, len(p))
	for f := range p {
		fields = append(fields, f)
	}
	sort.Strings(fields)
	return &fault.Error{
		Code:    fault.Invalid,
		Message: "Please correct: " + strings.Join(fields, ", ") + ".",
		Fields:  p,
	}
}

func (s Spec) checkName(p problems) {
	switch {
	case s.Name == "":
		p.add("name", "Give the bot a name.")
	case utf8.RuneCountInString(s.Name) > MaxNameLength:
		p.add("name", "Use at most %d characters.", MaxNameLength)
	case !utf8.ValidString(s.Name) || strings.ContainsFunc(s.Name, func(r rune) bool { return !unicode.IsPrint(r) }):
		p.add("name", "Use printable characters only, on one line.")
	}
}

func checkCommand(p problems, argv []string) {
	size := 0
	for _, a := range argv {
		size += len(a) + 1
		if !storable(a) {
			p.add("command", "Take out the NUL or invalid UTF-8 byte in an argument.")
		}
	}
	switch {
	case len(argv) == 0 || strings.TrimSpace(argv[0]) == "":
		p.add("command", "Say which program to run, for example: python3 bot.py")
	case size > MaxCommandBytes:
		p.add("command", "Shorten the command to at most %d KiB.", MaxCommandBytes>>10)
	}
}

func checkDir(p problems, dir string) {
	switch {
	case len(dir) > maxDirBytes:
		p.add("dir", "Use a path of at most %d bytes.", maxDirBytes)
	case !storable(dir):
		p.add("dir", "Take out the NUL or invalid UTF-8 byte in the path.")
	}
}

func checkEnv(p problems, env map[string]string) {
	names := make([]string, 0, len(env))
	size := 0
	for name, value := range env {
		names = append(names, name)
		size += len(name) + len(value) + 2
	}
	sort.Strings(names) // the message must not change from one try to the next
	for _, name := range names {
		switch {
		case !envName.MatchString(name):
			p.add("env", "%q can't be the name of a variable: use letters, digits and _, and don't begin with a digit.", name)
		case Reserved(name):
			p.add("env", "%s is set by Botswain itself; choose another name.", name)
		case !storable(env[name]):
			p.add("env", "Take out the NUL or invalid UTF-8 byte in the value of %s.", name)
		}
	}
	if size > MaxEnvBytes {
		p.add("env", "Shorten the variables to at most %d KiB together.", MaxEnvBytes>>10)
	}
}

// MaxVariableName bounds the name of a variable that VariableName takes, in bytes.
const MaxVariableName = 128

// VariableName says whether a text can be the name of an environment variable: letters, digits and _,
// no digit first, not too long.
func VariableName(name string) bool { return len(name) <= MaxVariableName && envName.MatchString(name) }

// Reserved says whether Botswain sets this environment variable itself, so that neither a
// definition nor a secret may.
func Reserved(name string) bool {
	switch name {
	case "BOT_ID", "BOT_NAME", "BOT_TYPE":
		return true
	}
	return strings.HasPrefix(name, "BOTSWAIN_")
}

func checkTags(p problems, tags []string) {
	if len(tags) > MaxTags {
		p.add("tags", "Use at most %d tags.", MaxTags)
	}
	for _, t := range tags {
		switch {
		case utf8.RuneCountInString(t) > MaxTagLength:
			p.add("tags", "Shorten the tag %q to at most %d characters.", t, MaxTagLength)
		case !tagForm.MatchString(t):
			p.add("tags", "The tag %q may have letters, digits and . _ : / - and begins with a letter or digit.", t)
		}
	}
}

func checkGroup(p problems, group string) {
	switch {
	case group == "":
	case utf8.RuneCountInString(group) > MaxTagLength:
		p.add("group", "Use at most %d characters.", MaxTagLength)
	case !tagForm.MatchString(group):
		p.add("group", "A group may have letters, digits and . _ : / - and begins with a letter or digit.")
	}
}

func (r RestartPolicy) check(p problems) {
	switch r.Policy {
	case Always, OnFailure, Never:
	default:
		p.add("restart.policy", "Choose one of always, on-failure and never.")
	}
	checkDuration(p, "restart.initial_delay", r.InitialDelay, MaxDelay)
	checkDuration(p, "restart.max_delay", r.MaxDelay, MaxDelay)
	checkDuration(p, "restart.reset_after", r.ResetAfter, MaxDelay)
	if r.MaxDelay < r.InitialDelay {
		p.add("restart.max_delay", "Make the longest wait at least as long as the first one (%s).", r.InitialDelay)
	}
	if !(r.Factor >= 1 && r.Factor <= 10) {
		p.add("restart.factor", "Give a factor between 1 and 10.")
	}
	if r.GiveUpAfter < 0 || r.GiveUpAfter > maxGiveUp {
		p.add("restart.give_up_after", "Give a number of tries between 0 (never give up) and %d.", maxGiveUp)
	}
	if r.Schedule != "" {
		if _, err := ParseSchedule(r.Schedule); err != nil {
			p.add("restart.schedule", "%s", scheduleHelp)
		}
	}
}

func checkDuration(p problems, field string, d, most time.Duration) {
	if d < 0 || d > most {
		p.add(field, "Give a time between 0s and %s, for example 10s or 1m30s.", shortDuration(most))
	}
}

// shortDuration prints 24h0m0s as 24h.
func shortDuration(d time.Duration) string {
	return strings.TrimSuffix(strings.TrimSuffix(d.String(), "0s"), "0m")
}

func checkStop(p problems, s StopPolicy) {
	if _, ok := SignalNumber(s.Signal); !ok {
		names := make([]string, 0, len(Signals()))
		for _, sig := range Signals() {
			names = append(names, sig.Name)
		}
		p.add("stop.signal", "Choose one of %s.", strings.Join(names, ", "))
	}
	checkDuration(p, "stop.timeout", s.Timeout, MaxStopTimeout)
}

func checkLimits(p problems, l Limits) {
	if l.MemoryMax != 0 && (l.MemoryMax < minMemory || l.MemoryMax > maxMemory) {
		p.add("limits.memory_max", "Give at least %d bytes (1 MiB), or 0 for no limit.", minMemory)
	}
	if l.MemorySoft != 0 && (l.MemorySoft < minMemory || l.MemorySoft > maxMemory) {
		p.add("limits.memory_soft", "Give at least %d bytes (1 MiB), or 0 for none.", minMemory)
	}
	if l.MemorySoft != 0 && l.MemoryMax != 0 && l.MemorySoft >= l.MemoryMax {
		p.add("limits.memory_soft", "Give less than the memory limit, or it is never reached.")
	}
	if l.Processes != 0 && (l.Processes < minProcesses || l.Processes > maxProcesses) {
		p.add("limits.processes", "Give between %d and %d processes, or 0 for no limit.", minProcesses, maxProcesses)
	}
	if l.CPUMax != 0 && !(l.CPUMax >= 0.01 && l.CPUMax <= maxCPU) {
		p.add("limits.cpu_max", "Give between 0.01 and %d cores, or 0 for no limit.", maxCPU)
	}
	if l.OpenFiles != 0 && (l.OpenFiles < minFiles || l.OpenFiles > maxFiles) {
		p.add("limits.open_files", "Give between %d and %d files, or 0 for no limit.", minFiles, maxFiles)
	}
}

// storable says whether Postgres takes the text as it is.
func storable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsRune(s, 0)
}

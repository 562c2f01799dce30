package main

import (
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
)

// command is something that the bot does when it's asked to.
type command struct{ name, about string }

// commands are all of them, as help lists them.
func commands() []command {
	return []command{
		{"start", "say hello"},
		{"help", "list the commands"},
		{"status", "how the bot is doing"},
		{"ping", "is it there?"},
		{"echo", "repeat a text"},
		{"info", "what it is made of"},
	}
}

// Answers is what the bot answers, without anything of the platform: the place to begin with changes.
// Its methods may be called from any goroutine.
type Answers struct {
	prefix, library string
	began           time.Time
	messages        atomic.Int64
	asked           atomic.Int64
	ping            atomic.Int64 // nanoseconds; 0: not known yet
}

// NewAnswers answers to commands with a prefix.
func NewAnswers(prefix, library string) *Answers {
	return &Answers{prefix: prefix, library: library, began: time.Now()}
}

// Parse splits "!echo some text" into "echo" and "some text"; ok is false for what is no command of ours.
func (a *Answers) Parse(text string) (name, rest string, ok bool) {
	word, rest := strings.TrimSpace(text), ""
	if i := strings.IndexAny(word, " \n\t"); i >= 0 {
		word, rest = word[:i], strings.TrimSpace(word[i:])
	}
	name, ok = strings.CutPrefix(word, a.prefix)
	name = strings.ToLower(name)
	return name, rest, ok && known(name)
}

func known(name string) bool {
	for _, c := range commands() {
		if c.name == name {
			return true
		}
	}
	return false
}

// longestEcho is what fits into a message of any platform.
const longestEcho = 1500

// Answer is the answer to a command, as plain text.
func (a *Answers) Answer(name, rest string) string {
	a.asked.Add(1)
	switch name {
	case "start":
		return "Hello. " + a.prefix + "help lists what I can do."
	case "help":
		var lines []string
		for _, c := range commands() {
			lines = append(lines, a.prefix+c.name+": "+c.about)
		}
		return strings.Join(lines, "\n")
	case "status":
		up := time.Since(a.began).Round(time.Second)
		return fmt.Sprintf("Up for %s; %d messages, %d commands.", up, a.messages.Load(), a.asked.Load())
	case "ping":
		if ping := time.Duration(a.ping.Load()); ping > 0 {
			return fmt.Sprintf("Pong: %.0f ms to the platform.", milliseconds(ping))
		}
		return "Pong."
	case "echo":
		if characters := []rune(rest); len(characters) > longestEcho {
			rest = string(characters[:longestEcho])
		}
		if rest == "" {
			return "Give me a text: " + a.prefix + "echo hello"
		}
		return rest
	}
	return a.library + ", " + runtime.Version() + ". Botswain keeps me running."
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// Package ui holds the parts that pages are made of. Every part is a small templ component whose
// props are plain values; the gallery test renders each one in all its states.
//
// Pages run under a strict Content-Security-Policy: no style attributes, no inline scripts. What
// depends on data goes into SVG attributes, <progress> or data-* attributes that static/js reads.
package ui

import (
	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/icon"
)

// Tone is a value of data-state, from which the css takes colour: a bot's state or one of the four below.
type Tone string

// Tones for everything that isn't a bot's state.
const (
	OK    Tone = "ok"
	Info  Tone = "info"
	Warn  Tone = "warn"
	Error Tone = "error"
)

// ToneOf gives the tone of a bot's state.
func ToneOf(s bot.State) Tone { return Tone(s) }

// icon gives the picture that goes with a tone.
func (t Tone) icon() icon.Name {
	switch t {
	case OK:
		return icon.CircleCheck
	case Info:
		return icon.Info
	case Warn:
		return icon.TriangleAlert
	case Error:
		return icon.CircleX
	}
	return StateIcon(bot.State(t))
}

// StateKey names the word for a state as the interface shows it.
func StateKey(s bot.State) i18n.Key {
	switch s {
	case bot.Running:
		return "state.running"
	case bot.Starting:
		return "state.starting"
	case bot.Stopping:
		return "state.stopping"
	case bot.Waiting:
		return "state.waiting"
	case bot.Crashed:
		return "state.crashed"
	case bot.Unresponsive:
		return "state.unresponsive"
	case bot.Exited:
		return "state.exited"
	}
	return "state.stopped"
}

// StateIcon gives the picture of a state.
func StateIcon(s bot.State) icon.Name {
	switch s {
	case bot.Running:
		return icon.CirclePlay
	case bot.Starting, bot.Stopping:
		return icon.LoaderCircle
	case bot.Waiting:
		return icon.Hourglass
	case bot.Crashed:
		return icon.OctagonX
	case bot.Unresponsive:
		return icon.HeartPulse
	case bot.Exited:
		return icon.CircleCheck
	}
	return icon.CircleStop
}

// spin gives the classes of an icon, turning when it is the loader.
func spin(n icon.Name, size string) string {
	if n == icon.LoaderCircle {
		return size + " motion-safe:animate-spin"
	}
	return size
}

// ActionKey names the verb of an action in a state, for a button: "Start now" while waiting.
func ActionKey(a bot.Action, s bot.State) i18n.Key {
	switch a {
	case bot.Start:
		if s == bot.Waiting {
			return "action.start-now"
		}
		return "action.start"
	case bot.Stop:
		return "action.stop"
	case bot.Restart:
		return "action.restart"
	}
	return "action.kill"
}

// BusyKey names what a button says while its request runs.
func BusyKey(a bot.Action) i18n.Key {
	switch a {
	case bot.Start:
		return "action.starting"
	case bot.Stop:
		return "action.stopping"
	case bot.Restart:
		return "action.restarting"
	}
	return "action.killing"
}

// ActionIcon gives the picture of an action.
func ActionIcon(a bot.Action) icon.Name {
	switch a {
	case bot.Start:
		return icon.Play
	case bot.Stop:
		return icon.Square
	case bot.Restart:
		return icon.RotateCw
	}
	return icon.Zap
}

// TypeKey names a bot's type in a few words.
func TypeKey(t bot.Type) i18n.Key {
	switch t {
	case bot.TelegramBot:
		return "type.telegram-bot"
	case bot.TelegramUserbot:
		return "type.telegram-account"
	case bot.DiscordBot:
		return "type.discord-bot"
	}
	return "type.generic"
}

// PlatformWord is the platform that a type of bot talks to; "" for none.
func PlatformWord(t bot.Type) string {
	switch t {
	case bot.TelegramBot, bot.TelegramUserbot:
		return "Telegram"
	case bot.DiscordBot:
		return "Discord"
	}
	return ""
}

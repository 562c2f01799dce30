// Package palette is the command palette: bots by name, what can be done with them, and pages. The
// layout has the empty dialog; what is in it is asked for when it is opened, and matched in the browser.
package palette

import (
	"strings"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/icon"
)

// Bot is one bot to choose.
type Bot struct {
	ID      bot.ID
	Name    string
	Type    bot.Type
	State   bot.State
	Until   time.Time // when it starts again, while waiting
	Account string    // "@name" or "Name#1234"; may be empty
	Picture string    // address of its picture; may be empty
	Tags    []string
}

// Props are what somebody may choose now.
type Props struct {
	Bots  []Bot // in the order in which they are shown before anything is typed
	Pages []Page
	Now   time.Time
}

// Page is a place to go to.
type Page struct {
	Href, Label string
	Icon        icon.Name
	// Keys is its shortcut, as keys one after the other ("G", "D"); may be empty.
	Keys []string
}

func (b Bot) path(more string) string { return "/bots/" + b.ID.String() + more }

// actions are what its state allows, as words for scripts.
func (b Bot) actions() string {
	var names []string
	for _, a := range b.State.Actions() {
		names = append(names, string(a))
	}
	return strings.Join(names, " ")
}

// actions that the palette has a line for.
func actions() []bot.Action { return []bot.Action{bot.Restart, bot.Start, bot.Stop, bot.Kill} }

// phrase names an action's line; scripts put the bot's name for {name}.
func phrase(a bot.Action) i18n.Key {
	switch a {
	case bot.Start:
		return "palette.start"
	case bot.Stop:
		return "palette.stop"
	case bot.Restart:
		return "palette.restart"
	}
	return "palette.kill"
}

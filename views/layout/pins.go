package layout

import (
	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/icon"
	"github.com/botswain/botswain/views/ui"
)

// PinsID is the element of the pinned bots.
const PinsID = "pins"

// Pin is a bot that the user has pinned.
type Pin struct {
	ID    bot.ID
	Name  string
	State bot.State
	// Current: the page is one of this bot's.
	Current bool
}

// look are the classes of its icon.
func (p Pin) look() string {
	if ui.StateIcon(p.State) == icon.LoaderCircle {
		return "size-3.5 motion-safe:animate-spin"
	}
	return "size-3.5"
}

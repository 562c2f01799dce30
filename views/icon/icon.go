// Package icon draws the small pictures: lucide icons by name, the two platform glyphs and
// Botswain's mark. All are inline SVG in the current colour and hidden from screen readers, so the
// word beside them has to say what they mean.
package icon

import (
	"github.com/a-h/templ"

	"github.com/botswain/botswain/app/bot"
)

// Name is the name of a lucide icon, such as "circle-play".
type Name string

const (
	lucide = `viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"`
	filled = `viewBox="0 0 24 24" fill="currentColor"`
)

// Icon draws the icon with the classes (usually its size: "size-4"). An unknown name draws an
// empty box of that size.
func Icon(n Name, class string) templ.Component { return draw(n, class, lucide, paths(n)) }

// Platform draws the glyph of the platform a bot of the type talks to; a terminal for the rest.
func Platform(t bot.Type, class string) templ.Component {
	switch t {
	case bot.TelegramBot, bot.TelegramUserbot:
		return draw(telegramName, class, filled, telegram)
	case bot.DiscordBot:
		return draw(discordName, class, filled, discord)
	}
	return Icon(Terminal, class)
}

// Mark draws Botswain's mark: a ship's wheel whose hub is a bot's face.
func Mark(class string) templ.Component {
	return draw("", class, `viewBox="0 0 32 32" fill="none" stroke="currentColor" stroke-linecap="round"`, mark)
}

// Drawn for this project, like logo.svg.
const (
	telegram = `<path fill-rule="evenodd" d="M21.3 3.2 2.5 10.5c-1 .4-1 1.8.1 2.1l4.7 1.5 1.8 5.5c.3.9 1.4 1.1 2 .5l2.6-2.4 4.6 3.4c.8.6 1.9.1 2.1-.8l3-15.4c.2-1.1-.9-2-2.1-1.7zM8.9 13.6l8.6-5.7c.3-.2.6.2.3.5l-6.9 6.6c-.2.2-.4.5-.4.8l-.3 2.1z"/>`
	discord  = `<path fill-rule="evenodd" d="M8.7 4.5c-1.7.3-3.2.8-4.6 1.5C2 9.2 1.2 12.9 1.5 17c1.7 1.3 3.5 2.1 5.4 2.5l1.3-2.1c1.2.4 2.5.6 3.8.6s2.6-.2 3.8-.6l1.3 2.1c1.9-.4 3.7-1.2 5.4-2.5.3-4.1-.5-7.8-2.6-11-1.4-.7-2.9-1.2-4.6-1.5l-.8 1.5a13.7 13.7 0 0 0-5 0zM8.5 14.8c1.2 0 2.1-1 2.1-2.3s-.9-2.3-2.1-2.3-2.1 1-2.1 2.3.9 2.3 2.1 2.3zm7 0c1.2 0 2.1-1 2.1-2.3s-.9-2.3-2.1-2.3-2.1 1-2.1 2.3.9 2.3 2.1 2.3z"/>`
	mark     = `<path d="M25.60 16.00L29.60 16.00M22.79 22.79L25.62 25.62M16.00 25.60L16.00 29.60M9.21 22.79L6.38 25.62M6.40 16.00L2.40 16.00M9.21 9.21L6.38 6.38M16.00 6.40L16.00 2.40M22.79 9.21L25.62 6.38" stroke-width="2.6"/><circle cx="16" cy="16" r="8.9" stroke-width="2.2"/><path d="M13 14.6v2.8M19 14.6v2.8" stroke-width="2.6"/>`
)

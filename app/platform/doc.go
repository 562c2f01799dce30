// Package platform knows what Telegram and Discord say about a bot: who it is, whether its token
// holds, and what stands in its way. The platforms' own protocols are in the packages below it;
// here is what they share: asking with a cache, one request at a time for each token, obedience to
// rate limits, kinds of failure, and the service that answers for a bot.
//
// A platform that can't be reached is said to be just that. Only its own clear word makes a token
// a bad one.
package platform

import "github.com/botswain/botswain/app/bot"

// Name is a platform's short name, as stored and as in the REST API.
type Name string

// The platforms.
const (
	Telegram Name = "telegram"
	Discord  Name = "discord"
)

// Of is the platform of a type of bot; "" when it has none that could be asked.
func Of(t bot.Type) Name {
	switch t {
	case bot.TelegramBot:
		return Telegram
	case bot.DiscordBot:
		return Discord
	}
	return ""
}

// Word is the platform's name for people.
func (n Name) Word() string {
	switch n {
	case Telegram:
		return "Telegram"
	case Discord:
		return "Discord"
	}
	return "The platform"
}

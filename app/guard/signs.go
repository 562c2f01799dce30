package guard

import (
	"strings"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/platform"
)

// sign is a line of output that tells of trouble which a bot survives. To add one, add a row; the
// texts are those of the libraries, or of the platform where those repeat it.
type sign struct {
	platform platform.Name
	// says are parts of a line, any of which is the sign.
	says []string
	// least is how often it must come, each time soon after the last, to mean anything.
	least int
	cause bot.Cause
}

// signs are all of them.
func signs() []sign {
	return []sign{
		{
			platform: platform.Telegram, least: 1,
			says: []string{"terminated by other getUpdates request"}, // telegram-bot-api, Client.cpp
			cause: bot.Cause{
				ID: "telegram-conflict", Title: "Another copy of this bot runs elsewhere with the same token",
				Explanation: "Telegram answers one reader at a time and cuts the others off (409 Conflict). Each of the two gets a part of the messages only.",
				Remedy: "Stop the other copy: on another server, on your own computer, at a hosting service. If you can't find it, get a new token from @BotFather (/revoke), " +
					"replace it on the Secrets page of this bot, and restart the bot.",
			},
		},
		{
			platform: platform.Telegram, least: 1,
			says: []string{"can't use getUpdates method while webhook is active"}, // the same
			cause: bot.Cause{
				ID: "telegram-webhook", Title: "A webhook is set, so Telegram refuses polling",
				Explanation: "Telegram sends the bot's messages to a web address, and as long as that is so getUpdates fails (409 Conflict): the bot gets nothing.",
				Remedy:      "Have the program call deleteWebhook before it polls, or stop what sets the webhook: another copy of the bot, perhaps at a hosting service. Then restart the bot.",
			},
		},
		{
			// A session ends now and then, after a broken connection; again and again is somebody else.
			platform: platform.Discord, least: 3,
			says: []string{
				"session has been invalidated",                          // discord.py, gateway.py
				"Invalid session; will attempt to resume",               // @discordjs/ws, WebSocketShard
				"sending identify packet to gateway in response to Op9", // discordgo, wsapi.go
				"WebSocket closed with 4000", "websocket: close 4000",   // discord.py, gorilla/websocket
			},
			cause: bot.Cause{
				ID: "discord-taken-over", Title: "Another copy of this bot runs elsewhere with the same token",
				Explanation: "Discord ends the bot's session again and again, as it does when somebody else takes it over. Each time takes one of the starts that are left for the day.",
				Remedy: "Stop the other copy: on another server, on your own computer, at a hosting service. If you can't find it, reset the token in the developer portal (Bot, Reset Token), " +
					"replace it on the Secrets page of this bot, and restart the bot.",
			},
		},
	}
}

// in says whether a line has the sign.
func (s *sign) in(line string) bool {
	for _, part := range s.says {
		if strings.Contains(line, part) {
			return true
		}
	}
	return false
}

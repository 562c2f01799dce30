package crew

import (
	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/bots"
)

// Template is an example bot that talks to a platform; Service.FromTemplate makes one's own of it.
type Template struct {
	Key      string // its folder in bots
	Name     string // proposed for the bot
	Language string // "Python"
	Library  string
	Type     bot.Type // bot.SecretFields says what it needs
	Text     string   // what it is
}

// Templates lists what is built in, in the order of the gallery.
func (s *Service) Templates() []Template {
	all := []Template{
		{Key: "python-telegram", Language: "Python", Library: "python-telegram-bot", Type: bot.TelegramBot},
		{Key: "node-telegram", Language: "Node", Library: "grammY", Type: bot.TelegramBot},
		{Key: "go-telegram", Language: "Go", Library: "go-telegram/bot", Type: bot.TelegramBot},
		{Key: "python-discord", Language: "Python", Library: "discord.py", Type: bot.DiscordBot},
		{Key: "node-discord", Language: "Node", Library: "discord.js", Type: bot.DiscordBot},
		{Key: "go-discord", Language: "Go", Library: "discordgo", Type: bot.DiscordBot},
		{Key: "python-telegram-userbot", Language: "Python", Library: "Telethon", Type: bot.TelegramUserbot},
		{Key: "go-telegram-userbot", Language: "Go", Library: "gotd/td", Type: bot.TelegramUserbot},
	}
	list := all[:0]
	for _, t := range all {
		if !bots.Has(t.Key) {
			continue
		}
		switch t.Type {
		case bot.TelegramBot:
			t.Name, t.Text = "Telegram "+t.Language, "Answers start, help, status, ping, echo and info in Telegram."
		case bot.DiscordBot:
			t.Name, t.Text = "Discord "+t.Language, "Answers !start, !help, !status, !ping, !echo and !info on Discord servers. Switch on Message Content Intent on the page that its token is from."
		default:
			t.Name, t.Text = "Userbot "+t.Language, "Your own Telegram account, which answers .start, .help, .status, .ping, .echo and .info that you write. At its first start Telegram sends a login code: type it into the console of its page."
		}
		list = append(list, t)
	}
	return list
}

// Template finds one by its key.
func (s *Service) Template(key string) (Template, bool) {
	for _, t := range s.Templates() {
		if t.Key == key {
			return t, true
		}
	}
	return Template{}, false
}

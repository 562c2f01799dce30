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
	Type     bot.Type
	Text     string // what it is, in a sentence
	Secrets  []TemplateSecret
}

// TemplateSecret is something that the bot can't work without, or only without Optional.
type TemplateSecret struct {
	Name     string // of the variable
	Help     string // what it is, and where to get it
	Optional bool
}

// Templates lists what is built in, in the order of the gallery.
func (s *Service) Templates() []Template {
	telegram := []TemplateSecret{{Name: "TOKEN", Help: "@BotFather in Telegram gives it: /newbot, or /token for a bot that exists."}}
	userbot := []TemplateSecret{
		{Name: "API_ID", Help: "A number, from my.telegram.org under API development tools."},
		{Name: "API_HASH", Help: "From the same page."},
		{Name: "PHONE", Help: "Of the account, as +49 and so on. Telegram sends it a login code at the first start; type that into the console of the bot's page."},
		{Name: "PASSWORD", Help: "Only with two-step verification.", Optional: true},
	}
	discord := []TemplateSecret{{Name: "TOKEN", Help: "From discord.com/developers under Bot: Reset Token. Switch on Message Content Intent there as well."}}
	all := []Template{
		{Key: "python-telegram", Language: "Python", Library: "python-telegram-bot", Type: bot.TelegramBot, Secrets: telegram},
		{Key: "node-telegram", Language: "Node", Library: "grammY", Type: bot.TelegramBot, Secrets: telegram},
		{Key: "go-telegram", Language: "Go", Library: "go-telegram/bot", Type: bot.TelegramBot, Secrets: telegram},
		{Key: "python-discord", Language: "Python", Library: "discord.py", Type: bot.DiscordBot, Secrets: discord},
		{Key: "node-discord", Language: "Node", Library: "discord.js", Type: bot.DiscordBot, Secrets: discord},
		{Key: "go-discord", Language: "Go", Library: "discordgo", Type: bot.DiscordBot, Secrets: discord},
		{Key: "python-telegram-userbot", Language: "Python", Library: "Telethon", Type: bot.TelegramUserbot, Secrets: userbot},
		{Key: "go-telegram-userbot", Language: "Go", Library: "gotd/td", Type: bot.TelegramUserbot, Secrets: userbot},
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
			t.Name, t.Text = "Discord "+t.Language, "Answers !start, !help, !status, !ping, !echo and !info on Discord servers."
		default:
			t.Name, t.Text = "Userbot "+t.Language, "Your own Telegram account, which answers .start, .help, .status, .ping, .echo and .info that you write."
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

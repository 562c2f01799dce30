package app

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/platform"
	"github.com/botswain/botswain/app/platform/discord"
	"github.com/botswain/botswain/app/platform/telegram"
	"github.com/botswain/botswain/app/secret"
	"github.com/botswain/botswain/app/supervisor"
)

// avatarFolder is the folder in the data directory with the bots' pictures.
const avatarFolder = "avatars"

// wirePlatforms builds what asks Telegram and Discord about bots.
func (a *App) wirePlatforms(context.Context) error {
	pictures, err := platform.OpenPictures(filepath.Join(a.cfg.DataDir, avatarFolder))
	if err != nil {
		return err
	}
	client := platform.NewHTTPClient()
	a.platforms = platform.New(platform.Options{
		Clients: map[platform.Name]platform.Client{
			platform.Telegram: telegram.New(a.cfg.TelegramAPIURL, client),
			platform.Discord:  discord.New(a.cfg.DiscordAPIURL, a.opts.Version, client),
		},
		Tokens:      tokens{a.secrets},
		Bots:        definitions{a.crew},
		Store:       platform.NewStore(a.pool),
		Pictures:    pictures,
		Fingerprint: a.secrets.Fingerprint,
		Events:      a.events,
		Hub:         a.hub,
		Now:         a.opts.Now,
		Log:         a.log.With("part", "platforms"),
	})
	a.secrets.OnChange(a.platforms.Changed)
	return nil
}

// tokens finds the bots' tokens among their secrets.
type tokens struct{ vault *secret.Vault }

// Token implements platform.Tokens. A secret that can't be opened is none here: the start of the bot
// says what is wrong with it.
func (t tokens) Token(ctx context.Context, id bot.ID) (string, bool) {
	values, err := t.vault.Values(ctx, id)
	if err != nil {
		return "", false
	}
	token, ok := values["TOKEN"]
	return token, ok
}

// definitions shows the crew as app/platform wants it.
type definitions struct{ crew *crew.Service }

func (d definitions) All(ctx context.Context) []bot.Bot {
	var list []bot.Bot
	for _, v := range d.crew.All(ctx) {
		list = append(list, v.Bot)
	}
	return list
}

func (d definitions) Get(ctx context.Context, id bot.ID) (bot.Bot, bool) {
	v, err := d.crew.Get(ctx, id)
	return v.Bot, err == nil
}

// withPlatformURLs tells a bot where its platform is, by the name of the setting, unless its own
// environment says so.
func (a *App) withPlatformURLs(env supervisor.EnvFunc) supervisor.EnvFunc {
	return func(ctx context.Context, b bot.Bot, run bot.RunID) ([]string, error) {
		list, err := env(ctx, b, run)
		name, url := "", ""
		switch platform.Of(b.Type) {
		case platform.Telegram:
			name, url = "BOTSWAIN_TELEGRAM_API_URL=", a.cfg.TelegramAPIURL
		case platform.Discord:
			name, url = "BOTSWAIN_DISCORD_API_URL=", a.cfg.DiscordAPIURL
		}
		if err != nil || name == "" || slices.ContainsFunc(list, func(s string) bool { return strings.HasPrefix(s, name) }) {
			return list, err
		}
		return append(list, name+url), nil
	}
}

package e2e

import (
	"image/color"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/botswain/botswain/app/e2e/pages"
	"github.com/botswain/botswain/app/platform/discord/discordtest"
	"github.com/botswain/botswain/app/platform/platformtest"
	"github.com/botswain/botswain/app/platform/telegram/telegramtest"
)

// TestScreenshotsOfPlatforms takes the pictures that need what Telegram and Discord say.
func TestScreenshotsOfPlatforms(t *testing.T) {
	dir := os.Getenv("BOTSWAIN_SCREENSHOTS")
	if dir == "" {
		t.Skip("BOTSWAIN_SCREENSHOTS names no folder")
	}
	t.Parallel()
	s, tg, ds := withPlatforms(t)
	order := tg.AddBot(telegramtest.Profile{Name: "Order Tracker", Username: "order_bot", Photo: platformtest.JPEG(160, color.RGBA{G: 160, A: 255})})
	order.SetWebhook("https://hooks.example.org/a-secret-path")
	order.AddPending(214)
	gone := tg.AddBot(telegramtest.Profile{Name: "Tide Times", Username: "tide_bot"})
	gone.Revoke()
	mods := ds.AddApp(discordtest.App{Name: "Mod Squad", Avatar: platformtest.PNG(64, color.RGBA{B: 200, A: 255}), Guilds: 212, Intents: discordtest.IntentContent})
	mods.SetStarts(1000, 987, 5*time.Hour)
	short := ds.AddApp(discordtest.App{Name: "Quiz Night"})
	short.SetStarts(1000, 96, 5*time.Hour)

	telegram := s.withToken("Order Tracker", "telegram_bot", order.Token(), fields{"secrets": fields{"TOKEN": order.Token(), "DATABASE_PASSWORD": "not-a-real-one"}})
	discord := s.withToken("Mod Squad", "discord_bot", mods.Token(), nil)
	refused := s.withToken("Tide Times", "telegram_bot", gone.Token(), nil)
	asked := s.withToken("Quiz Night", "discord_bot", short.Token(), nil)
	s.do(telegram.ID, "start")
	s.do(discord.ID, "start")
	s.call("POST", "/bots/"+refused.ID+"/platform/check", nil, nil)
	s.refused(refused.ID)
	s.call("POST", "/bots/"+asked.ID+"/platform/check", nil, nil)

	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "package.json"), []byte(`{"name":"x","scripts":{"start":"node index.js"},"dependencies":{"grammy":"^1"}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	script := "cat >&2 <<'E'\nTraceback (most recent call last):\n  File \"/srv/bots/price/bot.py\", line 3, in <module>\n    import discord\nModuleNotFoundError: No module named 'discord'\nE\nexit 1"
	missing := s.create("Price Watch", fields{"type": "discord_bot", "command": []string{"/bin/sh", "-c", script}, "dir": folder})
	s.do(missing.ID, "start")
	s.waitStatus(missing.ID, "crashed", 30*time.Second)

	ctx := browser(t)
	s.signIn(ctx)
	for name, at := range map[string]string{
		"platforms":       "/",
		"bot-telegram":    "/bots/" + telegram.ID,
		"bot-discord":     "/bots/" + discord.ID,
		"bot-refused":     "/bots/" + refused.ID,
		"bot-crashed":     "/bots/" + missing.ID,
		"secrets":         "/bots/" + telegram.ID + "/secrets",
		"confirm":         "/bots/" + asked.ID + "/confirm/start",
		"templates":       "/bots/templates",
		"template":        "/bots/templates/python-discord",
		"create-telegram": "/bots/new?type=telegram_bot",
	} {
		shoot(t, ctx, dir, pages.Page{Name: name}, s.url+at)
	}
}

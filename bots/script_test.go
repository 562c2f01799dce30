package bots_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/botswain/botswain/app/platform/discord/discordtest"
	"github.com/botswain/botswain/app/platform/platformtest"
	"github.com/botswain/botswain/app/platform/telegram/telegramtest"
)

// python is a Python that has a library; the test is skipped where none has it.
func python(t *testing.T, library string) string {
	t.Helper()
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(name, "-W", "ignore", "-c", "import "+library).Run() == nil {
			return name
		}
	}
	t.Skipf("no Python here has the library %s", library)
	return ""
}

// example has the folder of an example and how it is started; the test is skipped without its library.
func example(t *testing.T, name, library string) (dir string, argv []string) {
	t.Helper()
	dir, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(name, "python-") {
		return dir, []string{python(t, library), "main.py"}
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not on this machine")
	}
	for _, modules := range []string{dir, filepath.Dir(filepath.Dir(dir))} { // as Node looks for them
		if _, err := os.Stat(filepath.Join(modules, "node_modules", library)); err == nil {
			return dir, []string{node, "index.js"}
		}
	}
	t.Skipf("%s is not installed in bots/%s", library, name)
	return "", nil
}

func runExample(t *testing.T, dir string, argv []string, env ...string) *process {
	t.Helper()
	return startIn(t, dir, argv, append(env, "HOME="+t.TempDir(), "PYTHONUNBUFFERED=1", "PYTHONDONTWRITEBYTECODE=1")...)
}

func TestScriptTelegram(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct{ library, says string }{
		"python-telegram": {"telegram", "python-telegram-bot"}, "node-telegram": {"grammy", "grammY"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, argv := example(t, name, x.library)
			s := telegramtest.New(t, telegramtest.Options{})
			b := s.AddBot(telegramtest.Profile{Username: "harbour_bot"})
			p := runExample(t, dir, argv, "TOKEN="+b.Token(), "BOTSWAIN_TELEGRAM_API_URL="+s.URL()+"/")
			p.ready()
			for said, want := range answers("/", x.says) {
				m, err := b.Ask(p.ctx, telegramtest.User{}, said)
				if err != nil || !strings.HasPrefix(m.Text, want) {
					t.Errorf("%s: %q %v", said, m.Text, err)
				}
			}
			b.SayIn(telegramtest.Chat{ID: -77, Title: "Crew"}, telegramtest.User{}, "/ping@harbour_bot")
			p.wait("an answer in the group", s.Wait, func() bool { return b.Sent()[len(b.Sent())-1].Chat.ID == -77 })
			if list := string(b.Commands()); !strings.Contains(list, "echo") {
				t.Errorf("commands: %s", list)
			}
			p.counted(8, 8)
			if sum := p.stop(); sum.Gauges["commands"] != 6 || sum.Gauges["ping_ms"] <= 0 {
				t.Errorf("%v", sum.Gauges)
			}
			if got := s.Unknown(); len(got) > 0 {
				t.Errorf("asked for what doesn't exist: %v", got)
			}
			p.keepsSecret(b.Token())
		})
	}
}

func TestScriptTelegramRefused(t *testing.T) {
	t.Parallel()
	for name, library := range map[string]string{"python-telegram": "telegram", "node-telegram": "grammy"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, argv := example(t, name, library)
			s := telegramtest.New(t, telegramtest.Options{})
			b := s.AddBot(telegramtest.Profile{})
			p := runExample(t, dir, argv, "TOKEN="+b.Token(), "BOTSWAIN_TELEGRAM_API_URL="+s.URL())
			p.wait("a poll", s.Wait, b.Polls)
			b.Revoke() // while it runs: it must not live on, and beat, without hearing anything
			p.fails("Telegram refuses the TOKEN")
			p.keepsSecret(b.Token())
			p = runExample(t, dir, argv, "TOKEN="+b.Token(), "BOTSWAIN_TELEGRAM_API_URL="+s.URL())
			p.fails("Telegram refuses the TOKEN")
			p.keepsSecret(b.Token())
			runExample(t, dir, argv).fails("There is no TOKEN")
		})
	}
}

func TestScriptDiscord(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct{ library, says string }{
		"python-discord": {"discord", "discord.py"}, "node-discord": {"discord.js", "discord.js"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, argv := example(t, name, x.library)
			s := discordtest.New(t, discordtest.Options{})
			b := s.AddApp(discordtest.App{Intents: discordtest.IntentContent})
			g := b.AddGuild("Harbour", 41) // and the bot
			p := runExample(t, dir, argv, "TOKEN="+b.Token(), "BOTSWAIN_DISCORD_API_URL="+s.URL())
			p.reported("ready and the guild", func(r platformtest.Reported) bool { return r.Ready && r.Gauges["guilds"] == 1 })
			for said, want := range answers("!", x.says) {
				m, err := b.Ask(p.ctx, g, discordtest.User{}, said)
				if err != nil || !strings.HasPrefix(m.Content, want) {
					t.Errorf("%s: %q %v", said, m.Content, err)
				}
			}
			p.counted(7, 7)
			if sum := p.stop(); sum.Gauges["commands"] != 6 || sum.Gauges["users"] != 42 {
				t.Errorf("%v", sum.Gauges)
			}
			p.keepsSecret(b.Token())
		})
	}
}

func TestScriptDiscordRefused(t *testing.T) {
	t.Parallel()
	for name, library := range map[string]string{"python-discord": "discord", "node-discord": "discord.js"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, argv := example(t, name, library)
			s := discordtest.New(t, discordtest.Options{})
			b := s.AddApp(discordtest.App{})
			p := runExample(t, dir, argv, "TOKEN="+b.Token(), "BOTSWAIN_DISCORD_API_URL="+s.URL())
			p.fails("isallowed intents")
			b.AllowIntents(discordtest.Privileged)
			b.Revoke()
			p = runExample(t, dir, argv, "TOKEN="+b.Token(), "BOTSWAIN_DISCORD_API_URL="+s.URL())
			p.fails("Discord refuses the TOKEN")
			p.keepsSecret(b.Token())
		})
	}
}

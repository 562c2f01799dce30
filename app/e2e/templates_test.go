package e2e

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/botswain/botswain/app/platform/discord/discordtest"
	"github.com/botswain/botswain/app/platform/telegram/telegramtest"
)

// TestTemplateToAnsweredCommand: from the form of a template to a command that was answered and is
// counted on the bot's page, for each language whose library is here.
func TestTemplateToAnsweredCommand(t *testing.T) {
	t.Parallel()
	tg := telegramtest.New(t, telegramtest.Options{})
	dc := discordtest.New(t, discordtest.Options{})
	s := install(t, "BOTSWAIN_TELEGRAM_API_URL="+tg.URL(), "BOTSWAIN_DISCORD_API_URL="+dc.URL())
	for _, key := range []string{"go-telegram", "python-telegram", "node-telegram", "go-discord", "python-discord", "node-discord"} {
		t.Run(key, func(t *testing.T) {
			libraries := map[string]string{"python-telegram": "telegram", "node-telegram": "grammy", "python-discord": "discord", "node-discord": "discord.js"}
			ready := prepared(t, key, libraries[key])
			var token string
			var ask func(context.Context) (string, error)
			if strings.HasSuffix(key, "telegram") {
				b := tg.AddBot(telegramtest.Profile{})
				token, ask = b.Token(), func(ctx context.Context) (string, error) {
					m, err := b.Ask(ctx, telegramtest.User{}, "/echo land ahoy")
					return m.Text, err
				}
			} else {
				b := dc.AddApp(discordtest.App{Intents: discordtest.IntentContent})
				g := b.AddGuild("Harbour", 3)
				token, ask = b.Token(), func(ctx context.Context) (string, error) {
					m, err := b.Ask(ctx, g, discordtest.User{}, "!echo land ahoy")
					return m.Content, err
				}
			}
			id := s.fromTemplate(key, url.Values{"name": {key}, "secret.TOKEN": {token}})
			ready(s, id)
			s.do(id, "start")
			eventually(t, time.Minute, "that it is ready", func() bool { return s.hasLine(id, "Ready as") })
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if answer, err := ask(ctx); err != nil || answer != "land ahoy" {
				t.Errorf("answered %q, %v; log %+v", answer, err, s.lines(id, 0))
			}
			eventually(t, time.Minute, "that the command is counted", func() bool { return s.counter(id, "commands") == 1 })
			if page := s.page("/bots/" + id); !strings.Contains(page, `data-counter="commands"`) || strings.Contains(page, token) {
				t.Error("the page doesn't show the counter, or shows the token")
			}
			s.do(id, "stop")
			s.waitStatus(id, "stopped", 20*time.Second)
			if b := s.bot(id); b.LastExit == nil || b.LastExit.Signal == "SIGKILL" {
				t.Errorf("last exit %+v", b.LastExit)
			}
			for _, l := range s.lines(id, 0) {
				if strings.Contains(l.Message, token) {
					t.Errorf("the log has the token: %s", l.Message)
				}
			}
		})
	}
}

// TestTemplateInTheBrowser is a person's way: from the gallery to a bot that is installed, started, answers,
// and is counted on the dashboard, all in Chromium.
func TestTemplateInTheBrowser(t *testing.T) {
	t.Parallel()
	tg := telegramtest.New(t, telegramtest.Options{})
	s := install(t, "BOTSWAIN_TELEGRAM_API_URL="+tg.URL())
	needs(t, "go")
	as := tg.AddBot(telegramtest.Profile{Name: "Land Ahoy", Username: "ahoy_bot"})
	ctx := browser(t)
	s.signIn(ctx)
	steps(t, ctx, "the gallery", chromedp.Navigate(s.url+"/bots/templates"))
	until(t, ctx, 20*time.Second, "document.querySelectorAll('[data-template]').length >= 8 && "+loaded("/bots/templates"))
	js[bool](t, ctx, "document.querySelector('[data-template=go-telegram] a').click() ?? true")
	until(t, ctx, 20*time.Second, loaded("/bots/templates/go-telegram"))
	steps(t, ctx, "the template's form",
		chromedp.SendKeys(chromedp.CSS("[name=name]"), "Lookout"),
		chromedp.SendKeys(chromedp.CSS("[name='secret.TOKEN']"), as.Token()))
	js[bool](t, ctx, "(document.querySelector('#install-now').checked = false) || true") // its environment comes first
	js[bool](t, ctx, "document.querySelector('#template-form').requestSubmit() ?? true")
	until(t, ctx, 30*time.Second, "/^.bots.[0-9a-f-]{36}$/.test(location.pathname) && document.readyState === 'complete'")
	id := path.Base(js[string](t, ctx, "location.pathname"))
	s.bots = append(s.bots, id)

	s.change(id, fields{"env": goEnvironment(t)})
	click(t, ctx, "[data-action=install]")
	until(t, ctx, 20*time.Second, "document.querySelector('[data-install=open]')")
	until(t, ctx, 5*time.Minute, "document.querySelector('[data-install=installed]')")
	click(t, ctx, "#main form[action$='/start'] button")
	until(t, ctx, time.Minute, "document.querySelector('#main [data-state=running]') && document.querySelector('#log-lines').textContent.includes('Ready as')")
	asking, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if m, err := as.Ask(asking, telegramtest.User{}, "/echo land ahoy"); err != nil || m.Text != "land ahoy" {
		t.Errorf("answered %q, %v", m.Text, err)
	}
	steps(t, ctx, "the dashboard", chromedp.Navigate(s.url+"/"))
	until(t, ctx, 90*time.Second, "document.querySelector('[data-figure=commands] [data-value]')?.innerText === '1'")
	until(t, ctx, 20*time.Second, "document.body.innerText.includes('@ahoy_bot')")
}

// fromTemplate sends the form and gives the new bot's id.
func (s *server) fromTemplate(key string, form url.Values) string {
	s.t.Helper()
	res, err := s.login().PostForm(s.url+"/bots/templates/"+key, form)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	at := res.Request.URL.Path
	if loc := res.Header.Get("Location"); loc != "" {
		at = loc
	}
	id := path.Base(at)
	if len(id) != 36 {
		s.t.Fatalf("template %s: %d, at %s", key, res.StatusCode, at)
	}
	s.bots = append(s.bots, id)
	return id
}

func (s *server) page(at string) string {
	s.t.Helper()
	res, err := s.login().Get(s.url + at)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %d %v", at, res.StatusCode, err)
	}
	return string(b)
}

// counter is what a bot has reported today; 0 when it has reported nothing of the name.
func (s *server) counter(id, name string) float64 {
	s.t.Helper()
	var f struct {
		Reported *struct {
			Counters map[string]struct {
				Value float64 `json:"value"`
			} `json:"counters_today"`
		} `json:"reported"`
	}
	if code := s.call("GET", "/stats/bots/"+id, nil, &f); code != http.StatusOK {
		s.t.Fatalf("stats: %d", code)
	}
	if f.Reported == nil {
		return 0
	}
	return f.Reported.Counters[name].Value
}

// prepared gives what brings a template's dependencies there without a network: Go's come by the
// installation from the module cache, the others are those of the machine. Without them it skips.
func prepared(t *testing.T, key, library string) func(s *server, id string) {
	t.Helper()
	switch {
	case strings.HasPrefix(key, "go-"):
		needs(t, "go")
		env := goEnvironment(t)
		return func(s *server, id string) {
			s.change(id, fields{"env": env})
			if i := s.installed(id); i.Install.Outcome != "installed" {
				t.Fatalf("%+v; log %+v", i.Install, s.lines(id, 0))
			}
		}
	case strings.HasPrefix(key, "python-"):
		for _, name := range []string{"python3", "/usr/bin/python3"} {
			if exec.Command(name, "-W", "ignore", "-c", "import "+library).Run() == nil {
				return func(s *server, id string) { s.change(id, fields{"command": []string{name, "main.py"}}) }
			}
		}
		t.Skipf("no Python here has the library %s", library)
	}
	needs(t, "node")
	modules, err := filepath.Abs("../../bots/" + key + "/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(modules, library)); err != nil {
		t.Skipf("%s is not installed in bots/%s", library, key)
	}
	return func(s *server, id string) {
		var b struct{ Dir string }
		s.call("GET", "/bots/"+id, nil, &b)
		if err := os.Symlink(modules, filepath.Join(b.Dir, "node_modules")); err != nil {
			t.Fatal(err)
		}
	}
}

// goEnvironment has a bot's installation find the module cache of whoever tests.
func goEnvironment(t *testing.T) fields {
	t.Helper()
	env := fields{"GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local"}
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPROXY"} {
		out, err := exec.Command("go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		env[name] = strings.TrimSpace(string(out))
	}
	return env
}

// change patches a definition.
func (s *server) change(id string, with fields) {
	s.t.Helper()
	if code := s.call("PATCH", "/bots/"+id, with, nil); code != http.StatusOK {
		s.t.Fatalf("change: %d", code)
	}
}

package e2e

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/botswain/botswain/app/platform/discord/discordtest"
	"github.com/botswain/botswain/app/platform/platformtest"
	"github.com/botswain/botswain/app/platform/telegram/telegramtest"
)

// problemJSON is how a request was refused.
type problemJSON struct {
	Detail string `json:"detail"`
	Errors []struct {
		Location string `json:"location"`
		Message  string `json:"message"`
	} `json:"errors"`
}

// stay is a bot that lives until it is stopped.
var stay = []string{"/bin/sh", "-c", "exec sleep 300"}

// withPlatforms installs Botswain with platforms of its own.
func withPlatforms(t *testing.T) (*server, *telegramtest.Server, *discordtest.Server) {
	t.Helper()
	tg, ds := telegramtest.New(t, telegramtest.Options{}), discordtest.New(t, discordtest.Options{})
	return install(t, "BOTSWAIN_TELEGRAM_API_URL="+tg.URL(), "BOTSWAIN_DISCORD_API_URL="+ds.URL()), tg, ds
}

func (s *server) withToken(name, kind, token string, more fields) botJSON {
	s.t.Helper()
	f := fields{"type": kind, "command": stay, "start_seconds": 0, "secrets": fields{"TOKEN": token}}
	for k, v := range more {
		f[k] = v
	}
	return s.create(name, f)
}

// refused starts a bot and gives the refusal.
func (s *server) refused(id string) problemJSON {
	s.t.Helper()
	var p problemJSON
	if code := s.call("POST", "/bots/"+id+"/start", nil, &p); code != http.StatusConflict {
		s.t.Errorf("start: %d, want 409", code)
	}
	return p
}

// causeOn is the cause of a bot that is down, as its status has it.
func (s *server) causeOn(id string) string {
	var got causeJSON
	s.call("GET", "/bots/"+id+"/status", nil, &got)
	if got.LastExit == nil || got.LastExit.Cause == nil {
		return ""
	}
	return got.LastExit.Cause.ID
}

// TestTokensAreCheckedBeforeAStart: what a platform refuses isn't started, by nobody; a platform in
// trouble stops nothing.
func TestTokensAreCheckedBeforeAStart(t *testing.T) {
	t.Parallel()
	s, tg, ds := withPlatforms(t)
	ctx := browser(t)
	s.signIn(ctx)

	gone, lost := tg.AddBot(telegramtest.Profile{}), ds.AddApp(discordtest.App{Name: "Lost"})
	gone.Revoke()
	lost.Revoke()
	for _, c := range []struct{ name, kind, token, cause string }{
		{"gone", "telegram_bot", gone.Token(), "telegram-unauthorized"},
		{"lost", "discord_bot", lost.Token(), "discord-invalid-token"},
	} {
		b := s.withToken(c.name, c.kind, c.token, nil)
		if p := s.refused(b.ID); !strings.Contains(p.Detail, "refuses the token") || !strings.Contains(p.Detail, "Secrets page") {
			t.Errorf("%s: %q", c.name, p.Detail)
		}
		s.waitStatus(b.ID, "crashed", 10*time.Second)
		if got := s.causeOn(b.ID); got != c.cause || len(processesWith("BOT_ID="+b.ID)) != 0 {
			t.Errorf("%s: cause %q", c.name, got)
		}
		steps(t, ctx, "the bot's page", chromedp.Navigate(s.url+"/bots/"+b.ID))
		until(t, ctx, 20*time.Second, "document.querySelector('#main [data-state=crashed]')")
		until(t, ctx, 20*time.Second, "document.querySelector('[data-cause="+c.cause+"] [data-remedy]')?.innerText.includes('Secrets page')")
	}

	for name, c := range map[string]struct {
		fault platformtest.Fault
		words string // what the page says of the platform
	}{
		"500":     {platformtest.Status(500), "Telegram has trouble: it answered with status 500"},
		"429":     {platformtest.Limited(time.Minute), "asks Botswain to wait"},
		"nothing": {platformtest.Hang(), "Telegram did not answer"},
	} {
		tg.Faults.Break("", c.fault)
		b := s.withToken(name, "telegram_bot", telegramtest.NewToken(int64(len(name))+900), nil)
		s.do(b.ID, "start")
		s.waitStatus(b.ID, "running", 20*time.Second)
		steps(t, ctx, "the page of a bot whose platform is in trouble", chromedp.Navigate(s.url+"/bots/"+b.ID))
		until(t, ctx, 20*time.Second, "document.querySelector('#main [data-state=running]')")
		until(t, ctx, 20*time.Second, "document.querySelector('[data-platform-failure]')?.innerText.includes('"+c.words+"')")
	}
	tg.Faults.Mend()
}

// TestATokenThatIsRevokedUnderACrashLoop: the loop ends with the cause, without a person.
func TestATokenThatIsRevokedUnderACrashLoop(t *testing.T) {
	t.Parallel()
	s, tg, _ := withPlatforms(t)
	p := tg.AddBot(telegramtest.Profile{})
	b := s.withToken("loop", "telegram_bot", p.Token(), fields{
		"command": []string{"/bin/sh", "-c", "sleep 1; exit 1"}, "restart": fields{"initial_delay": "1s", "max_delay": "2s"},
	})
	s.do(b.ID, "start")
	s.waitStatus(b.ID, "waiting", 20*time.Second)
	p.Revoke()
	s.waitStatus(b.ID, "crashed", time.Minute) // what was asked before holds for 30 s
	if got := s.causeOn(b.ID); got != "telegram-unauthorized" {
		t.Errorf("cause %q", got)
	}
}

// TestOneOwnerForEachToken: the second start names the first, also after a kill -9 of Botswain and
// when the first has another token by now.
func TestOneOwnerForEachToken(t *testing.T) {
	t.Parallel()
	s, tg, _ := withPlatforms(t)
	ctx := browser(t)
	s.signIn(ctx)
	p, other := tg.AddBot(telegramtest.Profile{}), tg.AddBot(telegramtest.Profile{})
	first := s.withToken("Harbour Pilot", "telegram_bot", p.Token(), nil)
	second := s.create("Copy", fields{"type": "telegram_bot", "command": stay, "start_seconds": 0, "env": fields{"TOKEN": p.Token()}})
	s.do(first.ID, "start")
	up := s.waitStatus(first.ID, "running", 20*time.Second)
	check := func(when string) {
		t.Helper()
		if p := s.refused(second.ID); !strings.Contains(p.Detail, "in use by Harbour Pilot") || !strings.Contains(p.Detail, "Stop Harbour Pilot") {
			t.Errorf("%s: %q", when, p.Detail)
		}
		s.waitStatus(second.ID, "crashed", 10*time.Second)
	}
	check("at first")
	steps(t, ctx, "the second's page", chromedp.Navigate(s.url+"/bots/"+second.ID))
	until(t, ctx, 20*time.Second, "document.querySelector('[data-cause=token-in-use] [data-remedy]')?.innerText.includes('Stop Harbour Pilot')")
	if code := s.call("PATCH", "/bots/"+first.ID, fields{"secrets": fields{"TOKEN": other.Token()}}, nil); code != http.StatusOK {
		t.Fatalf("another token: %d", code)
	}
	check("with another token in the secrets")
	s.kill9()
	s.start()
	if again := s.waitStatus(first.ID, "running", 20*time.Second); again.PID != up.PID {
		t.Fatalf("pid %d, then %d", up.PID, again.PID)
	}
	check("after a kill -9")
	s.do(first.ID, "stop")
	s.waitStatus(first.ID, "stopped", 20*time.Second)
	s.do(second.ID, "start")
	s.waitStatus(second.ID, "running", 20*time.Second)
	s.do(first.ID, "start") // with its new token
	s.waitStatus(first.ID, "running", 20*time.Second)
}

// TestTheSessionBudget: with a tenth of the sessions left a restart waits, and a person is asked, on
// the page, by REST and on the command line.
func TestTheSessionBudget(t *testing.T) {
	t.Parallel()
	s, _, ds := withPlatforms(t)
	ctx := browser(t)
	s.signIn(ctx)
	app := ds.AddApp(discordtest.App{Name: "Mod Squad"})
	app.SetStarts(1000, 987, 5*time.Hour)
	b := s.withToken("Mod Squad", "discord_bot", app.Token(), fields{
		"command": []string{"/bin/sh", "-c", "read word; exit 1"}, "restart": fields{"initial_delay": "1s"},
	})
	s.do(b.ID, "start")
	s.waitStatus(b.ID, "running", 20*time.Second)
	page := s.url + "/bots/" + b.ID
	steps(t, ctx, "the bot's page", chromedp.Navigate(page))
	until(t, ctx, 20*time.Second, "document.querySelector('[data-sessions]')?.innerText.includes('986')") // this start is counted
	s.do(b.ID, "stop")
	s.waitStatus(b.ID, "stopped", 20*time.Second)

	app2 := ds.AddApp(discordtest.App{Name: "Short"})
	app2.SetStarts(1000, 100, 5*time.Hour)
	short := s.withToken("Short", "discord_bot", app2.Token(), fields{
		"command": []string{"/bin/sh", "-c", "read word; exit 1"}, "restart": fields{"initial_delay": "1s"},
	})
	s.call("POST", "/bots/"+short.ID+"/platform/check", nil, nil)
	p := s.refused(short.ID)
	if !strings.Contains(p.Detail, "100 of 1000 Discord sessions left, reset in 5 h") || len(p.Errors) != 1 || p.Errors[0].Location != "query.confirm" || !strings.Contains(p.Errors[0].Message, "?confirm=budget") {
		t.Errorf("%+v", p)
	}
	if st := s.bot(short.ID).Status; st != "stopped" {
		t.Errorf("it is %s after the question", st)
	}
	cmd := exec.Command(built.botswain, "bot", "start", "Short")
	cmd.Env = s.env
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "--yes") {
		t.Errorf("the command line: %v, %s", err, out)
	}
	// On the page: a question of its own, and yes.
	steps(t, ctx, "the short one's page", chromedp.Navigate(s.url+"/bots/"+short.ID))
	click(t, ctx, `form[action$="/start"] button`)
	until(t, ctx, 20*time.Second, "document.querySelector('[data-question=budget]')?.innerText.includes('100 of 1000')")
	click(t, ctx, `[data-question=budget] button[type=submit]`)
	s.waitStatus(short.ID, "running", 20*time.Second)

	// It crashes, and isn't started again before the reset.
	s.call("POST", "/bots/"+short.ID+"/stdin", fields{"line": "go"}, nil)
	eventually(t, 20*time.Second, "a start that waits for the reset", func() bool {
		var st struct {
			Status string     `json:"status"`
			Next   *time.Time `json:"next_start_at"`
		}
		s.call("GET", "/bots/"+short.ID+"/status", nil, &st)
		return st.Status == "waiting" && st.Next != nil && time.Until(*st.Next) > 4*time.Hour
	})
	until(t, ctx, 20*time.Second, "document.querySelector('#main')?.innerText.includes('Botswain keeps them for starts by hand')")
	if got := s.cli("bot", "start", "Short", "--yes"); !strings.HasPrefix(got, "Short: ") {
		t.Errorf("--yes: %s", got)
	}
	s.waitStatus(short.ID, "running", 20*time.Second)
}

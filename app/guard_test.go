package app

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/config"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/platform/discord/discordtest"
	"github.com/botswain/botswain/app/platform/telegram/telegramtest"
	"github.com/botswain/botswain/app/secret"
	"github.com/botswain/botswain/db/dbtest"
)

// TestPlayedBot is no test but a bot, when the environment says which, and for three minutes at most: one that polls and goes on after
// errors, as libraries do, or one that does so only when it gets a line.
func TestPlayedBot(t *testing.T) {
	switch os.Getenv("PLAYS") {
	case "":
		t.Skip("nobody plays")
	case "deaf":
		bufio.NewScanner(os.Stdin).Scan()
	case "discord":
		playDiscord(t)
	}
	offset := 0
	for {
		address := fmt.Sprintf("%s/bot%s/getUpdates?timeout=5&offset=%d", os.Getenv("BOTSWAIN_TELEGRAM_API_URL"), os.Getenv("TOKEN"), offset)
		var got struct {
			OK          bool
			Description string
			Result      []struct {
				ID int `json:"update_id"`
			}
		}
		resp, err := http.Get(address)
		if err == nil {
			err = json.NewDecoder(resp.Body).Decode(&got)
			resp.Body.Close()
		}
		for _, u := range got.Result {
			offset = u.ID + 1
		}
		if err != nil || !got.OK {
			fmt.Println("telegram.ext.updater ERROR Error while getting Updates:", got.Description)
			time.Sleep(100 * time.Millisecond)
		}
	}
}

// playDiscord connects again whenever it is cut off, and says so in the words of discord.py; of what it
// isn't allowed it ends as a bot with gorilla/websocket does.
func playDiscord(t *testing.T) {
	ctx := t.Context()
	for {
		req, _ := http.NewRequest(http.MethodGet, os.Getenv("BOTSWAIN_DISCORD_API_URL")+"/v10/gateway/bot", nil)
		req.Header.Set("Authorization", "Bot "+os.Getenv("TOKEN"))
		var gateway struct{ URL string }
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = json.NewDecoder(resp.Body).Decode(&gateway)
			resp.Body.Close()
		}
		ws, _, err := websocket.Dial(ctx, gateway.URL+"?v=10&encoding=json", nil)
		if err != nil {
			fmt.Println(err)
			time.Sleep(100 * time.Millisecond)
			continue
		}
		identify := fmt.Sprintf(`{"op":2,"d":{"token":%q,"intents":%s,"properties":{}}}`, os.Getenv("TOKEN"), os.Getenv("INTENTS"))
		err = ws.Write(ctx, websocket.MessageText, []byte(identify))
		for err == nil {
			_, _, err = ws.Read(ctx)
		}
		ws.CloseNow()
		if websocket.CloseStatus(err) == 4014 {
			fmt.Fprintln(os.Stderr, "websocket: close 4014: Disallowed intent(s).")
			os.Exit(1)
		}
		fmt.Println("INFO     discord.gateway Shard ID None session has been invalidated.")
	}
}

// speed is how much faster than real the tests' clock of platforms goes.
const speed = 20

// voyage is an App that runs in this process with a fast clock.
type voyage struct {
	*App
	t  *testing.T
	tg *telegramtest.Server
	ds *discordtest.Server
}

func sail(t *testing.T) *voyage {
	t.Helper()
	tg := telegramtest.New(t, telegramtest.Options{ConflictPause: time.Millisecond})
	ds := discordtest.New(t, discordtest.Options{})
	a := launched(t, map[string]string{
		"DATABASE_URL": dbtest.NewURL(t), "BOTSWAIN_TELEGRAM_API_URL": tg.URL(), "BOTSWAIN_DISCORD_API_URL": ds.URL(),
	})
	<-a.supervisor.Ready()
	return &voyage{App: a, t: t, tg: tg, ds: ds}
}

// launched is an App that serves until the test ends; it may not be ready yet.
func launched(t *testing.T, settings map[string]string) *App {
	t.Helper()
	dir, err := os.MkdirTemp("", "bw")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	env := map[string]string{
		"BOTSWAIN_ADDR": "127.0.0.1:0", "BOTSWAIN_DATA_DIR": dir,
		"BOTSWAIN_ADMIN_USERNAME": "captain", "BOTSWAIN_ADMIN_PASSWORD": "correct-horse-battery-staple",
	}
	maps.Copy(env, settings)
	cfg, err := config.Load(func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	a, err := New(t.Context(), cfg, Options{
		Log: slog.New(slog.DiscardHandler), Stdout: io.Discard, Now: func() time.Time { return begun.Add(speed * time.Since(begun)) },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- a.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := a.Close(context.WithoutCancel(ctx)); err != nil {
			t.Error(err)
		}
	})
	return a
}

// launch starts a Telegram bot that plays a part.
func (v *voyage) launch(plays string, restart bool) (bot.ID, *telegramtest.Bot) {
	v.t.Helper()
	as := v.tg.AddBot(telegramtest.Profile{})
	id := v.start(bot.TelegramBot, as.Token(), func(s *bot.Spec) { s.Env["PLAYS"], s.Health.Restart = plays, restart })
	v.await(id, "running", func(st bot.Status) bool { return st.State == bot.Running })
	return id, as
}

// launchDiscord starts a Discord bot that asks for intents.
func (v *voyage) launchDiscord(intents discordtest.Intents) (bot.ID, *discordtest.Bot) {
	v.t.Helper()
	as := v.ds.AddApp(discordtest.App{Name: "Mod Squad"})
	return v.start(bot.DiscordBot, as.Token(), func(s *bot.Spec) { s.Env["PLAYS"], s.Env["INTENTS"] = "discord", fmt.Sprint(int(intents)) }), as
}

func (v *voyage) start(kind bot.Type, token string, change func(*bot.Spec)) bot.ID {
	v.t.Helper()
	s := bot.NewSpec()
	s.Name, s.Type, s.Command, s.StartSeconds = "Harbour Pilot", kind, []string{os.Args[0], "-test.run=^TestPlayedBot$", "-test.timeout=3m"}, 0
	change(&s)
	b, err := v.crew.CreateWith(v.t.Context(), "admin", s, secret.Change{Set: map[string]string{"TOKEN": token}})
	if err != nil {
		v.t.Fatal(err)
	}
	if _, err := v.crew.Act(v.t.Context(), "admin", b.ID, bot.Start); err != nil {
		v.t.Fatal(err)
	}
	return b.ID
}

func (v *voyage) await(id bot.ID, what string, ok func(bot.Status) bool) bot.Status {
	v.t.Helper()
	var st bot.Status
	v.until(what, func() bool {
		st, _ = v.supervisor.Status(id)
		return ok(st)
	})
	return st
}

// until waits for a condition.
func (v *voyage) until(what string, ok func() bool) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			v.t.Fatalf("not within a minute: %s", what)
		case <-tick.C:
		}
	}
}

// told says whether an event of a kind with these words is stored.
func (v *voyage) told(id bot.ID, kind event.Kind, words string) bool {
	return !v.toldAt(id, kind, words).IsZero()
}

// toldAt is when the first event of a kind with these words happened; zero: none is stored.
func (v *voyage) toldAt(id bot.ID, kind event.Kind, words string) (at time.Time) {
	list, err := v.crew.Events(v.t.Context(), event.ListQuery{Bot: &id, Limit: 100})
	if err != nil {
		v.t.Fatal(err)
	}
	for _, e := range list { // the newest are first
		if e.Kind == kind && strings.Contains(e.Message, words) {
			at = e.At
		}
	}
	return at
}

// again does something again and again until it is stopped.
func (v *voyage) again(do func()) (stop func()) {
	ctx, cancel := context.WithCancel(v.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			do()
			select {
			case <-ctx.Done():
			case <-tick.C:
			}
		}
	}()
	return func() { cancel(); <-done }
}

// unresponsive waits for the state and looks how it is told.
func (v *voyage) unresponsive(id bot.ID, cause string) {
	v.t.Helper()
	st := v.await(id, "unresponsive by "+cause, func(st bot.Status) bool { return st.State == bot.Unresponsive })
	page := v.page("/bots/" + id.String())
	for _, want := range []string{`data-cause="` + cause + `"`, "Why it is unresponsive: ", "data-remedy", `data-state="unresponsive"`} {
		if !strings.Contains(page, want) {
			v.t.Errorf("no %s on the page", want)
		}
	}
	v.shown(id, bot.Unresponsive, cause)
	if st.Doubt == nil || st.Doubt.ID != cause || st.Doubt.Remedy == "" || st.Reason != st.Doubt.Title {
		v.t.Errorf("%s: %q, %+v", cause, st.Reason, st.Doubt)
	}
}

// page signs in and reads a page.
func (v *voyage) page(path string) string {
	v.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		v.t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	resp, err := client.PostForm(v.URL()+"/login", url.Values{"username": {"captain"}, "password": {"correct-horse-battery-staple"}})
	if err == nil {
		resp.Body.Close()
		resp, err = client.Get(v.URL() + path)
	}
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		v.t.Fatalf("%s: %d, %v", path, resp.StatusCode, err)
	}
	return string(body)
}

// A copy elsewhere is told of at once, tolerated, makes the bot unresponsive, and is forgotten when it ends.
func TestACopyElsewhere(t *testing.T) {
	t.Parallel()
	v := sail(t)
	id, as := v.launch("poll", false)
	v.until("that it polls", as.Polls)
	stop := as.RunCopy()
	v.until("a warning", func() bool {
		return v.told(id, event.BotWarning, "Another copy of this bot runs elsewhere with the same token")
	})
	v.unresponsive(id, "telegram-conflict")
	stop()
	v.await(id, "running again", func(st bot.Status) bool { return st.State == bot.Running && st.Doubt == nil })
	v.until("the events", func() bool {
		return v.told(id, event.BotDeaf, "another copy of this bot runs elsewhere") && v.told(id, event.BotHeard, "Responsive again")
	})
	warned, deaf := v.toldAt(id, event.BotWarning, "Another copy"), v.toldAt(id, event.BotDeaf, "another copy")
	if !warned.Before(deaf) {
		t.Errorf("told of at %s, and not tolerated: unresponsive at %s", warned, deaf)
	}
}

func TestAWebhookAgainstPolling(t *testing.T) {
	t.Parallel()
	v := sail(t)
	id, as := v.launch("poll", false)
	v.until("that it polls", as.Polls)
	as.SetWebhook("https://example.org/hook")
	v.unresponsive(id, "telegram-webhook")
	as.SetWebhook("")
	v.await(id, "running again", func(st bot.Status) bool { return st.State == bot.Running })
}

// A bot that lives and takes no messages is unresponsive until it takes them, or is restarted.
func TestADeafBot(t *testing.T) {
	t.Parallel()
	v := sail(t)
	id, as := v.launch("deaf", false)
	as.AddPending(3)
	v.unresponsive(id, "telegram-deaf")
	st, _ := v.supervisor.Status(id)
	if !strings.Contains(st.Reason, "3 messages wait at Telegram") {
		t.Errorf("reason %q", st.Reason)
	}
	if err := v.crew.SendInput(t.Context(), "admin", id, st.Run, "poll"); err != nil {
		t.Fatal(err)
	}
	v.await(id, "running again", func(st bot.Status) bool { return st.State == bot.Running })
}

func TestADeafBotIsRestarted(t *testing.T) {
	t.Parallel()
	v := sail(t)
	id, as := v.launch("deaf", true)
	first, _ := v.supervisor.Status(id)
	as.AddPending(1)
	st := v.await(id, "another run", func(st bot.Status) bool { return st.State == bot.Running && st.Run != first.Run })
	if e := st.LastExit; e == nil || e.Cause == nil || e.Cause.ID != "telegram-deaf" || st.Restarts != 1 {
		t.Errorf("%+v", st)
	}
}

// A session that is taken over again and again is a copy elsewhere; the bot may go on for ever.
func TestADiscordSessionIsTakenOver(t *testing.T) {
	t.Parallel()
	v := sail(t)
	id, as := v.launchDiscord(discordtest.IntentGuilds)
	const enough = 1 << 30 // each takeover takes one, and with the last the token is reset
	as.SetStarts(enough, enough, 24*time.Hour)
	v.await(id, "running", func(st bot.Status) bool { return st.State == bot.Running })
	stop := v.again(as.TakeOver)
	v.until("a warning", func() bool { return v.told(id, event.BotWarning, "Another copy of this bot runs elsewhere") })
	v.unresponsive(id, "discord-taken-over")
	stop()
	v.await(id, "running again", func(st bot.Status) bool { return st.State == bot.Running })
}

func TestDisallowedIntents(t *testing.T) {
	t.Parallel()
	v := sail(t)
	id, _ := v.launchDiscord(discordtest.Privileged)
	st := v.await(id, "crashed", func(st bot.Status) bool { return st.State == bot.Crashed })
	if c := st.LastExit.Cause; c == nil || c.ID != "discord-disallowed-intents" || c.Remedy == "" || st.Restarts != 0 {
		t.Errorf("%+v", st)
	}
	v.shown(id, bot.Crashed, "discord-disallowed-intents")
}

package platform_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"image"
	"image/png"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/platform"
	"github.com/botswain/botswain/app/platform/telegram"
	"github.com/botswain/botswain/db"
	"github.com/botswain/botswain/db/dbtest"
)

const token = "123456789:AAfakeTokenOfNobody_-x"

// world is a service over a real database and a Bot API on loopback.
type world struct {
	*platform.Service
	t      *testing.T
	hub    *event.Hub
	events *event.Store
	store  *crew.Store
	log    *bytes.Buffer
	logs   *sync.Mutex
	dir    string
	api    *botAPI

	mu   sync.Mutex
	bots map[bot.ID]bot.Bot
	at   time.Time
}

// botAPI answers for every token that looks like one.
type botAPI struct {
	*httptest.Server
	mu     sync.Mutex
	me     http.HandlerFunc
	photo  []byte
	unique string
	asked  map[string]int
}

func (a *botAPI) set(change func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change()
}

func (a *botAPI) count(method string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.asked[method]
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

const meAnswer = `{"ok":true,"result":{"id":42,"first_name":"Order Tracker","username":"order_bot"}}`

func newBotAPI(t *testing.T) *botAPI {
	a := &botAPI{me: says(200, meAnswer), asked: map[string]int{}}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := filepath.Base(r.URL.Path)
		a.mu.Lock()
		a.asked[method]++
		me, photo, unique := a.me, a.photo, a.unique
		a.mu.Unlock()
		switch {
		case strings.HasPrefix(r.URL.Path, "/file/"):
			_, _ = w.Write(photo)
		case method == "getMe":
			me(w, r)
		case method == "getWebhookInfo":
			says(200, `{"ok":true,"result":{"url":"","pending_update_count":3}}`)(w, r)
		case method == "getUserProfilePhotos" && unique != "":
			says(200, `{"ok":true,"result":{"photos":[[{"file_id":"f","file_unique_id":"`+unique+`","width":160}]]}}`)(w, r)
		case method == "getUserProfilePhotos":
			says(200, `{"ok":true,"result":{"photos":[]}}`)(w, r)
		case method == "getFile":
			says(200, `{"ok":true,"result":{"file_path":"photos/x.png"}}`)(w, r)
		}
	}))
	t.Cleanup(a.Close)
	return a
}

func newWorld(t *testing.T) *world {
	pool, err := db.Open(t.Context(), dbtest.NewURL(t), 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	hub := event.NewHub()
	w := &world{
		t: t, hub: hub, events: event.NewStore(pool, hub), store: crew.NewStore(pool, hub), log: &bytes.Buffer{}, logs: &sync.Mutex{},
		dir: t.TempDir(), api: newBotAPI(t), bots: map[bot.ID]bot.Bot{}, at: time.Now().UTC().Truncate(time.Second),
	}
	w.Service = w.again(platform.NewStore(pool))
	return w
}

// again is another life of the service on the same data.
func (w *world) again(store platform.Storage) *platform.Service {
	pictures, err := platform.OpenPictures(filepath.Join(w.dir, "avatars"))
	if err != nil {
		w.t.Fatal(err)
	}
	client := platform.NewHTTPClient()
	s := platform.New(platform.Options{
		Clients: map[platform.Name]platform.Client{platform.Telegram: telegram.New(w.api.URL, client)},
		Bots:    w, Store: store, Pictures: pictures, Events: w.events, Hub: w.hub, Now: w.now,
		Fingerprint: func(s string) [32]byte { return sha256.Sum256([]byte("key" + s)) },
		Log:         slog.New(slog.NewTextHandler(locked{w}, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	w.t.Cleanup(func() { s.Close(); client.CloseIdleConnections() })
	return s
}

// locked writes to the world's log from many goroutines.
type locked struct{ w *world }

func (l locked) Write(b []byte) (int, error) {
	l.w.logs.Lock()
	defer l.w.logs.Unlock()
	return l.w.log.Write(b)
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

// pass lets time go by, once what the last look began is over: the fake clock is faster than a picture.
func (w *world) pass(d time.Duration) {
	for !w.Idle() {
		runtime.Gosched()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

func (w *world) All(context.Context) []bot.Bot {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []bot.Bot
	for _, b := range w.bots {
		list = append(list, b)
	}
	return list
}

func (w *world) Get(_ context.Context, id bot.ID) (bot.Bot, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b, ok := w.bots[id]
	return b, ok
}

// add stores a bot with a token of its own, or without one.
func (w *world) add(name, token string) bot.Bot {
	w.t.Helper()
	spec := bot.NewSpec()
	spec.Name, spec.Type, spec.Command, spec.Dir = name, bot.TelegramBot, []string{"x"}, "."
	if token != "" {
		spec.Env = map[string]string{"TOKEN": token}
	}
	b, err := w.store.Create(w.t.Context(), bot.Bot{ID: bot.NewID(), Spec: spec.Normalize()}, event.Event{Kind: event.BotCreated})
	if err != nil {
		w.t.Fatal(err)
	}
	w.mu.Lock()
	w.bots[b.ID] = b
	w.mu.Unlock()
	return b
}

func (w *world) look(b bot.Bot) platform.Report {
	w.t.Helper()
	r, err := w.Look(w.t.Context(), b)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// clean looks for tokens in the log and in the stored events.
func (w *world) clean() {
	w.t.Helper()
	list, err := w.events.List(w.t.Context(), event.ListQuery{})
	if err != nil {
		w.t.Fatal(err)
	}
	w.logs.Lock()
	defer w.logs.Unlock()
	text := w.log.String() + fmt.Sprint(list)
	for _, bad := range []string{"AAfake", base64.StdEncoding.EncodeToString([]byte(token))[:20]} {
		if strings.Contains(text, bad) {
			w.t.Errorf("a token is told: %s", text)
		}
	}
}

func (w *world) kinds() map[event.Kind]int {
	list, err := w.events.List(w.t.Context(), event.ListQuery{})
	if err != nil {
		w.t.Fatal(err)
	}
	n := map[event.Kind]int{}
	for _, e := range list {
		n[e.Kind]++
	}
	return n
}

// await returns when ok does, looking at each change that the hub tells of.
func (w *world) await(what string, ok func() bool) {
	w.t.Helper()
	news := w.hub.Subscribe(nil)
	defer news.Close()
	limit := time.NewTimer(20 * time.Second)
	defer limit.Stop()
	for !ok() {
		select {
		case <-news.C():
			news.Take()
		case <-limit.C:
			w.t.Fatal("it doesn't come: ", what)
		}
	}
}

func TestAReportOutlivesAll(t *testing.T) {
	w := newWorld(t)
	b := w.add("Orders", token)
	if r := w.Known(t.Context(), b); !r.AskedAt.IsZero() || r.Unasked != "" || r.Holds() != nil {
		t.Errorf("%+v", r)
	}
	r := w.look(b)
	if r.Failure != nil || r.Facts.Identity.Username != "order_bot" || r.Facts.Telegram.Webhook.Pending != 3 || !*r.Holds() {
		t.Fatalf("%+v", r)
	}
	w.pass(time.Minute)
	w.api.set(func() { w.api.me = says(502, "away") })
	away := w.look(b)
	if away.Failure.Kind != platform.Unreachable || away.Facts == nil || !away.FactsAt.Equal(r.FactsAt) || !*away.Holds() {
		t.Errorf("%+v", away)
	}

	next := w.again(w.Store)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = next.Run(ctx) })
	defer func() { cancel(); running.Wait() }()
	w.await("what was stored", func() bool { return next.Known(t.Context(), b).Facts != nil })
	if k := next.Known(t.Context(), b); k.Facts.Identity.Name != "Order Tracker" || k.Failure.Kind != platform.Unreachable || !k.AskedAt.Equal(away.AskedAt) {
		t.Errorf("%+v", k)
	}
	other := b
	other.Env = map[string]string{"TOKEN": "987654321:AAfakeOther"}
	if k := next.Known(t.Context(), other); k.Facts != nil {
		t.Error("what was said about another token counts")
	}
	w.clean()
}

func TestEachKindOfFailure(t *testing.T) {
	w := newWorld(t)
	b := w.add("Orders", token)
	for _, x := range []struct {
		me    http.HandlerFunc
		kind  platform.Kind
		holds bool
	}{
		{says(200, meAnswer), "", true},
		{says(401, `{"ok":false,"error_code":401,"description":"Unauthorized"}`), platform.Refused, false},
		{says(500, ``), platform.Unreachable, true},
		{says(429, `{"ok":false,"error_code":429,"parameters":{"retry_after":3000}}`), platform.Limited, true},
	} {
		w.api.set(func() { w.api.me = x.me })
		w.pass(time.Minute)
		r := w.look(b)
		got := platform.Kind("")
		if r.Failure != nil {
			got = r.Failure.Kind
		}
		if got != x.kind || *r.Holds() != x.holds {
			t.Errorf("%s: %+v", x.kind, r)
		}
	}
	n := w.api.count("getMe")
	w.pass(time.Minute)
	if r := w.look(b); r.Failure.Kind != platform.Limited || r.Facts == nil || w.api.count("getMe") != n {
		t.Errorf("asked again in spite of a limit: %+v", r)
	}
	w.clean()
}

func TestWhatHasNothingToAskWith(t *testing.T) {
	w := newWorld(t)
	b := w.add("Orders", "")
	for _, kind := range bot.Types() {
		b.Type = kind
		if kind == bot.DiscordBot {
			continue // this world has no Discord
		}
		if r := w.look(b); r.Unasked == "" || !r.AskedAt.IsZero() {
			t.Errorf("%s: %+v", kind, r)
		}
	}
	b.Type, b.Env = bot.TelegramUserbot, map[string]string{"TOKEN": token}
	if r := w.look(b); !strings.Contains(r.Unasked, "person's account") {
		t.Errorf("%+v", r)
	}
	if n := w.api.count("getMe"); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestATokenIsAskedAboutWhenItIsNew(t *testing.T) {
	w := newWorld(t)
	first := w.add("First", token)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = w.Run(ctx) })
	defer func() { cancel(); running.Wait() }()
	w.await("the answer for a bot that was there", func() bool { return w.Known(ctx, first).Facts != nil })
	n := w.api.count("getMe")
	for range 3 {
		w.hub.Publish(event.Topic{Kind: event.TopicBot, Bot: first.ID}) // it started, it stopped
	}
	second := w.add("Second", "222222222:AAfakeSecond")
	w.hub.Publish(event.Topic{Kind: event.TopicCrew})
	w.await("the answer for a new bot", func() bool { return w.Known(ctx, second).Facts != nil })
	if got := w.api.count("getMe"); got != n+1 {
		t.Errorf("%d questions, want %d", got, n+1)
	}
	w.mu.Lock()
	first.Env = map[string]string{"TOKEN": "333333333:AAfakeThird"}
	w.bots[first.ID] = first
	w.mu.Unlock()
	w.Changed(first.ID)
	w.await("the answer for a new token", func() bool { return w.Known(ctx, first).Facts != nil })

	w.mu.Lock()
	delete(w.bots, second.ID)
	w.mu.Unlock()
	w.hub.Publish(event.Topic{Kind: event.TopicCrew})
	w.await("that a deleted bot is forgotten", func() bool { return w.Known(ctx, second).Facts == nil })
	w.clean()
}

func TestOneNoticeForAnOutage(t *testing.T) {
	w := newWorld(t)
	bots := []bot.Bot{w.add("A", "1:AAfakeA"), w.add("B", "2:AAfakeB"), w.add("C", "3:AAfakeC")}
	w.api.set(func() { w.api.me = says(503, "") })
	w.look(bots[0])
	if list := w.Outages(); len(list) != 0 {
		t.Errorf("one bot is an outage: %+v", list)
	}
	w.look(bots[1])
	w.look(bots[2])
	list := w.Outages()
	if len(list) != 1 || list[0].Platform != platform.Telegram || list[0].Bots != 3 || w.kinds()[event.PlatformDown] != 1 {
		t.Fatalf("%+v, %v", list, w.kinds())
	}
	if title, text := list[0].Words(); title != "Telegram can't be reached" || !strings.Contains(text, "not your bots") {
		t.Error(title, text)
	}
	w.api.set(func() { w.api.me = says(200, meAnswer) })
	w.pass(10 * time.Second)
	w.look(bots[1])
	if k := w.kinds(); len(w.Outages()) != 0 || k[event.PlatformDown] != 1 || k[event.PlatformUp] != 1 {
		t.Errorf("%v, %v", w.Outages(), k)
	}
	w.clean()
}

func picture(t *testing.T, width int) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, 1))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPictures(t *testing.T) {
	w := newWorld(t)
	b := w.add("Orders", token)
	w.api.set(func() { w.api.photo, w.api.unique = picture(t, 160), "one" })
	r := w.look(b)
	w.await("the picture", func() bool { return w.PictureOf(r) != "" })
	data, kind, version, err := w.ReadPicture(r)
	if err != nil || kind != "image/png" || version != w.PictureOf(r) || !bytes.Equal(data, w.api.photo) {
		t.Errorf("%s, %v", kind, err)
	}
	again := func() {
		t.Helper()
		n := w.api.count("getUserProfilePhotos")
		w.pass(time.Minute)
		w.look(b)
		for w.api.count("getUserProfilePhotos") == n { // it is asked for after the answer
			w.pass(time.Minute)
			w.look(b)
		}
	}
	again()
	if n := w.api.count("getFile"); n != 1 {
		t.Errorf("fetched %d times", n)
	}
	for name, bad := range map[string][]byte{
		"page": []byte("<html><script>alert(1)</script>"), "svg": []byte(`<svg xmlns="http://www.w3.org/2000/svg"></svg>`),
		"broken": append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 40)...), "wide": picture(t, 5000), "giant": append(picture(t, 1), make([]byte, platform.MaxPicture)...),
	} {
		w.api.set(func() { w.api.photo, w.api.unique = bad, name })
		again()
		w.Close() // waits for what is under way
		if w.PictureOf(r) != version {
			t.Errorf("%s is taken", name)
		}
		w.Service = w.again(w.Store)
	}
	if next := w.again(w.Store); next.PictureOf(r) != version {
		t.Error("a picture doesn't outlive a restart")
	}
	w.api.set(func() { w.api.unique = "" })
	again()
	w.await("that it is gone", func() bool { return w.PictureOf(r) == "" })
	if _, _, _, err := w.ReadPicture(r); fault.CodeOf(err) != fault.NotFound {
		t.Error(err)
	}
	if left, _ := os.ReadDir(filepath.Join(w.dir, "avatars")); len(left) != 0 {
		t.Errorf("left over: %v", left)
	}
	w.clean()
}

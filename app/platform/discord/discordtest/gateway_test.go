package discordtest_test

import (
	"slices"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/botswain/botswain/app/platform/discord/discordtest"
)

func TestReadyGuildsAndMessagesInEveryEncoding(t *testing.T) {
	for name, c := range map[string]struct {
		query    string
		compress bool
		binary   bool
	}{
		"plain":   {"?v=10&encoding=json", false, false},
		"stream":  {"?v=10&encoding=json&compress=zlib-stream", false, true},
		"payload": {"?v=9&encoding=json", true, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := discordtest.New(t, discordtest.Options{})
			b := s.AddApp(discordtest.App{Intents: discordtest.Privileged})
			guild := b.AddGuild("Harbour", 41)
			g := dial(t, s, c.query)
			if hello := g.want(10, ""); hello.D["heartbeat_interval"] != 41250.0 {
				t.Errorf("%v", hello.D)
			}
			g.send(1, nil)
			g.want(11, "")
			who := identify(b.Token(), everyday|discordtest.IntentContent)
			who["compress"] = c.compress
			g.send(2, who)
			ready := g.want(0, "READY")
			if ready.D["session_id"] == "" || ready.D["resume_gateway_url"] == "" || *ready.Seq != 1 || ready.bin != c.binary {
				t.Errorf("%v, compressed %v", ready.D, ready.bin)
			}
			if got := g.want(0, "GUILD_CREATE"); got.D["id"] != guild.ID || got.D["member_count"] != 42.0 {
				t.Errorf("%v", got.D)
			}
			b.Say(guild, discordtest.User{Name: "ada"}, "!ping")
			if got := g.want(0, "MESSAGE_CREATE"); got.D["content"] != "!ping" || got.D["guild_id"] != guild.ID || *got.Seq != 3 {
				t.Errorf("%v", got.D)
			}
		})
	}
}

func TestCloseCodes(t *testing.T) {
	s := discordtest.New(t, discordtest.Options{})
	b := s.AddApp(discordtest.App{Intents: discordtest.IntentMembers})
	with := func(key string, value any) map[string]any {
		d := identify(b.Token(), everyday)
		d[key] = value
		return d
	}
	for code, sent := range map[websocket.StatusCode][]any{
		4001: {77, nil},
		4002: {2, "no object"},
		4003: {3, map[string]any{}},
		4004: {2, with("token", "wrong")},
		4010: {2, with("shard", []int{2, 2})},
		4013: {2, with("intents", 1<<30)},
		4014: {2, with("intents", everyday|discordtest.IntentContent)},
	} {
		g := dial(t, s, "?v=10&encoding=json")
		g.send(sent[0].(int), sent[1])
		g.wantClose(code)
	}
	dial(t, s, "?v=3&encoding=json").wantClose(4012)
	g, ready := open(t, s, b, everyday|discordtest.IntentMembers)
	g.send(2, identify(b.Token(), everyday))
	g.wantClose(4005)
	again := dial(t, s, "?v=10")
	again.send(6, map[string]any{"token": b.Token(), "session_id": ready.D["session_id"], "seq": 999})
	again.wantClose(4007)
	b.AllowIntents(discordtest.Privileged)
	open(t, s, b, everyday|discordtest.IntentContent)
}

func TestTooManyPayloadsAreLimited(t *testing.T) {
	s := discordtest.New(t, discordtest.Options{})
	g := dial(t, s, "?v=10")
	for range 121 {
		g.send(1, nil)
	}
	g.wantClose(4008)
}

func TestSilentClientTimesOut(t *testing.T) {
	s := discordtest.New(t, discordtest.Options{Heartbeat: time.Millisecond})
	dial(t, s, "?v=10").wantClose(4009)
}

func TestResumeGetsWhatWasMissed(t *testing.T) {
	s := discordtest.New(t, discordtest.Options{})
	b := s.AddApp(discordtest.App{Intents: discordtest.Privileged})
	guild := b.AddGuild("Harbour", 1)
	g, ready := open(t, s, b, everyday|discordtest.IntentContent)
	g.want(0, "GUILD_CREATE")
	b.Drop()
	g.wantClose(-1)
	waitFor(t, s, "no connection", func() bool { return b.Connected() == 0 })
	b.Say(guild, discordtest.User{}, "missed")
	again := dial(t, s, "?v=10")
	again.send(6, map[string]any{"token": b.Token(), "session_id": ready.D["session_id"], "seq": g.last})
	if got := again.want(0, "MESSAGE_CREATE"); got.D["content"] != "missed" {
		t.Errorf("%v", got.D)
	}
	again.want(0, "RESUMED")
	if b.Identifies() != 1 || b.Resumes() != 1 || b.Starts() != 999 {
		t.Errorf("%d identifies, %d resumes, %d starts left", b.Identifies(), b.Resumes(), b.Starts())
	}
	// A third one goes on with it: the second is out.
	third := dial(t, s, "?v=10")
	third.send(6, map[string]any{"token": b.Token(), "session_id": ready.D["session_id"], "seq": again.last})
	third.want(0, "RESUMED")
	again.wantClose(4000)
	// Said good-bye, it's gone.
	_ = third.ws.Close(websocket.StatusNormalClosure, "")
	waitFor(t, s, "no connection", func() bool { return b.Connected() == 0 })
	late := dial(t, s, "?v=10")
	late.send(6, map[string]any{"token": b.Token(), "session_id": ready.D["session_id"], "seq": 1})
	if got := late.want(9, ""); string(got.Raw) != "false" {
		t.Errorf("%s", got.Raw)
	}
	late.send(2, identify(b.Token(), everyday))
	late.want(0, "READY")
}

func TestTroubleWhileConnected(t *testing.T) {
	s := discordtest.New(t, discordtest.Options{})
	b := s.AddApp(discordtest.App{})
	g, ready := open(t, s, b, everyday)
	b.Mute(true)
	g.send(1, nil)
	b.Mute(false)
	b.Reconnect()
	if e, code := g.next(); code != 0 || e.Op != 7 && e.Op != 11 {
		t.Errorf("op %d, closed %d", e.Op, code)
	}
	b.TakeOver()
	g.wantClose(4000)
	again := dial(t, s, "?v=10")
	again.send(6, map[string]any{"token": b.Token(), "session_id": ready.D["session_id"], "seq": 1})
	again.want(9, "")
	again.send(2, identify(b.Token(), everyday))
	again.want(0, "READY")
	b.InvalidateSessions()
	again.want(9, "")
	again.send(2, identify(b.Token(), everyday))
	again.want(0, "READY")
	b.Revoke()
	again.wantClose(4004)
}

func TestNoStartsLeftResetsTheToken(t *testing.T) {
	s := discordtest.New(t, discordtest.Options{})
	b := s.AddApp(discordtest.App{})
	b.SetStarts(1000, 1, time.Hour)
	g, _ := open(t, s, b, everyday)
	if b.Starts() != 0 {
		t.Fatalf("%d left", b.Starts())
	}
	last := dial(t, s, "?v=10")
	last.send(2, identify(b.Token(), everyday))
	last.wantClose(4004)
	g.wantClose(4004)
	if status, _, _ := rest(t, s, b.Token(), "GET", "/gateway/bot", ""); status != 401 {
		t.Errorf("%d", status)
	}
}

func TestIntentsAndShardsDecideWhatComes(t *testing.T) {
	s := discordtest.New(t, discordtest.Options{})
	b := s.AddApp(discordtest.App{Intents: discordtest.Privileged})
	one := b.AddGuild("One", 1)
	blind, _ := open(t, s, b, everyday)
	blind.want(0, "GUILD_CREATE")
	b.Say(one, discordtest.User{}, "secret")
	b.Say(one, discordtest.User{}, "<@"+b.ID+"> hello")
	b.SayDirectly(discordtest.User{}, "psst")
	for _, want := range []string{"", "<@" + b.ID + "> hello", "psst"} {
		if got := blind.want(0, "MESSAGE_CREATE"); got.D["content"] != want {
			t.Errorf("%v, not %q", got.D["content"], want)
		}
	}
	var ids []any
	for shard := range 2 {
		g := dial(t, s, "?v=10")
		d := identify(b.Token(), everyday)
		d["shard"] = []int{shard, 2}
		g.send(2, d)
		for _, u := range g.want(0, "READY").D["guilds"].([]any) {
			ids = append(ids, u.(map[string]any)["id"])
		}
	}
	if !slices.Equal(ids, []any{one.ID}) {
		t.Errorf("the shards have %v together", ids)
	}
	deaf, _ := open(t, s, b, 0)
	b.Say(one, discordtest.User{}, "hello?")
	deaf.send(1, nil)
	if e, code := deaf.next(); e.Op != 11 || code != 0 {
		t.Errorf("without intents: op %d %s, closed %d", e.Op, e.T, code)
	}
}

func TestFreezeHoldsEventsBack(t *testing.T) {
	s := discordtest.New(t, discordtest.Options{})
	b := s.AddApp(discordtest.App{})
	guild := b.AddGuild("Harbour", 1)
	g, _ := open(t, s, b, everyday)
	g.want(0, "GUILD_CREATE")
	b.Freeze(true)
	b.Say(guild, discordtest.User{}, "lost")
	g.send(1, nil)
	if e, code := g.next(); e.Op != 11 || code != 0 {
		t.Errorf("op %d %s, closed %d", e.Op, e.T, code)
	}
}

func TestMembersOnRequest(t *testing.T) {
	s := discordtest.New(t, discordtest.Options{})
	b := s.AddApp(discordtest.App{Intents: discordtest.Privileged})
	guild := b.AddGuild("Harbour", 1)
	b.Say(guild, discordtest.User{Name: "ada"}, "hi")
	g, _ := open(t, s, b, everyday|discordtest.IntentMembers)
	g.send(8, map[string]any{"guild_id": guild.ID, "query": "", "limit": 0, "nonce": "n"})
	if got := g.want(0, "GUILD_MEMBERS_CHUNK"); len(got.D["members"].([]any)) != 2 || got.D["nonce"] != "n" {
		t.Errorf("%v", got.D)
	}
}

func TestSlashCommand(t *testing.T) {
	s := discordtest.New(t, discordtest.Options{})
	b := s.AddApp(discordtest.App{})
	guild := b.AddGuild("Harbour", 1)
	g, _ := open(t, s, b, everyday)
	status, _, _ := rest(t, s, b.Token(), "PUT", "/applications/"+b.ID+"/commands", `[{"name":"echo","description":"Say it again"},{"name":"slow","description":"Takes its time"}]`)
	if status != 200 || !slices.Equal(b.Commands(), []string{"echo", "slow"}) {
		t.Fatalf("%d %v", status, b.Commands())
	}
	answers := make(chan discordtest.Message, 1)
	ask := func(name string) {
		go func() {
			m, err := b.Slash(t.Context(), guild, discordtest.User{}, name, map[string]string{"text": "ahoy"})
			if err != nil {
				m.Content = err.Error()
			}
			answers <- m
		}()
	}
	ask("echo")
	e := g.want(0, "INTERACTION_CREATE")
	data := e.D["data"].(map[string]any)
	said := data["options"].([]any)[0].(map[string]any)["value"].(string)
	callback := "/interactions/" + e.D["id"].(string) + "/" + e.D["token"].(string) + "/callback"
	if status, _, _ := rest(t, s, "", "POST", callback, `{"type":4,"data":{"content":"`+said+`","flags":64}}`); status != 204 {
		t.Errorf("%d", status)
	}
	if m := <-answers; m.Content != "ahoy" || !m.Ephemeral {
		t.Errorf("%+v", m)
	}
	if status, _, body := rest(t, s, "", "POST", callback, `{"type":5}`); status != 400 || body["code"] != 40060.0 {
		t.Errorf("twice: %d %v", status, body)
	}
	ask("slow")
	e = g.want(0, "INTERACTION_CREATE")
	callback = "/interactions/" + e.D["id"].(string) + "/" + e.D["token"].(string) + "/callback?with_response=true"
	if status, _, body := rest(t, s, "", "POST", callback, `{"type":5}`); status != 200 || body["interaction"] == nil {
		t.Errorf("%d %v", status, body)
	}
	rest(t, s, "", "PATCH", "/webhooks/"+b.ID+"/"+e.D["token"].(string)+"/messages/@original", `{"content":"at last"}`)
	if m := <-answers; m.Content != "at last" {
		t.Errorf("%+v", m)
	}
}

func TestAskAndCopy(t *testing.T) {
	s := discordtest.New(t, discordtest.Options{})
	b := s.AddApp(discordtest.App{})
	guild := b.AddGuild("Harbour", 1)
	g, _ := open(t, s, b, everyday)
	go func() {
		for e, code := g.next(); code == 0; e, code = g.next() {
			if e.T == "MESSAGE_CREATE" && e.D["author"].(map[string]any)["bot"] != true {
				_, _, _, _ = try(t.Context(), s.URL()+"/v10/channels/"+guild.Channel+"/messages", b.Token(), "POST", `{"content":"pong"}`)
			}
		}
	}()
	if m, err := b.Ask(t.Context(), guild, discordtest.User{}, "!ping"); err != nil || m.Content != "pong" {
		t.Errorf("%+v %v", m, err)
	}
	ready, stop := b.RunCopy()
	<-ready
	if b.Connected() != 2 || b.Starts() != 998 {
		t.Errorf("%d connected, %d starts left", b.Connected(), b.Starts())
	}
	stop()
	waitFor(t, s, "the copy's end", func() bool { return b.Connected() == 1 })
}

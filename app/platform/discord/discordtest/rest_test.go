package discordtest_test

import (
	"bytes"
	"image/color"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/botswain/botswain/app/platform/discord/discordtest"
	"github.com/botswain/botswain/app/platform/platformtest"
)

func TestIdentity(t *testing.T) {
	s := discordtest.New(t, discordtest.Options{})
	installs := 12
	png := platformtest.PNG(8, color.Black)
	b := s.AddApp(discordtest.App{Name: "Quiz Night", Avatar: png, Intents: discordtest.IntentContent | discordtest.IntentMembers, Installs: &installs})
	b.AddGuild("Harbour", 41)
	status, _, me := rest(t, s, b.Token(), "GET", "/users/@me", "")
	if status != 200 || me["id"] != b.ID || me["username"] != "Quiz Night" || me["bot"] != true {
		t.Errorf("%d %v", status, me)
	}
	resp, err := http.Get(s.CDN() + "/avatars/" + b.ID + "/" + me["avatar"].(string) + ".png")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var got bytes.Buffer
	if _, err := got.ReadFrom(resp.Body); err != nil || !bytes.Equal(got.Bytes(), png) {
		t.Errorf("avatar: %d bytes, %v", got.Len(), err)
	}
	for _, path := range []string{"/applications/@me", "/oauth2/applications/@me"} {
		_, _, app := rest(t, s, b.Token(), "GET", path, "")
		if app["approximate_guild_count"] != 1.0 || app["approximate_user_install_count"] != 12.0 || app["flags"] != float64(1<<15|1<<19) {
			t.Errorf("%s: %v", path, app)
		}
	}
	_, _, gw := rest(t, s, b.Token(), "GET", "/gateway/bot", "")
	limit := gw["session_start_limit"].(map[string]any)
	if !strings.HasPrefix(gw["url"].(string), "ws://127.0.0.1:") || gw["shards"] != 1.0 || limit["total"] != 1000.0 ||
		limit["remaining"] != 1000.0 || limit["max_concurrency"] != 1.0 || limit["reset_after"].(float64) < 8e7 {
		t.Errorf("%v", gw)
	}
}

func TestRefusals(t *testing.T) {
	s := discordtest.New(t, discordtest.Options{})
	b := s.AddApp(discordtest.App{})
	g := b.AddGuild("Harbour", 3)
	for _, c := range []struct {
		token, call, body string
		status, code      int
	}{
		{"", "GET /users/@me", "", 401, 0},
		{"nonsense", "GET /gateway/bot", "", 401, 0},
		{b.Token(), "GET /nonsense", "", 404, 0},
		{b.Token(), "GET /guilds/1", "", 404, 10004},
		{b.Token(), "GET /channels/1", "", 404, 10003},
		{b.Token(), "GET /guilds/" + g.ID + "/members/1", "", 404, 10007},
		{b.Token(), "POST /channels/" + g.Channel + "/messages", `{"content":""}`, 400, 50006},
		{b.Token(), "POST /channels/" + g.Channel + "/messages", `{"content":"` + strings.Repeat("x", 2001) + `"}`, 400, 50035},
		{b.Token(), "POST /channels/" + g.Channel + "/messages", `{`, 400, 50109},
		{b.Token(), "PUT /applications/1/commands", `[]`, 403, 20012},
		{b.Token(), "PUT /applications/" + b.ID + "/commands", `[{"name":"Not a name!"}]`, 400, 50035},
		{"", "POST /interactions/1/none/callback", `{"type":5}`, 404, 10062},
	} {
		method, path, _ := strings.Cut(c.call, " ")
		status, _, body := rest(t, s, c.token, method, path, c.body)
		if status != c.status || body["code"] != float64(c.code) || body["message"] == "" {
			t.Errorf("%s: %d %v", c.call, status, body)
		}
	}
	if status, _, text, err := try(t.Context(), s.URL()+"/v3/gateway", "", "GET", ""); status != 400 || err != nil {
		t.Errorf("version 3: %d %s %v", status, text, err)
	}
	if got := s.Unknown(); len(got) != 1 || got[0] != "GET /nonsense" {
		t.Errorf("unknown: %v", got)
	}
	b.Revoke()
	if status, _, body := rest(t, s, b.Token(), "GET", "/users/@me", ""); status != 401 || body["message"] != "401: Unauthorized" {
		t.Errorf("revoked: %d %v", status, body)
	}
}

func TestGuildsAndMessages(t *testing.T) {
	s := discordtest.New(t, discordtest.Options{})
	b := s.AddApp(discordtest.App{})
	g := b.AddGuild("Harbour", 41)
	if _, _, got := rest(t, s, b.Token(), "GET", "/guilds/"+g.ID+"?with_counts=true", ""); got["approximate_member_count"] != 42.0 {
		t.Errorf("%v", got)
	}
	_, h, m := rest(t, s, b.Token(), "POST", "/channels/"+g.Channel+"/messages", `{"content":"ahoy","nonce":"7"}`)
	if m["content"] != "ahoy" || m["nonce"] != "7" || h.Get("X-RateLimit-Remaining") == "" {
		t.Errorf("%v %v", m, h)
	}
	id := m["id"].(string)
	if _, _, m := rest(t, s, b.Token(), "PATCH", "/channels/"+g.Channel+"/messages/"+id, `{"content":"ahoy!"}`); m["content"] != "ahoy!" {
		t.Errorf("%v", m)
	}
	_, _, dm := rest(t, s, b.Token(), "POST", "/users/@me/channels", `{"recipient_id":"77"}`)
	if status, _, m := rest(t, s, b.Token(), "POST", "/channels/"+dm["id"].(string)+"/messages", `{"content":"psst"}`); status != 200 {
		t.Errorf("%d %v", status, m)
	}
	if sent := b.Sent(); len(sent) != 2 || sent[0].Content != "ahoy!" || sent[1].Content != "psst" {
		t.Errorf("%+v", sent)
	}
}

func TestFaults(t *testing.T) {
	s := discordtest.New(t, discordtest.Options{})
	b := s.AddApp(discordtest.App{})
	s.Faults.Break("GET /gateway/bot", platformtest.Limited(1500*time.Millisecond).Times(1))
	status, h, body := rest(t, s, b.Token(), "GET", "/gateway/bot", "")
	if status != 429 || body["retry_after"] != 1.5 || body["global"] != false || h.Get("Retry-After") != "2" || h.Get("X-RateLimit-Scope") != "user" {
		t.Errorf("%d %v %v", status, body, h)
	}
	if status, _, _ := rest(t, s, b.Token(), "GET", "/gateway/bot", ""); status != 200 {
		t.Errorf("after one time: %d", status)
	}
	s.Faults.Break("", platformtest.Status(503))
	if status, _, body := rest(t, s, b.Token(), "GET", "/users/@me", ""); status != 503 || body["message"] != "503: Service Unavailable" {
		t.Errorf("%d %v", status, body)
	}
	s.Faults.Break("", platformtest.Close())
	if _, _, _, err := try(t.Context(), s.URL()+"/users/@me", b.Token(), "GET", ""); err == nil {
		t.Error("answered over a closed connection")
	}
	s.Faults.Mend()
	if status, _, _ := rest(t, s, b.Token(), "GET", "/users/@me", ""); status != 200 {
		t.Errorf("mended: %d", status)
	}
	if n := s.Requests("GET /gateway/bot"); n != 2 {
		t.Errorf("%d requests", n)
	}
}

package discord

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/botswain/botswain/app/platform"
)

const token = "MTAwMDAwMDAwMDAwMDAwMDAx.GfakeX.notARealTokenOfAnybody_-1234567890"

// api is a Discord that answers each path as a test says.
type api struct {
	*httptest.Server
	paths map[string]http.HandlerFunc
	mu    sync.Mutex
	asked []string
}

// took gives what was asked since the last call.
func (a *api) took() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := a.asked
	a.asked = nil
	return list
}

func (a *api) note(path string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, path)
}

func newAPI(t *testing.T) (*api, *Client) {
	a := &api{paths: map[string]http.HandlerFunc{}}
	agent := regexp.MustCompile(`^DiscordBot \(https://\S+, \S+\)$`)
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.note(r.URL.Path)
		if !agent.MatchString(r.UserAgent()) {
			t.Errorf("User-Agent %q", r.UserAgent())
		}
		want := "Bot " + token
		if strings.HasPrefix(r.URL.Path, "/cdn/avatars/") {
			want = ""
		}
		if got := r.Header.Get("Authorization"); got != want {
			t.Errorf("%s: Authorization %q", r.URL.Path, got)
		}
		if h := a.paths[r.URL.Path]; h != nil {
			h(w, r)
			return
		}
		answer(404, `{"message":"404: Not Found","code":0}`)(w, r)
	}))
	t.Cleanup(a.Close)
	a.paths["/api/v10/users/@me"] = answer(200, `{"id":"100000000000000001","username":"modsquad","discriminator":"0","global_name":"Mod Squad","avatar":"abc123","bot":true}`)
	a.paths["/api/v10/applications/@me"] = answer(200, `{"id":"100000000000000001","name":"Mod Squad","flags":565248,"approximate_guild_count":212,"approximate_user_install_count":9}`)
	a.paths["/api/v10/gateway/bot"] = answer(200, `{"url":"wss://gateway.discord.gg","shards":2,"session_start_limit":{"total":1000,"remaining":987,"reset_after":3600000,"max_concurrency":1}}`)
	c := platform.NewHTTPClient()
	t.Cleanup(c.CloseIdleConnections)
	return a, New(a.URL+"/api", "1.2.3", c)
}

func answer(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

func TestLook(t *testing.T) {
	_, c := newAPI(t)
	before := time.Now()
	f, err := c.Look(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	if f.Identity != (platform.Identity{ID: "100000000000000001", Name: "Mod Squad", Username: "modsquad", Picture: "abc123"}) {
		t.Errorf("%+v", f.Identity)
	}
	d := f.Discord
	if *d.Guilds != 212 || *d.Installs != 9 || d.ApplicationID != "100000000000000001" {
		t.Errorf("%+v", d)
	}
	// 565248 is GATEWAY_PRESENCE_LIMITED, GATEWAY_GUILD_MEMBERS_LIMITED and GATEWAY_MESSAGE_CONTENT_LIMITED.
	if *d.Intents != (platform.Intents{Presence: true, Members: true, MessageContent: true}) {
		t.Errorf("%+v", d.Intents)
	}
	l := d.Gateway.Limit
	if d.Gateway.Shards != 2 || l.Total != 1000 || l.Remaining != 987 || l.MaxConcurrency != 1 || l.ResetsAt.Before(before.Add(time.Hour)) || l.ResetsAt.After(time.Now().Add(time.Hour)) {
		t.Errorf("%+v", d.Gateway)
	}
}

func TestIntentsAndWhatIsAbsent(t *testing.T) {
	a, c := newAPI(t)
	for flags, want := range map[int]platform.Intents{
		0: {}, 1 << 12: {Presence: true}, 1 << 14: {Members: true}, 1 << 18: {MessageContent: true}, 1 << 19: {MessageContent: true}, 1 << 23: {},
	} {
		a.paths["/api/v10/applications/@me"] = answer(200, fmt.Sprintf(`{"id":"1","flags":%d}`, flags))
		f, err := c.Look(t.Context(), token)
		if err != nil || *f.Discord.Intents != want || f.Discord.Guilds != nil || f.Discord.Installs != nil {
			t.Errorf("flags %d: %+v, %v", flags, f, err)
		}
	}
	a.paths["/api/v10/applications/@me"] = answer(200, `{"id":"1"}`)
	a.paths["/api/v10/gateway/bot"] = answer(200, `{"url":"wss://x","shards":1}`)
	f, err := c.Look(t.Context(), token)
	if err != nil || f.Discord.Intents != nil || f.Discord.Gateway != nil {
		t.Errorf("what isn't said isn't made up: %+v, %v", f.Discord, err)
	}
}

func TestFailures(t *testing.T) {
	for name, x := range map[string]struct {
		does http.HandlerFunc
		kind platform.Kind
		wait time.Duration
	}{
		"refused":            {answer(401, `{"message":"401: Unauthorized","code":0}`), platform.Refused, 0},
		"trouble":            {answer(500, `{"message":"500: Internal Server Error","code":0}`), platform.Unreachable, 0},
		"away":               {answer(503, `upstream connect error`), platform.Unreachable, 0},
		"banned":             {answer(403, `error code: 1015`), platform.Unreachable, 0},
		"no JSON":            {answer(200, `<html>`), platform.Unreachable, 0},
		"limited":            {answer(429, `{"message":"You are being rate limited.","retry_after":64.57,"global":false}`, "Retry-After", "65"), platform.Limited, 64570 * time.Millisecond},
		"limited everywhere": {answer(429, `{"message":"You are being rate limited.","retry_after":1.5,"global":true}`), platform.Limited, 1500 * time.Millisecond},
		"Cloudflare's limit": {answer(429, `error code: 1015`, "Retry-After", "600"), platform.Limited, 10 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			a, c := newAPI(t)
			a.paths["/api/v10/users/@me"] = x.does
			before := time.Now()
			facts, err := c.Look(t.Context(), token)
			var f *platform.Failure
			if !errors.As(err, &f) || f.Kind != x.kind || facts != nil || len(a.took()) != 1 {
				t.Fatalf("%v, %+v", err, facts)
			}
			if x.wait > 0 && (f.Until.Before(before.Add(x.wait)) || f.Until.After(time.Now().Add(x.wait))) {
				t.Errorf("until %v, not %v from now", f.Until, x.wait)
			}
			if text := fmt.Sprintf("%v %#v", err, err); strings.Contains(text, token) {
				t.Errorf("the token is in an error: %s", text)
			}
		})
	}
}

func TestALimitEndsTheRound(t *testing.T) {
	a, c := newAPI(t)
	a.paths["/api/v10/applications/@me"] = answer(429, `{"retry_after":5}`)
	f, err := c.Look(t.Context(), token)
	if platform.AsFailure(err).Kind != platform.Limited || f.Identity.Name != "Mod Squad" || f.Missing["application"] == "" || f.Missing["gateway"] == "" || len(a.took()) != 2 {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestWhatIsNoTokenIsNotSent(t *testing.T) {
	a, c := newAPI(t)
	for _, bad := range []string{"", "Bot " + token, token + "\r\nX: y", "tökén"} {
		if _, err := c.Look(t.Context(), bad); platform.AsFailure(err) == nil || platform.AsFailure(err).Kind != platform.Refused {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if asked := a.took(); len(asked) != 0 {
		t.Errorf("sent: %v", asked)
	}
}

func TestPicture(t *testing.T) {
	a, c := newAPI(t)
	a.paths["/cdn/avatars/100000000000000001/abc123.png"] = answer(200, "pixels")
	who := platform.Identity{ID: "100000000000000001", Picture: "abc123"}
	none := func(string) bool { return false }
	if p, err := c.Picture(t.Context(), token, who, none); err != nil || p.Ref != "abc123" || string(p.Data) != "pixels" {
		t.Errorf("%+v, %v", p, err)
	}
	a.took()
	if p, err := c.Picture(t.Context(), token, who, func(ref string) bool { return ref == "abc123" }); err != nil || p.Data != nil || p.Ref != "abc123" {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err := c.Picture(t.Context(), token, platform.Identity{ID: "1"}, none); err != nil || p.Ref != "" || len(a.took()) != 0 {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := c.Picture(t.Context(), token, platform.Identity{ID: "1", Picture: "gone"}, none); err == nil {
		t.Error("a picture that isn't there is taken")
	}
}

func TestTheCDN(t *testing.T) {
	for base, want := range map[string]string{
		"https://discord.com/api": "https://cdn.discordapp.com", "https://canary.discord.com/api": "https://cdn.discordapp.com",
		"http://127.0.0.1:4000/api": "http://127.0.0.1:4000/cdn", "https://proxy.example.org": "https://proxy.example.org/cdn", "https://notdiscord.com/api": "https://notdiscord.com/cdn",
	} {
		if got := cdnOf(base); got != want {
			t.Errorf("%s: %s, want %s", base, got, want)
		}
	}
}

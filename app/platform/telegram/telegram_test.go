package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/botswain/botswain/app/platform"
)

const token = "123456789:AAfakeTokenOfNobody_-x"

// api is a Bot API server that answers each method as a test says.
type api struct {
	*httptest.Server
	methods map[string]http.HandlerFunc

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
	a := &api{methods: map[string]http.HandlerFunc{}}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rest, ok := strings.CutPrefix(r.URL.Path, "/bot"+token+"/")
		if !ok {
			rest, ok = strings.CutPrefix(r.URL.Path, "/file/bot"+token+"/")
			rest = "file:" + rest
		}
		a.note(rest)
		if h := a.methods[rest]; ok && h != nil {
			h(w, r)
			return
		}
		fail(http.StatusNotFound, "Not Found", nil)(w, r)
	}))
	t.Cleanup(a.Close)
	a.methods["getMe"] = result(`{"id":42,"is_bot":true,"first_name":"Order\u202eTracker","username":"order_bot","can_join_groups":true,"can_read_all_group_messages":false,"supports_inline_queries":true}`)
	a.methods["getWebhookInfo"] = result(`{"url":"","has_custom_certificate":false,"pending_update_count":0}`)
	c := platform.NewHTTPClient()
	t.Cleanup(c.CloseIdleConnections)
	return a, New(a.URL+"/", c)
}

func result(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"ok":true,"result":%s}`, text)
	}
}

func fail(status int, words string, parameters map[string]any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]any{"ok": false, "error_code": status, "description": words, "parameters": parameters})
	}
}

func TestLook(t *testing.T) {
	a, c := newAPI(t)
	a.methods["getWebhookInfo"] = result(`{"url":"https://hooks.example.org:8443/secret/` + token + `","pending_update_count":214,"last_error_date":1764153000,
		"last_error_message":"Wrong response from https://hooks.example.org:8443/secret/` + token + `: 502 Bad Gateway"}`)
	f, err := c.Look(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	if f.Identity != (platform.Identity{ID: "42", Name: "OrderTracker", Username: "order_bot"}) {
		t.Errorf("%+v", f.Identity)
	}
	if g := f.Telegram; !g.CanJoinGroups || g.ReadsAllMessages || !g.Inline {
		t.Errorf("%+v", g)
	}
	w := f.Telegram.Webhook
	if w.Host != "hooks.example.org:8443" || w.Pending != 214 || !w.LastAt.Equal(time.Unix(1764153000, 0)) || w.LastError != "Wrong response from hooks.example.org:8443: 502 Bad Gateway" {
		t.Errorf("%+v", w)
	}
	text, _ := json.Marshal(f)
	if strings.Contains(string(text), token) || strings.Contains(string(text), "/secret") {
		t.Errorf("facts hold a secret: %s", text)
	}
}

func TestFailures(t *testing.T) {
	html := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			fmt.Fprint(w, "<html>no such page</html>")
		}
	}
	header := func(value string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", value)
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}
	hijack := func(w http.ResponseWriter, _ *http.Request) {
		conn, _, _ := w.(http.Hijacker).Hijack()
		_ = conn.Close()
	}
	for name, x := range map[string]struct {
		does http.HandlerFunc
		kind platform.Kind
		wait time.Duration
	}{
		"revoked":           {fail(401, "Unauthorized", nil), platform.Refused, 0},
		"unknown":           {fail(404, "Not Found", nil), platform.Refused, 0},
		"no Bot API at all": {html(404), platform.Unreachable, 0},
		"a login page":      {html(401), platform.Unreachable, 0},
		"trouble":           {fail(500, "Internal Server Error", nil), platform.Unreachable, 0},
		"bad gateway":       {html(502), platform.Unreachable, 0},
		"something else":    {fail(400, "Bad Request: token "+token+" is odd", nil), platform.Unreachable, 0},
		"breaks off":        {hijack, platform.Unreachable, 0},
		"half an answer":    {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"ok":true,"res`) }, platform.Unreachable, 0},
		"no result":         {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"ok":true}`) }, platform.Unreachable, 0},
		"endless":           {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, platform.MaxBody+2)) }, platform.Unreachable, 0},
		"elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/bot"+token+"/other", http.StatusFound)
		}, platform.Unreachable, 0},
		"flood":                     {fail(429, "Too Many Requests: retry after 37", map[string]any{"retry_after": 37}), platform.Limited, 37 * time.Second},
		"limited by the header":     {header("12"), platform.Limited, 12 * time.Second},
		"limited for ever":          {header("99999999999"), platform.Limited, time.Hour},
		"limited without a time":    {html(429), platform.Limited, 30 * time.Second},
		"limited with a bad header": {header("soon"), platform.Limited, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			a, c := newAPI(t)
			a.methods["getMe"] = x.does
			before := time.Now()
			facts, err := c.Look(t.Context(), token)
			var f *platform.Failure
			if !errors.As(err, &f) || f.Kind != x.kind || facts != nil {
				t.Fatalf("%v, %+v", err, facts)
			}
			if x.kind == platform.Limited && (f.Until.Before(before.Add(x.wait)) || f.Until.After(time.Now().Add(x.wait))) {
				t.Errorf("until %v, not %v from now", f.Until, x.wait)
			}
			checkClean(t, err)
			if asked := a.took(); len(asked) != 1 {
				t.Errorf("requests: %v", asked)
			}
		})
	}
}

// checkClean looks for the token in all that an error can be printed as.
func checkClean(t *testing.T, err error) {
	t.Helper()
	for ; err != nil; err = errors.Unwrap(err) {
		if text := fmt.Sprintf("%v %+v %#v %q", err, err, err, err); strings.Contains(text, token) || strings.Contains(text, "AAfake") {
			t.Errorf("the token is in an error: %s", text)
		}
	}
}

func TestUnreachable(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	stuck := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-stuck:
		}
	}))
	t.Cleanup(func() { close(stuck); slow.Close() })
	for name, x := range map[string]struct {
		base, words string
	}{
		"refused": {closed.URL, "No connection"},
		"no name": {"http://no-such-host.invalid", "looked up"},
		"slow":    {slow.URL, "in time"},
		"no url":  {"http://[::1", "address of Telegram"},
	} {
		t.Run(name, func(t *testing.T) {
			h := platform.NewHTTPClient()
			t.Cleanup(h.CloseIdleConnections)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			if name == "slow" {
				ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
			}
			defer cancel()
			_, err := New(x.base, h).Look(ctx, token)
			f := platform.AsFailure(err)
			if f == nil || f.Kind != platform.Unreachable || !strings.Contains(f.Message, x.words) {
				t.Errorf("%v", err)
			}
			checkClean(t, err)
		})
	}
}

func TestWhatIsNoTokenIsNotSent(t *testing.T) {
	a, c := newAPI(t)
	for _, bad := range []string{"", "hello", "123:", "1 2:3", token + "\n", "123:../../x", "123:a?b", "MTk4.Cl2FMQ.ZnCjm1"} {
		_, err := c.Look(t.Context(), bad)
		f := platform.AsFailure(err)
		if f == nil || f.Kind != platform.Refused {
			t.Errorf("%q: %v", bad, err)
		}
		if len(bad) > 5 && strings.Contains(fmt.Sprint(err), bad) {
			t.Errorf("quoted: %v", err)
		}
	}
	if asked := a.took(); len(asked) != 0 {
		t.Errorf("sent: %v", asked)
	}
}

func TestThePartThatIsMissingIsNamed(t *testing.T) {
	a, c := newAPI(t)
	a.methods["getWebhookInfo"] = fail(429, "Too Many Requests", map[string]any{"retry_after": 3})
	f, err := c.Look(t.Context(), token)
	if f == nil || f.Identity.Name == "" || f.Telegram.Webhook != nil || f.Missing["webhook"] == "" || platform.AsFailure(err).Kind != platform.Limited {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestPicture(t *testing.T) {
	a, c := newAPI(t)
	who := platform.Identity{ID: "42"}
	none := func(string) bool { return false }
	a.methods["getUserProfilePhotos"] = result(`{"total_count":0,"photos":[]}`)
	if p, err := c.Picture(t.Context(), token, who, none); err != nil || p.Ref != "" || p.Data != nil {
		t.Errorf("%+v, %v", p, err)
	}
	a.methods["getUserProfilePhotos"] = result(`{"total_count":1,"photos":[[
		{"file_id":"big","file_unique_id":"ubig","width":640,"height":640},{"file_id":"small","file_unique_id":"usmall","width":160,"height":160},{"file_id":"tiny","file_unique_id":"utiny","width":80,"height":80}]]}`)
	a.methods["getFile"] = func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("file_id") != "small" {
			t.Errorf("file %s", r.URL.RawQuery)
		}
		result(`{"file_id":"small","file_path":"photos/file 1.jpg"}`)(w, r)
	}
	a.methods["file:photos/file 1.jpg"] = func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "pixels") }
	p, err := c.Picture(t.Context(), token, who, none)
	if err != nil || p.Ref != "usmall" || string(p.Data) != "pixels" {
		t.Errorf("%+v, %v", p, err)
	}
	a.took()
	if p, err = c.Picture(t.Context(), token, who, func(ref string) bool { return ref == "usmall" }); err != nil || p.Ref != "usmall" || p.Data != nil || len(a.took()) != 1 {
		t.Errorf("%+v, %v", p, err)
	}
	a.methods["file:photos/file 1.jpg"] = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, platform.MaxPicture+1)) }
	if p, err = c.Picture(t.Context(), token, who, none); err == nil || p.Data != nil {
		t.Error("a giant is taken")
	}
	checkClean(t, err)
	for _, path := range []string{"", "/srv/bot/file.jpg", "../getMe", "photos/../../x"} {
		a.methods["getFile"] = result(fmt.Sprintf(`{"file_path":%q}`, path))
		a.took()
		if _, err = c.Picture(t.Context(), token, who, none); err == nil || len(a.took()) != 2 {
			t.Errorf("%q: %v", path, err)
		}
		checkClean(t, err)
	}
}

package discordtest_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/botswain/botswain/app/platform/discord/discordtest"
)

// rest makes one call with a bot's token, or none.
func rest(t *testing.T, s *discordtest.Server, token, method, path, body string) (int, http.Header, map[string]any) {
	t.Helper()
	status, header, text, err := try(t.Context(), s.URL()+"/v10"+path, token, method, body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	var out map[string]any
	_ = json.Unmarshal(text, &out) // lists and nothing are no objects
	return status, header, out
}

func try(ctx context.Context, url, token, method, body string) (int, http.Header, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0, nil, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bot "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header, text, err
}

// gateway is a client of the gateway that a test plays by hand.
type gateway struct {
	t    *testing.T
	ws   *websocket.Conn
	last int       // the newest seq
	z    io.Reader // of a zlib stream
	zin  *bytes.Buffer
}

type event struct {
	Op  int             `json:"op"`
	D   map[string]any  `json:"-"`
	Raw json.RawMessage `json:"d"`
	Seq *int            `json:"s"`
	T   string          `json:"t"`
	bin bool            // it came compressed
}

func dial(t *testing.T, s *discordtest.Server, query string) *gateway {
	t.Helper()
	_, _, answer := rest(t, s, "", "GET", "/gateway", "")
	ws, _, err := websocket.Dial(t.Context(), answer["url"].(string)+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.CloseNow() })
	ws.SetReadLimit(1 << 20)
	g := &gateway{t: t, ws: ws}
	if strings.Contains(query, "zlib-stream") {
		g.zin = &bytes.Buffer{}
	}
	return g
}

func (g *gateway) send(op int, d any) {
	g.t.Helper()
	text, err := json.Marshal(map[string]any{"op": op, "d": d})
	if err == nil {
		err = g.ws.Write(g.t.Context(), websocket.MessageText, text)
	}
	if err != nil {
		g.t.Fatal(err)
	}
}

// next is the next payload, or the close code.
func (g *gateway) next() (event, websocket.StatusCode) {
	g.t.Helper()
	kind, data, err := g.ws.Read(g.t.Context())
	if err != nil {
		return event{}, websocket.CloseStatus(err) // -1: cut without a word
	}
	e := event{bin: kind == websocket.MessageBinary}
	var in io.Reader = bytes.NewReader(data)
	switch {
	case g.zin != nil:
		if !bytes.HasSuffix(data, []byte{0, 0, 0xff, 0xff}) {
			g.t.Fatalf("a message of the stream without its end: % x", data[max(len(data)-8, 0):])
		}
		g.zin.Write(data)
		if g.z == nil {
			if g.z, err = zlib.NewReader(g.zin); err != nil {
				g.t.Fatal(err)
			}
		}
		in = g.z
	case e.bin:
		if in, err = zlib.NewReader(in); err != nil {
			g.t.Fatal(err)
		}
	}
	if err := json.NewDecoder(in).Decode(&e); err != nil {
		g.t.Fatal(err)
	}
	_ = json.Unmarshal(e.Raw, &e.D) // not all are objects
	if e.Seq != nil {
		g.last = *e.Seq
	}
	return e, 0
}

// want reads on to a payload with an opcode and, for events, a name.
func (g *gateway) want(op int, name string) event {
	g.t.Helper()
	for {
		e, code := g.next()
		if code != 0 {
			g.t.Fatalf("closed with %d instead of op %d %s", code, op, name)
		}
		if e.Op == op && e.T == name {
			return e
		}
	}
}

// wantClose reads on to the close.
func (g *gateway) wantClose(code websocket.StatusCode) {
	g.t.Helper()
	for {
		if _, got := g.next(); got == code {
			return
		} else if got != 0 {
			g.t.Fatalf("closed with %d, not %d", got, code)
		}
	}
}

func identify(token string, intents discordtest.Intents) map[string]any {
	return map[string]any{"token": token, "intents": intents, "properties": map[string]string{"os": "linux"}}
}

// open dials, identifies and reads READY.
func open(t *testing.T, s *discordtest.Server, b *discordtest.Bot, intents discordtest.Intents) (*gateway, event) {
	t.Helper()
	g := dial(t, s, "?v=10&encoding=json")
	g.want(10, "")
	g.send(2, identify(b.Token(), intents))
	return g, g.want(0, "READY")
}

const everyday = discordtest.IntentGuilds | discordtest.IntentGuildMessages | discordtest.IntentDirectMessages

func waitFor(t *testing.T, s *discordtest.Server, what string, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.Wait(ctx, what, done); err != nil {
		t.Fatal(err)
	}
}

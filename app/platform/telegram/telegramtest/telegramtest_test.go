package telegramtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image/color"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/botswain/botswain/app/platform/platformtest"
	"github.com/botswain/botswain/app/platform/telegram/telegramtest"
)

// answer is what the Bot API says to anything.
type answer struct {
	Status      int             `json:"-"`
	OK          bool            `json:"ok"`
	Result      json.RawMessage `json:"result"`
	Code        int             `json:"error_code"`
	Description string          `json:"description"`
	Parameters  struct {
		RetryAfter int `json:"retry_after"`
	} `json:"parameters"`
}

func call(t *testing.T, s *telegramtest.Server, token, method string, args ...string) (answer, error) {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(args); i += 2 {
		form.Set(args[i], args[i+1])
	}
	return post(t.Context(), s.URL()+"/bot"+token+"/"+method, "application/x-www-form-urlencoded", form.Encode())
}

func post(ctx context.Context, url, kind, body string) (a answer, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return a, err
	}
	req.Header.Set("Content-Type", kind)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return a, err
	}
	defer func() { _ = resp.Body.Close() }()
	err = json.NewDecoder(resp.Body).Decode(&a)
	a.Status = resp.StatusCode
	return a, err
}

func must(t *testing.T, s *telegramtest.Server, token, method string, args ...string) answer {
	t.Helper()
	a, err := call(t, s, token, method, args...)
	if err != nil {
		t.Fatalf("%s: %v", method, err)
	}
	return a
}

// background starts a call and gives its answer.
func background(t *testing.T, s *telegramtest.Server, token, method string, args ...string) <-chan answer {
	t.Helper()
	got := make(chan answer, 1)
	go func() {
		a, err := call(t, s, token, method, args...)
		if err != nil {
			a.Description = err.Error()
		}
		got <- a
	}()
	return got
}

func waitPolls(t *testing.T, s *telegramtest.Server, b *telegramtest.Bot) {
	t.Helper()
	if err := s.Wait(t.Context(), "a poll", b.Polls); err != nil {
		t.Fatal(err)
	}
}

func TestIdentityAndTokens(t *testing.T) {
	s := telegramtest.New(t, telegramtest.Options{})
	b := s.AddBot(telegramtest.Profile{Token: "123456:AAtoken", Name: "Order Tracker", Username: "ordertrack_bot"})
	want := `{"can_connect_to_business":false,"can_join_groups":false,"can_read_all_group_messages":false,"first_name":"Order Tracker",` +
		`"has_main_web_app":false,"id":123456,"is_bot":true,"supports_inline_queries":false,"username":"ordertrack_bot"}`
	for _, method := range []string{"getMe", "GETME", "getme"} {
		if a := must(t, s, b.Token(), method); !a.OK || string(a.Result) != want {
			t.Errorf("%s: %+v %s", method, a, a.Result)
		}
	}
	for _, c := range []struct {
		token, method string
		code          int
		words         string
	}{
		{"123456:AAother", "getMe", 401, "Unauthorized"},
		{"nonsense", "getMe", 404, "Not Found"},
		{b.Token(), "getNonsense", 404, "Not Found: method not found"},
	} {
		a := must(t, s, c.token, c.method)
		if a.OK || a.Code != c.code || a.Status != c.code || a.Description != c.words {
			t.Errorf("%s %s: %+v", c.token, c.method, a)
		}
	}
	if got := s.Unknown(); len(got) != 1 || got[0] != "getnonsense" {
		t.Errorf("unknown: %v", got)
	}
	b.Revoke()
	if a := must(t, s, b.Token(), "getMe"); a.Code != 401 {
		t.Errorf("revoked: %+v", a)
	}
	b.Restore()
	if a := must(t, s, b.Token(), "getMe"); !a.OK {
		t.Errorf("restored: %+v", a)
	}
	if n := s.Requests("getMe"); n != 7 {
		t.Errorf("%d requests for getMe", n)
	}
}

func TestArgumentsInEveryForm(t *testing.T) {
	s := telegramtest.New(t, telegramtest.Options{})
	b := s.AddBot(telegramtest.Profile{})
	b.Say(telegramtest.User{ID: 7}, "hello")
	base := s.URL() + "/bot" + b.Token() + "/sendMessage"
	multipart := "--x\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n7\r\n--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nfour\r\n--x--\r\n"
	for _, c := range []struct{ url, kind, body string }{
		{base, "application/x-www-form-urlencoded", "chat_id=7&text=one"},
		{base + "?chat_id=7&text=two", "", ""},
		{base, "application/json; charset=utf-8", `{"chat_id":7,"text":"three"}`},
		{base, "multipart/form-data; boundary=x", multipart},
	} {
		if a, err := post(t.Context(), c.url, c.kind, c.body); err != nil || !a.OK {
			t.Errorf("%s: %+v %v", c.kind, a, err)
		}
	}
	empty, err := post(t.Context(), s.URL()+"/bot"+b.Token()+"/getMe", "multipart/form-data; boundary=x", "--x--\r\n")
	if err != nil || !empty.OK {
		t.Errorf("a form without parts: %+v %v", empty, err)
	}
	var texts []string
	for _, m := range b.Sent() {
		texts = append(texts, m.Text)
	}
	if got := strings.Join(texts, " "); got != "one two three four" {
		t.Errorf("sent %q", got)
	}
}

func TestSendMessageRefusals(t *testing.T) {
	s := telegramtest.New(t, telegramtest.Options{})
	b := s.AddBot(telegramtest.Profile{})
	b.Say(telegramtest.User{ID: 7}, "hello")
	b.Block(telegramtest.User{ID: 8})
	for _, c := range []struct {
		chat, text string
		code       int
		words      string
	}{
		{"7", "hi", 0, ""},
		{"9", "hi", 400, "Bad Request: chat not found"},
		{"", "hi", 400, "Bad Request: chat_id is empty"},
		{"7", " ", 400, "Bad Request: message text is empty"},
		{"7", strings.Repeat("é", 4097), 400, "Bad Request: message is too long"},
		{"8", "hi", 403, "Forbidden: bot was blocked by the user"},
	} {
		if a := must(t, s, b.Token(), "sendMessage", "chat_id", c.chat, "text", c.text); a.Code != c.code || a.Description != c.words {
			t.Errorf("chat %q: %+v", c.chat, a)
		}
	}
}

func TestUpdatesAreKeptUntilTheOffsetAcknowledgesThem(t *testing.T) {
	s := telegramtest.New(t, telegramtest.Options{RepeatPause: time.Nanosecond})
	b := s.AddBot(telegramtest.Profile{})
	b.AddPending(3)
	ids := func(args ...string) []int64 {
		t.Helper()
		var list []struct {
			ID int64 `json:"update_id"`
		}
		if err := json.Unmarshal(must(t, s, b.Token(), "getUpdates", args...).Result, &list); err != nil {
			t.Fatal(err)
		}
		out := []int64{}
		for _, u := range list {
			out = append(out, u.ID)
		}
		return out
	}
	all := ids("limit", "100")
	if len(all) != 3 || b.Pending() != 3 {
		t.Fatalf("%v, %d pending", all, b.Pending())
	}
	if again := ids(); len(again) != 1 || again[0] != all[0] {
		t.Errorf("the same offset again at once: %v; the real one gives one update then", again)
	}
	if rest := ids("offset", num(all[0]+1)); len(rest) != 2 || b.Pending() != 2 {
		t.Errorf("%v, %d pending", rest, b.Pending())
	}
	if newest := ids("offset", "-1"); len(newest) != 1 || newest[0] != all[2] || b.Pending() != 1 {
		t.Errorf("newest: %v, %d pending", newest, b.Pending())
	}
	if got := ids("offset", num(all[2]+1000)); len(got) != 1 {
		t.Errorf("an offset far ahead: %v", got)
	}
	if got := ids("offset", num(all[2]+1)); len(got) != 0 || b.Pending() != 0 {
		t.Errorf("%v, %d pending", got, b.Pending())
	}
}

func num(n int64) string { b, _ := json.Marshal(n); return string(b) }

func TestLongPollWakesForAMessage(t *testing.T) {
	s := telegramtest.New(t, telegramtest.Options{})
	b := s.AddBot(telegramtest.Profile{})
	got := background(t, s, b.Token(), "getUpdates", "timeout", "50")
	waitPolls(t, s, b)
	b.Say(telegramtest.User{FirstName: "Ada"}, "😀 /ping@x_bot now")
	a := <-got
	if !strings.Contains(string(a.Result), `"entities":[{"length":11,"offset":3,"type":"bot_command"}]`) {
		t.Errorf("%s", a.Result)
	}
	if b.Polls() {
		t.Error("still polls")
	}
}

func TestSecondPollerEndsTheFirst(t *testing.T) {
	s := telegramtest.New(t, telegramtest.Options{})
	b := s.AddBot(telegramtest.Profile{})
	first := background(t, s, b.Token(), "getUpdates", "timeout", "50")
	waitPolls(t, s, b)
	second := background(t, s, b.Token(), "getUpdates", "timeout", "50")
	a := <-first
	if a.Code != 409 || a.Description != "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running" {
		t.Errorf("the first: %+v", a)
	}
	waitPolls(t, s, b)
	b.Say(telegramtest.User{}, "hi")
	if a := <-second; !a.OK || len(a.Result) < 10 {
		t.Errorf("the second: %+v", a)
	}
}

func TestCopyElsewhereKeepsConflicting(t *testing.T) {
	s := telegramtest.New(t, telegramtest.Options{ConflictPause: time.Millisecond})
	b := s.AddBot(telegramtest.Profile{})
	stop := b.RunCopy()
	for range 3 {
		waitPolls(t, s, b)
		if a := must(t, s, b.Token(), "getUpdates", "timeout", "50"); a.Code != 409 {
			t.Fatalf("%+v", a)
		}
	}
	stop()
	got := background(t, s, b.Token(), "getUpdates", "timeout", "50")
	waitPolls(t, s, b)
	b.Say(telegramtest.User{}, "hi")
	if a := <-got; !a.OK {
		t.Errorf("after the copy ended: %+v", a)
	}
}

func TestWebhook(t *testing.T) {
	s := telegramtest.New(t, telegramtest.Options{ConflictPause: time.Millisecond})
	b := s.AddBot(telegramtest.Profile{})
	waiting := background(t, s, b.Token(), "getUpdates", "timeout", "50")
	waitPolls(t, s, b)
	b.SetWebhook("https://bots.example.org/hook")
	if a := <-waiting; a.Code != 409 || a.Description != "Conflict: terminated by setWebhook request" {
		t.Errorf("waiting poll: %+v", a)
	}
	a := must(t, s, b.Token(), "getUpdates", "timeout", "0")
	if a.Code != 409 || !strings.HasPrefix(a.Description, "Conflict: can't use getUpdates method while webhook is active") {
		t.Errorf("poll beside a webhook: %+v", a)
	}
	b.FailWebhook("Wrong response from the webhook: 502 Bad Gateway")
	b.AddPending(2)
	var info struct {
		URL     string `json:"url"`
		Pending int    `json:"pending_update_count"`
		At      int64  `json:"last_error_date"`
		Words   string `json:"last_error_message"`
		Most    int    `json:"max_connections"`
	}
	if err := json.Unmarshal(must(t, s, b.Token(), "getWebhookInfo").Result, &info); err != nil {
		t.Fatal(err)
	}
	if info.URL != b.Webhook() || info.Pending != 2 || info.At == 0 || info.Words == "" || info.Most != 40 {
		t.Errorf("%+v", info)
	}
	for _, want := range []string{"Webhook was deleted", "Webhook is already deleted"} {
		if a := must(t, s, b.Token(), "deleteWebhook", "drop_pending_updates", "true"); a.Description != want {
			t.Errorf("%+v, not %s", a, want)
		}
	}
	if b.Pending() != 0 || b.Webhook() != "" {
		t.Errorf("%d pending, webhook %q", b.Pending(), b.Webhook())
	}
	for url, want := range map[string]string{
		"http://plain.example.org": "Bad Request: bad webhook: An HTTPS URL must be provided for webhook",
		"https://bots.example.org": "Webhook was set",
	} {
		if a := must(t, s, b.Token(), "setWebhook", "url", url); a.Description != want {
			t.Errorf("%+v, not %s", a, want)
		}
	}
}

func TestCommandsByScope(t *testing.T) {
	s := telegramtest.New(t, telegramtest.Options{})
	b := s.AddBot(telegramtest.Profile{})
	list := `[{"command":"ping","description":"Pong"}]`
	if a := must(t, s, b.Token(), "setMyCommands", "commands", list); !a.OK {
		t.Fatalf("%+v", a)
	}
	if a := must(t, s, b.Token(), "getMyCommands", "scope", `{"type":"default"}`); string(a.Result) != list || string(b.Commands()) != list {
		t.Errorf("%s, %s", a.Result, b.Commands())
	}
	if a := must(t, s, b.Token(), "getMyCommands", "scope", `{"type":"all_group_chats"}`); string(a.Result) != "[]" {
		t.Errorf("another scope: %s", a.Result)
	}
	if a := must(t, s, b.Token(), "setMyCommands", "commands", `[{"command":"ping"}]`); a.Code != 400 {
		t.Errorf("without a description: %+v", a)
	}
	must(t, s, b.Token(), "deleteMyCommands")
	if b.Commands() != nil {
		t.Errorf("deleted: %s", b.Commands())
	}
}

func TestPhotoCanBeDownloaded(t *testing.T) {
	s := telegramtest.New(t, telegramtest.Options{})
	jpeg := platformtest.JPEG(160, color.RGBA{0, 120, 200, 255})
	b := s.AddBot(telegramtest.Profile{Photo: jpeg})
	var photos struct {
		Total  int `json:"total_count"`
		Photos [][]struct {
			ID string `json:"file_id"`
		} `json:"photos"`
	}
	a := must(t, s, b.Token(), "getUserProfilePhotos", "user_id", num(b.ID))
	if err := json.Unmarshal(a.Result, &photos); err != nil || photos.Total != 1 || len(photos.Photos) != 1 {
		t.Fatalf("%s %v", a.Result, err)
	}
	var f struct {
		Path string `json:"file_path"`
	}
	if err := json.Unmarshal(must(t, s, b.Token(), "getFile", "file_id", photos.Photos[0][0].ID).Result, &f); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(s.URL() + "/file/bot" + b.Token() + "/" + f.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if got, err := io.ReadAll(resp.Body); err != nil || !bytes.Equal(got, jpeg) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if a := must(t, s, b.Token(), "getFile", "file_id", "nonsense"); a.Code != 400 {
		t.Errorf("%+v", a)
	}
}

func TestFaults(t *testing.T) {
	s := telegramtest.New(t, telegramtest.Options{})
	b := s.AddBot(telegramtest.Profile{})
	s.Faults.Break("getMe", platformtest.Limited(7*time.Second).Times(1))
	if a := must(t, s, b.Token(), "getMe"); a.Code != 429 || a.Parameters.RetryAfter != 7 || a.Description != "Too Many Requests: retry after 7" {
		t.Errorf("%+v", a)
	}
	if a := must(t, s, b.Token(), "getMe"); !a.OK {
		t.Errorf("after one time: %+v", a)
	}
	s.Faults.Break("", platformtest.Status(502))
	if a := must(t, s, b.Token(), "getWebhookInfo"); a.Status != 502 || a.Description != "Bad Gateway" {
		t.Errorf("%+v", a)
	}
	s.Faults.Break("", platformtest.Close())
	if _, err := call(t, s, b.Token(), "getMe"); err == nil {
		t.Error("answered over a closed connection")
	}
	s.Faults.Break("", platformtest.Hang())
	before := s.Requests("sendChatAction")
	hung := background(t, s, b.Token(), "sendChatAction")
	if err := s.Wait(t.Context(), "the request", func() bool { return s.Requests("sendChatAction") > before }); err != nil {
		t.Fatal(err)
	}
	select {
	case a := <-hung:
		t.Errorf("answered while hanging: %+v", a)
	default:
	}
	s.Faults.Mend()
	if a := <-hung; a.OK {
		t.Errorf("answered at last: %+v", a)
	}
	if a := must(t, s, b.Token(), "getMe"); !a.OK {
		t.Errorf("mended: %+v", a)
	}
}

func TestAskWaitsForTheAnswer(t *testing.T) {
	s := telegramtest.New(t, telegramtest.Options{})
	b := s.AddBot(telegramtest.Profile{})
	got := background(t, s, b.Token(), "getUpdates", "timeout", "50")
	waitPolls(t, s, b)
	go func() {
		<-got
		_, _ = call(t, s, b.Token(), "sendMessage", "chat_id", "7", "text", "pong")
	}()
	if m, err := b.Ask(t.Context(), telegramtest.User{ID: 7}, "/ping"); err != nil || m.Text != "pong" || m.Chat.ID != 7 {
		t.Errorf("%+v %v", m, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Ask(ctx, telegramtest.User{ID: 7}, "/ping"); err == nil {
		t.Error("an answer from nobody")
	}
}

func TestLogOut(t *testing.T) {
	s := telegramtest.New(t, telegramtest.Options{})
	b := s.AddBot(telegramtest.Profile{})
	must(t, s, b.Token(), "close")
	must(t, s, b.Token(), "logOut")
	if a := must(t, s, b.Token(), "getMe"); a.Code != 400 || a.Description != "Logged out" {
		t.Errorf("%+v", a)
	}
}

func TestCloseEndsWhatWaits(t *testing.T) {
	s := telegramtest.New(t, telegramtest.Options{})
	b := s.AddBot(telegramtest.Profile{})
	waiting := background(t, s, b.Token(), "getUpdates", "timeout", "50")
	waitPolls(t, s, b)
	s.Close()
	if a := <-waiting; a.OK {
		t.Errorf("%+v", a)
	}
}

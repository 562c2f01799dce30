package e2e

import (
	"bufio"
	"encoding/base64"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/botswain/botswain/app/platform/telegram/telegramtest"
	"github.com/botswain/botswain/db/dbtest"
)

// TestATokenIsNowhere: a bot prints its token 100,000 times in many disguises, and the database, the
// spool, the API, the stream, the pages and Botswain's own log have none of it.
func TestATokenIsNowhere(t *testing.T) {
	n := 100_000
	if testing.Short() || raceEnabled {
		n = 20_000
	}
	tg := telegramtest.New(t, telegramtest.Options{})
	database := dbtest.NewURL(t)
	s := install(t, "DATABASE_URL="+database, "BOTSWAIN_TELEGRAM_API_URL="+tg.URL(), "BOTSWAIN_LOG_LEVEL=debug")
	look := newNeedles(t, tg.AddBot(telegramtest.Profile{}).Token())
	b := s.create("blabber", fields{"type": "telegram_bot", "start_seconds": 0, "secrets": fields{"TOKEN": look.token}}, "leak", itoa(n))
	streamed := s.overhear(b.ID, look)
	ctx := browser(t)
	s.signIn(ctx)
	steps(t, ctx, "open the log", chromedp.Navigate(s.url+"/bots/"+b.ID+"/logs"))
	s.do(b.ID, "start")
	eventually(t, 4*time.Minute, "all is told", func() bool { return s.hasTail(b.ID, "all is told") && s.hasTail(b.ID, "prompt for [redacted:TOKEN]") })
	until(t, ctx, time.Minute, "document.querySelector('#log-lines').textContent.includes('prompt for [redacted:TOKEN]')")
	look.in("the page", js[string](t, ctx, "document.documentElement.outerHTML"))
	eventually(t, 2*time.Minute, "the stream to have it all", func() bool { return streamed() })

	lines := s.lines(b.ID, 0)
	redacted := 0
	for _, l := range lines {
		look.in("the API", l.Message)
		if strings.Contains(l.Message, "[redacted:TOKEN]") {
			redacted++
		}
	}
	if redacted < n {
		t.Errorf("%d of %d lines say that something was taken out", redacted, n)
	}
	look.inFolder("the spool while it runs", filepath.Join(s.dir, "spool"))
	s.do(b.ID, "stop")
	s.waitStatus(b.ID, "stopped", 20*time.Second)
	look.in("the pages", s.page("/")+s.page("/bots/"+b.ID)+s.page("/bots/"+b.ID+"/settings")+s.page("/bots/"+b.ID+"/secrets"))
	dump, err := exec.Command("pg_dump", database).Output()
	if err != nil {
		t.Fatal("pg_dump: ", err)
	}
	look.in("the database", string(dump))
	look.inFolder("the data directory", s.dir)
	look.in("Botswain's log", s.out.String())
}

// TestAReplacedSecretAfterAKill: a bot goes on with the secret that it was started with when that is replaced, and the
// Botswain that adopts it takes that one out of its output as well.
func TestAReplacedSecretAfterAKill(t *testing.T) {
	t.Parallel()
	s := install(t)
	const old = "the-key-of-yesterday"
	b := s.create("Yesterday", fields{
		"command": []string{"/bin/sh", "-c", `i=0; while :; do i=$((i+1)); echo "say $i $API_KEY"; sleep 0.05; done`}, "start_seconds": 0,
		"secrets": fields{"API_KEY": old},
	})
	s.do(b.ID, "start")
	up := s.waitStatus(b.ID, "running", 20*time.Second)
	if code := s.call("PATCH", "/bots/"+b.ID, fields{"secrets": fields{"API_KEY": "the-key-of-today"}}, nil); code != http.StatusOK {
		t.Fatalf("replace the secret: %d", code)
	}
	s.kill9()
	s.start()
	if again := s.waitStatus(b.ID, "running", 20*time.Second); again.PID != up.PID {
		t.Fatalf("pid %d, then %d", up.PID, again.PID)
	}
	before := len(s.lines(b.ID, 0))
	eventually(t, 20*time.Second, "more lines", func() bool { return len(s.lines(b.ID, 0)) > before+20 })
	for _, l := range s.lines(b.ID, 0) {
		if strings.Contains(l.Message, old) {
			t.Fatalf("line %d: %s", l.Seq, l.Message)
		}
	}
}

// needles are what a token looks like in disguise.
type needles struct {
	t     *testing.T
	token string
	all   []string
}

func newNeedles(t *testing.T, token string) needles {
	_, secret, _ := strings.Cut(token, ":")
	n := needles{t: t, token: token, all: []string{secret, url.QueryEscape(token)}}
	for lead := range 3 { // the characters in the middle are the same at each of three alignments
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", lead) + token + "xx"))
		n.all = append(n.all, text[8:len(text)-8])
	}
	return n
}

// escapes are those of colours, as they are and as a dump or JSON shows them.
var escapes = regexp.MustCompile(`(\x1b|\\x1b|\\u001b|\\033)\[[0-9;]*m`)

func (n needles) in(where, text string) {
	n.t.Helper()
	for _, plain := range []string{text, escapes.ReplaceAllString(text, ""), strings.ReplaceAll(text, "\\", "")} {
		for _, needle := range n.all {
			if at := strings.Index(plain, needle); at >= 0 {
				n.t.Errorf("the token is in %s: …%.60q[it]…", where, plain[max(0, at-60):at])
				return
			}
		}
	}
}

func (n needles) inFolder(where, dir string) {
	n.t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil // what goes meanwhile
		}
		if text, err := os.ReadFile(path); err == nil {
			n.in(where+" ("+d.Name()+")", string(text))
		}
		return nil
	})
	if err != nil {
		n.t.Error(err)
	}
}

// overhear reads the live stream of a bot's log to its last words, and looks at each line.
func (s *server) overhear(id string, look needles) (done func() bool) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), "GET", s.url+"/api/v1/bots/"+id+"/logs/stream?after_seq=0", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != http.StatusOK {
		s.t.Fatalf("stream: %v, %+v", err, res)
	}
	var last atomic.Bool
	go func() {
		defer res.Body.Close()
		in := bufio.NewScanner(res.Body)
		in.Buffer(nil, 1<<20)
		for in.Scan() {
			if !last.Load() {
				look.in("the stream", in.Text())
			}
			if strings.Contains(in.Text(), "all is told") {
				last.Store(true)
			}
		}
	}()
	return last.Load
}

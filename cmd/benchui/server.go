package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

// The administrator of an installation that lives for one measurement.
const (
	adminName     = "captain"
	adminPassword = "only-for-one-run"
)

// server is one Botswain in a directory of its own.
type server struct {
	dir, binary string
	env         []string
	cmd         *exec.Cmd
	url, token  string
	cookies     []*http.Cookie // of the session that answer began
}

var listening = regexp.MustCompile(`listening on (http://\S+)`)

// launch starts the binary and waits until it answers.
func launch(ctx context.Context, binary string) (*server, error) {
	path, err := filepath.Abs(binary)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("build Botswain first (make build): %w", err)
	}
	dir, err := os.MkdirTemp("", "bwu") // short: sockets are inside
	if err != nil {
		return nil, err
	}
	s := &server{dir: dir, binary: path, env: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "BOTSWAIN_DATA_DIR=" + filepath.Join(dir, "data"), "BOTSWAIN_ADDR=127.0.0.1:0",
		"BOTSWAIN_ADMIN_USERNAME=" + adminName, "BOTSWAIN_ADMIN_PASSWORD=" + adminPassword, "DATABASE_URL=" + os.Getenv("DATABASE_URL"),
	}}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *server) start(ctx context.Context) error {
	log, err := os.Create(filepath.Join(s.dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close() // the process has its own
	s.cmd = exec.Command(s.binary, "serve")
	s.cmd.Env, s.cmd.Stdout, s.cmd.Stderr = s.env, log, log
	if err := s.cmd.Start(); err != nil {
		return err
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(time.Minute); s.url == ""; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-late:
			return fmt.Errorf("botswain doesn't say where it listens: %s", s.log())
		case <-tick.C:
			if m := listening.FindStringSubmatch(s.log()); m != nil {
				s.url = m[1]
			}
		}
	}
	token := exec.CommandContext(ctx, s.binary, "token", "create", "--user", adminName)
	token.Env = s.env
	out, err := token.Output()
	s.token = strings.TrimSpace(string(out))
	return err
}

func (s *server) log() string {
	b, _ := os.ReadFile(filepath.Join(s.dir, "log")) // what isn't there is empty
	return string(b)
}

// close stops Botswain, its bots and its database, and removes everything.
func (s *server) close() error {
	if s.cmd != nil && s.cmd.Process != nil {
		s.cmd.Process.Signal(syscall.SIGTERM)
		s.cmd.Wait()
	}
	return os.RemoveAll(s.dir)
}

// seed makes n bots and starts some of them: shell loops that print a line every five seconds.
func (s *server) seed(ctx context.Context, n, running int) error {
	groups, tags := []string{"shop", "community", "ops", ""}, [][]string{{"prod"}, {"prod", "eu"}, {"staging"}, {}}
	for i := range n {
		bot := map[string]any{
			"name": fmt.Sprintf("Bot %03d", i+1), "type": "generic", "group": groups[i%4], "tags": tags[i%4], "autostart": false, "start_seconds": 0,
			"command": []string{"/bin/sh", "-c", "while :; do echo still here; sleep 5; done"},
		}
		var made struct{ ID string }
		if err := s.call(ctx, "POST", "/bots", bot, &made); err != nil {
			return err
		}
		if i < running {
			if err := s.call(ctx, "POST", "/bots/"+made.ID+"/start", nil, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *server) call(ctx context.Context, method, path string, in, out any) error {
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			return err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, s.url+"/api/v1"+path, &body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 500))
		return fmt.Errorf("%s %s: %s: %s", method, path, res.Status, text)
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(out)
}

// answer measures how long the server takes for the page, without a browser.
func (s *server) answer(ctx context.Context, view string, r *result) error {
	jar, _ := cookiejar.New(nil) // never fails
	client := &http.Client{Jar: jar}
	res, err := client.PostForm(s.url+"/login", url.Values{"username": {adminName}, "password": {adminPassword}})
	if err != nil {
		return err
	}
	res.Body.Close()
	s.cookies = jar.Cookies(res.Request.URL)
	const times = 15
	for range times {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/?view="+view, nil)
		if err != nil {
			return err
		}
		req.Header.Set("Accept-Encoding", "gzip")
		began := time.Now()
		res, err := client.Do(req)
		if err != nil {
			return err
		}
		r.server = append(r.server, time.Since(began)) // the header comes when the whole page is drawn
		packed, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK {
			return fmt.Errorf("the dashboard answers %s: %w", res.Status, err)
		}
		plain, err := unpack(packed)
		if err != nil {
			return err
		}
		r.packed, r.html = len(packed), plain
	}
	slices.Sort(r.server)
	return nil
}

func unpack(packed []byte) (int, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return len(packed), nil // it wasn't packed
	}
	n, err := io.Copy(io.Discard, z)
	return int(n), err
}

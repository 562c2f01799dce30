package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/botswain/botswain/app/api"
	"github.com/botswain/botswain/db/dbtest"
)

const secretToken = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"

// serve runs `botswain serve` until the test calls stop.
func (p place) serve(t *testing.T) (url string, stop func()) {
	t.Helper()
	out, logs := &buffer{}, &buffer{}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan int, 1)
	c := &cli{stdin: strings.NewReader(""), stdout: out, stderr: logs, getenv: func(k string) string { return p.env[k] }}
	go func() { ended <- c.run(ctx, []string{"serve"}) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if code := <-ended; code != 0 {
			t.Errorf("serve: exit %d\n%s", code, logs)
		}
		if strings.Contains(logs.String(), secretToken) {
			t.Error("a token is in Botswain's own log")
		}
	}
	t.Cleanup(stop)
	wait(t, "the address", func() bool {
		if len(ended) > 0 {
			t.Fatalf("serve has ended:\n%s", logs)
		}
		m := listening.FindStringSubmatch(out.String())
		if m != nil {
			url = m[1]
		}
		return m != nil
	})
	return url, stop
}

// TestSecretsWholeWay: from REST to the process, through rotations with Botswain running and not, with
// nothing readable in the database.
func TestSecretsWholeWay(t *testing.T) {
	p := newPlace(t)
	p.env["DATABASE_URL"] = dbtest.NewURL(t)
	p.stdin = "a long enough password"
	p.ok(t, "user", "add", "anna")
	token := strings.TrimSpace(p.ok(t, "token", "create", "--user", "anna"))
	url, stop := p.serve(t)
	v1 := url + api.Prefix
	var b api.Bot
	marker := filepath.Join(t.TempDir(), "env")
	body := fmt.Sprintf(`{"name":"Echo","command":["sh","-c","env > %s.new; mv %s.new %s; exec sleep 60"],"env":{"TOKEN":"plain"},"secrets":{"TOKEN":%q,"API_HASH":"0123456789abcdef"},"start_seconds":0}`,
		marker, marker, marker, secretToken)
	if code := rest(t, "POST", v1+"/bots", token, body, &b); code != 201 || strings.Join(b.Secrets, " ") != "API_HASH TOKEN" {
		t.Fatalf("create: %d %v", code, b.Secrets)
	}
	if code := rest(t, "POST", v1+"/key/rotate", token, "", nil); code != 403 {
		t.Errorf("rotate with a token: %d", code)
	}
	if got := p.ok(t, "key", "status"); !strings.HasSuffix(got, ", 2 secrets\n") {
		t.Errorf("status: %q", got)
	}
	first := keyFile(t, p, "")
	if got := p.ok(t, "key", "rotate"); !strings.Contains(got, "is not used any more") || !strings.Contains(got, "encryption.key") {
		t.Errorf("rotate while it runs: %q", got)
	}
	if keyFile(t, p, "") == first || len(keyFiles(t, p)) != 2 {
		t.Errorf("key files: %v", keyFiles(t, p))
	}
	stop()
	p.ok(t, "key", "rotate") // with nobody running
	if len(keyFiles(t, p)) != 3 {
		t.Errorf("key files: %v", keyFiles(t, p))
	}
	url, stop = p.serve(t)
	v1 = url + api.Prefix
	rest(t, "POST", v1+"/bots/"+b.ID+"/start", token, "", nil)
	wait(t, "the bot's environment", func() bool { _, err := os.Stat(marker); return err == nil })
	env, err := os.ReadFile(marker)
	if err != nil || !bytes.Contains(env, []byte("TOKEN="+secretToken+"\n")) || !bytes.Contains(env, []byte("API_HASH=0123456789abcdef\n")) {
		t.Errorf("%v, environment:\n%s", err, env)
	}
	noArguments(t, secretToken)
	stop()
	nothingReadable(t, p.env["DATABASE_URL"], secretToken, "0123456789abcdef")
}

// noArguments: no process of the machine has the value among its arguments.
func noArguments(t *testing.T, value string) {
	t.Helper()
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, f := range files {
		if b, err := os.ReadFile(f); err == nil && bytes.Contains(b, []byte(value)) {
			t.Errorf("%s has it", f)
		}
	}
}

// nothingReadable looks through all rows of all tables, as a dump would show them.
func nothingReadable(t *testing.T, url string, values ...string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	rows, err := conn.Query(t.Context(), "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = 'public'")
	tables, err2 := pgx.CollectRows(rows, pgx.RowTo[string])
	if err = errors.Join(err, err2); err != nil || len(tables) < 10 {
		t.Fatalf("%v, %d tables", err, len(tables))
	}
	for _, table := range tables {
		for _, value := range values {
			var n int
			q := "select count(*) from " + table + " t where strpos(t::text, $1) > 0 or strpos(t::text, $2) > 0 or strpos(t::text, $3) > 0"
			if err := conn.QueryRow(t.Context(), q, value, base64.StdEncoding.EncodeToString([]byte(value)), fmt.Sprintf("%x", value)).Scan(&n); err != nil || n > 0 {
				t.Errorf("%s: %d rows, %v", table, n, err)
			}
		}
	}
}

func keyFiles(t *testing.T, p place) []string {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(p.env["BOTSWAIN_DATA_DIR"], "encryption.key*"))
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f, info, err)
		}
	}
	return files
}

func keyFile(t *testing.T, p place, tail string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(p.env["BOTSWAIN_DATA_DIR"], "encryption.key"+tail))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// withSecret makes a place whose database has one secret, under the key in its file.
func withSecret(t *testing.T) place {
	t.Helper()
	p := newPlace(t)
	p.env["DATABASE_URL"] = dbtest.NewURL(t)
	p.stdin = "a long enough password"
	p.ok(t, "user", "add", "anna")
	token := strings.TrimSpace(p.ok(t, "token", "create", "--user", "anna"))
	url, stop := p.serve(t)
	if code := rest(t, "POST", url+api.Prefix+"/bots", token, `{"name":"Echo","command":["true"],"secrets":{"TOKEN":"`+secretToken+`"}}`, nil); code != 201 {
		t.Fatalf("create: %d", code)
	}
	stop()
	return p
}

// TestWrongKeyAtStart: one line that says what to do, and nothing is written over.
func TestWrongKeyAtStart(t *testing.T) {
	p := withSecret(t)
	path := filepath.Join(p.env["BOTSWAIN_DATA_DIR"], "encryption.key")
	right := keyFile(t, p, "")
	refused := func(what, want string) {
		t.Helper()
		got := p.run(t.Context(), "serve")
		line := ""
		for _, l := range strings.Split(strings.TrimSpace(got.err), "\n") {
			if strings.HasPrefix(l, "botswain: ") {
				if line != "" {
					t.Errorf("%s: more than one line:\n%s", what, got.err)
				}
				line = l
			}
		}
		if got.code != 1 || got.out != "" || !strings.Contains(line, want) || strings.Contains(got.err, strings.TrimSpace(right)) {
			t.Errorf("%s: exit %d, %q:\n%s", what, got.code, got.out, got.err)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	refused("the key file is gone", "Put the right key back")
	made := keyFile(t, p, "")
	if made == right {
		t.Fatal("it came back by itself")
	}
	refused("again", "Put the right key back")
	if keyFile(t, p, "") != made {
		t.Error("the key file was written over")
	}
	if err := os.WriteFile(path, []byte(right), 0o600); err != nil {
		t.Fatal(err)
	}
	p.env["BOTSWAIN_ENCRYPTION_KEY"] = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{9}, 32))
	refused("a setting beside the right file", "the one in "+path+" is. Use that one")
	p.env["BOTSWAIN_ENCRYPTION_KEY"] = strings.TrimSpace(right)
	_, stop := p.serve(t) // the same key by setting
	stop()
	delete(p.env, "BOTSWAIN_ENCRYPTION_KEY")
	if got := p.ok(t, "key", "status"); !strings.HasSuffix(got, ", 1 secrets\n") {
		t.Errorf("status: %q", got)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if got := p.run(t.Context(), "key", "forget"); got.code != 2 {
		t.Errorf("forget without --yes: %+v", got)
	}
	if got := p.ok(t, "key", "forget", "--yes"); !strings.HasPrefix(got, "deleted 1 secrets") {
		t.Errorf("forget: %q", got)
	}
	_, stop = p.serve(t)
	stop()
}

// TestRotationOfASetting: both keys are settings until the old one is taken away.
func TestRotationOfASetting(t *testing.T) {
	p := withSecret(t)
	old := strings.TrimSpace(keyFile(t, p, ""))
	next := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{8}, 32))
	p.env["BOTSWAIN_ENCRYPTION_KEY"] = old
	if got := p.run(t.Context(), "key", "rotate"); got.code != 1 || !strings.Contains(got.err, "BOTSWAIN_ENCRYPTION_KEY_NEW") {
		t.Errorf("without a new one: %+v", got)
	}
	p.env["BOTSWAIN_ENCRYPTION_KEY_NEW"] = next
	_, stop := p.serve(t)
	if got := p.ok(t, "key", "rotate"); !strings.Contains(got, "Set BOTSWAIN_ENCRYPTION_KEY to the value of BOTSWAIN_ENCRYPTION_KEY_NEW") || strings.Contains(got, next) {
		t.Errorf("rotate: %q", got)
	}
	stop()
	_, stop = p.serve(t) // nobody has changed the settings yet
	stop()
	delete(p.env, "BOTSWAIN_ENCRYPTION_KEY_NEW")
	if got := p.run(t.Context(), "serve"); got.code != 1 || !strings.Contains(got.err, "was replaced by a rotation on ") {
		t.Errorf("with the old one alone: %+v", got)
	}
	p.env["BOTSWAIN_ENCRYPTION_KEY"] = next
	if got := p.ok(t, "key", "status"); !strings.HasSuffix(got, ", 1 secrets\n") {
		t.Errorf("status: %q", got)
	}
}

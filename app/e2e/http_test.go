package e2e

import (
	"bytes"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// login signs the administrator in and gives a client that holds the session.
func (s *server) login() *http.Client {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	c := noRedirect()
	c.Jar = jar
	res, err := c.PostForm(s.url+"/login", url.Values{"username": {adminName}, "password": {adminPassword}})
	if err != nil {
		s.t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusSeeOther {
		s.t.Fatalf("login: %s", res.Status)
	}
	return c
}

func status(t *testing.T, c *http.Client, url string) int {
	t.Helper()
	res, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

func containsFold(s, part string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(part))
}

// postmaster is the pid of the private Postgres, or 0.
func (s *server) postmaster() int {
	files, _ := filepath.Glob(filepath.Join(s.dir, "postgres*", "postmaster.pid"))
	more, _ := filepath.Glob(filepath.Join(s.dir, "postgres*", "*", "postmaster.pid"))
	for _, f := range append(files, more...) {
		if b, err := os.ReadFile(f); err == nil {
			first, _, _ := bytes.Cut(b, []byte("\n"))
			return atoiOr(string(first), 0)
		}
	}
	return 0
}

// TestNothingSecretIsTold: no log and no page holds a password, token or session id.
func TestNothingSecretIsTold(t *testing.T) {
	t.Parallel()
	s := install(t, "BOTSWAIN_LOG_LEVEL=debug")
	c := s.login()
	s.create("quiet", nil, "sleep")
	u, _ := url.Parse(s.url)
	secrets := []string{adminPassword, s.token}
	for _, k := range c.Jar.Cookies(u) {
		secrets = append(secrets, k.Value)
	}
	var pages strings.Builder
	for _, path := range []string{"/", "/bots/new", "/login", "/nowhere", "/api/docs"} {
		res, err := c.Get(s.url + path)
		if err != nil {
			t.Fatal(err)
		}
		b := new(bytes.Buffer)
		b.ReadFrom(res.Body)
		res.Body.Close()
		pages.Write(b.Bytes())
	}
	// A wrong password must not be told either.
	const wrong = "wrong-password-typed"
	res, err := http.PostForm(s.url+"/login", url.Values{"username": {adminName}, "password": {wrong}})
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	cmdline, _ := os.ReadFile("/proc/" + itoa(s.cmd.Process.Pid) + "/cmdline")
	told := s.out.String() + pages.String() + string(cmdline)
	for _, secret := range append(secrets, wrong) {
		if secret != "" && strings.Contains(told, secret) {
			t.Errorf("a secret of %d characters is told", len(secret))
		}
	}
}

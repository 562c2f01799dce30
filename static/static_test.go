package static_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/botswain/botswain/static"
)

// get asks the handler for an address.
func get(t *testing.T, url string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, url, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	static.Handler().ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) []byte {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestHandler(t *testing.T) {
	path := static.Path("css/app.css")
	plain := get(t, path)
	if plain.StatusCode != 200 || plain.Header.Get("Content-Type") != "text/css; charset=utf-8" || !strings.Contains(plain.Header.Get("Cache-Control"), "immutable") {
		t.Fatalf("%s: %d %v", path, plain.StatusCode, plain.Header)
	}
	zipped := get(t, path, "Accept-Encoding", "gzip, br")
	if zipped.Header.Get("Content-Encoding") != "gzip" || zipped.Header.Get("ETag") == plain.Header.Get("ETag") {
		t.Fatalf("compressed: %v", zipped.Header)
	}
	z, err := gzip.NewReader(zipped.Body)
	if err != nil {
		t.Fatal(err)
	}
	unzipped, err := io.ReadAll(z)
	if err != nil || !bytes.Equal(unzipped, body(t, plain)) {
		t.Errorf("the compressed answer differs from the plain one (%v)", err)
	}
	if again := get(t, path, "If-None-Match", plain.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("with the known tag: %d, want 304", again.StatusCode)
	}
	for _, url := range []string{"/static/css/app.css", "/static/css/app.css?v=old"} {
		if r := get(t, url); r.StatusCode != 200 || r.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: %d %q, want 200 no-cache", url, r.StatusCode, r.Header.Get("Cache-Control"))
		}
	}
	for _, url := range []string{"/static/", "/static/css", "/static/nothing.js", "/static/vendor/README.md", "/static/../static.go"} {
		if r := get(t, url); r.StatusCode != 404 {
			t.Errorf("%s: %d, want 404", url, r.StatusCode)
		}
	}
	if r := get(t, static.Path("fonts/inter-latin-wght-normal.woff2"), "Accept-Encoding", "gzip"); r.Header.Get("Content-Encoding") != "" || r.Header.Get("Content-Type") != "font/woff2" {
		t.Errorf("font: %v", r.Header)
	}
}

// TestSheetNamesItsFiles: each file that the css names is served, for ever.
func TestSheetNamesItsFiles(t *testing.T) {
	css := string(body(t, get(t, static.Path("css/app.css"))))
	urls := regexp.MustCompile(`url\(["']?([^"')]+)`).FindAllStringSubmatch(css, -1)
	if len(urls) < 6 {
		t.Fatalf("only %d addresses in the css", len(urls))
	}
	for _, u := range urls {
		if strings.HasPrefix(u[1], "data:") { // the tail of tooltips, which is never drawn
			continue
		}
		r := get(t, "/static/"+strings.TrimPrefix(u[1], "../"))
		if r.StatusCode != 200 || !strings.Contains(r.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %q", u[1], r.StatusCode, r.Header.Get("Cache-Control"))
		}
	}
}

// TestLock: packages come from the usual registry, whatever mirror the lock file was made with.
func TestLock(t *testing.T) {
	raw, err := os.ReadFile("../package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	var lock struct {
		Packages map[string]struct{ Resolved string }
	}
	if err := json.Unmarshal(raw, &lock); err != nil {
		t.Fatal(err)
	}
	for name, p := range lock.Packages {
		if p.Resolved != "" && !strings.HasPrefix(p.Resolved, "https://registry.npmjs.org/") {
			t.Errorf("%s comes from %s", name, p.Resolved)
		}
	}
}

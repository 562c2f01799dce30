package static

import (
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"
)

// Budgets of what pages may load, in bytes as they are sent.
const (
	cssBudget     = 60 << 10
	scriptsBudget = 60 << 10
)

// TestWeight: css and scripts stay light on slow lines: each kind weighs under 60 KB as it is sent, all files together.
func TestWeight(t *testing.T) {
	weight := map[string]int{}
	for name := range all() {
		req := httptest.NewRequest(http.MethodGet, "/static/"+name, nil)
		req.Header.Set("Accept-Encoding", "gzip")
		answer := httptest.NewRecorder()
		Handler().ServeHTTP(answer, req)
		if answer.Code != http.StatusOK {
			t.Errorf("%s: %d", name, answer.Code)
		}
		weight[path.Ext(name)] += answer.Body.Len()
	}
	t.Logf("css %d bytes, scripts %d bytes, as sent", weight[".css"], weight[".js"])
	for ext, most := range map[string]int{".css": cssBudget, ".js": scriptsBudget} {
		if n := weight[ext]; n == 0 || n > most {
			t.Errorf("%s files weigh %d bytes, want 1 to %d", ext, n, most)
		}
	}
}

// TestManifest: what it names is there.
func TestManifest(t *testing.T) {
	m, ok := all()["manifest.webmanifest"]
	if !ok || m.mime != "application/manifest+json" {
		t.Fatalf("manifest: %v %q", ok, m.mime)
	}
	for _, part := range strings.Split(string(m.body), `"src": "`)[1:] {
		name, _, _ := strings.Cut(part, `"`)
		if _, ok := all()[name]; !ok {
			t.Errorf("the manifest names %s, which isn't there", name)
		}
	}
}

package static

import (
	"path"
	"strings"
	"testing"
)

// Budgets of what a page may load, in bytes as they are sent.
const (
	cssBudget     = 60 << 10
	scriptsBudget = 60 << 10
)

// TestBudgets: the css and all scripts together stay small, wherever they come from.
func TestBudgets(t *testing.T) {
	css, scripts := 0, 0
	for name, a := range all() {
		switch path.Ext(name) {
		case ".css":
			css += len(a.gzipped)
		case ".js":
			scripts += len(a.gzipped)
		}
	}
	t.Logf("css %d bytes, scripts %d bytes, gzipped", css, scripts)
	if css == 0 || css > cssBudget {
		t.Errorf("css: %d bytes gzipped, of %d", css, cssBudget)
	}
	if scripts == 0 || scripts > scriptsBudget {
		t.Errorf("scripts: %d bytes gzipped, of %d", scripts, scriptsBudget)
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

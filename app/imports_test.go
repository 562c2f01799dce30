package app_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/botswain/botswain/"

// room is what one part of the tree may import of ours. Paths are prefixes below the module.
type room struct {
	dir    string // longest matching prefix wins
	allows []string
}

// rooms is ARCHITECTURE's table as code. Everything points one way:
// cmd → app → {web, api} → services → {bot, event, fault}; web → views → {bot, static}.
func rooms() []room {
	leaf := []string{"app/bot", "app/fault"}
	with := func(more ...string) []string { return append(append([]string{}, leaf...), more...) }
	return []room{
		{"app/fault", nil},
		{"app/bot", []string{"app/fault"}},
		{"app/event", with("db")},
		{"app/ansi", nil},
		{"app/procfs", nil},
		{"app/steady", nil},
		{"app/config", with()},
		{"app/writer", with()},
		{"app/localpg", with("db/pgserver")},
		{"app/health", with("app/event")},
		{"app/runner", with("app/runner", "app/procfs")},
		{"app/stats", with("app/event", "app/runner", "app/procfs")},
		{"app/stats/history", with("app/runner", "app/stats", "app/steady", "db")},
		{"app/logs", with("app/ansi", "app/event", "app/steady", "db")},
		{"app/logs/redact", nil},
		{"app/supervisor", with("app/event", "app/runner", "app/probe", "db")},
		{"app/report", with("app/event", "db")},
		{"app/runs", with("app/ansi", "app/event", "app/logs", "db")},
		{"app/retain", with("app/steady", "db")},
		{"app/secret", with("app/event", "db")},
		{"app/notify", with("app/procfs")},
		{"app/probe", with()},
		{"app/cause", with("app/ansi")},
		{"app/runtimes", with()},
		{"app/crew", with("app/event", "app/runner", "app/runtimes", "app/secret", "db", "bots")},
		{"app/platform", with("app/event", "db")},
		{"app/guard", with("app/event", "app/logs", "app/platform", "app/runner", "app/supervisor")},
		{"app/platform/platformtest", nil},
		{"app/platform/faketest", []string{"app/platform"}},
		{"app/platform/telegram/telegramtest", []string{"app/platform/platformtest"}},
		{"app/platform/discord/discordtest", []string{"app/platform/platformtest"}},
		{"app/desk", with("app/event", "db")},
		{"app/figures", with("app/event", "app/crew", "app/report", "app/platform")},
		{"app/auth", with("app/event", "db")},
		{"app/sse", with()},
		{"app/metrics", with("app/event", "app/runner", "app/logs", "app/stats", "app/auth", "app/crew", "app/health")},
		{"app/api", with("app/event", "app/runner", "app/logs", "app/stats", "app/auth", "app/crew", "app/runtimes", "app/secret", "app/report", "app/runs", "app/platform", "app/figures", "app/health", "app/sse", "views")},
		{"app/web", with("app/event", "app/runner", "app/logs", "app/stats", "app/auth", "app/crew", "app/runtimes", "app/secret", "app/report", "app/runs", "app/platform", "app/figures", "app/desk", "app/health", "app/sse", "views", "static")},
		{"app", []string{"app", "db", "static", "views"}}, // the wiring alone, not what is below it
		{"app/e2e", []string{"db"}},
		{"views", []string{"app/bot", "static", "views"}},
		{"views/i18n", nil},
		{"static", nil},
		{"bots", nil},
		{"db", []string{"db"}},
		{"cmd", []string{"app", "db"}},
		{"cmd/gallery", []string{"static", "views"}},
	}
}

// foreign lists outside modules that only some rooms may know.
func foreign() map[string][]string {
	return map[string][]string{
		"github.com/labstack/echo/v4":         {"app/web", "app/api"},
		"github.com/danielgtaylor/huma/v2":    {"app/api"},
		"github.com/a-h/templ":                {"app/web", "views"},
		"github.com/r3labs/sse/v2":            {"app/sse"},
		"github.com/alexedwards/scs/v2":       {"app/auth"},
		"github.com/shirou/gopsutil/v4":       {"app/stats"},
		"github.com/prometheus/client_golang": {"app/metrics"},
		"github.com/coder/websocket":          {"app/platform/discord/discordtest"},
		"golang.org/x/text":                   {"views/i18n"},
		"github.com/BurntSushi/toml":          {"views/i18n"},
	}
}

// TestImports keeps the rooms of ARCHITECTURE.md apart.
func TestImports(t *testing.T) {
	walkGo(t, func(file string, imports []string) {
		dir := path.Dir(file)
		test := strings.HasSuffix(file, "_test.go")
		r, ok := roomOf(dir)
		if !ok {
			t.Errorf("%s: no room for it in rooms(); add one here and in ARCHITECTURE.md", file)
			return
		}
		for _, imp := range imports {
			if test { // tests may build whatever they need to test with
				continue
			}
			if ours, found := strings.CutPrefix(imp, module); found {
				if !under(ours, dir) && !under(ours, r.dir) && !anyUnder(ours, r.allows) {
					t.Errorf("%s imports %s; %s may import only %v", file, ours, r.dir, r.allows)
				}
				if ours == "db/gen" && path.Base(file) != "store.go" && !under(dir, "db") {
					t.Errorf("%s imports db/gen; only store.go files may", file)
				}
				if forTests(ours) && !forTests(dir) {
					t.Errorf("%s imports %s, which is for tests alone", file, ours)
				}
			}
			for mod, may := range foreign() {
				if (imp == mod || strings.HasPrefix(imp, mod+"/")) && !anyUnder(dir, may) {
					t.Errorf("%s imports %s; only %v may", file, imp, may)
				}
			}
		}
	})
}

// forTests says whether a package is test support: a folder on its path is named …test.
func forTests(dir string) bool {
	for part := range strings.SplitSeq(dir, "/") {
		if strings.HasSuffix(part, "test") {
			return true
		}
	}
	return false
}

func roomOf(dir string) (room, bool) {
	var best room
	found := false
	for _, r := range rooms() {
		if (dir == r.dir || r.dir != "app" && under(dir, r.dir)) && len(r.dir) >= len(best.dir) {
			best, found = r, true
		}
	}
	return best, found
}

func under(p, dir string) bool { return p == dir || strings.HasPrefix(p, dir+"/") }

func anyUnder(p string, dirs []string) bool {
	for _, d := range dirs {
		if under(p, d) {
			return true
		}
	}
	return false
}

// walkGo calls visit for each Go file of the module with the paths that it imports.
func walkGo(t *testing.T, visit func(file string, imports []string)) {
	t.Helper()
	root := ".."
	fset := token.NewFileSet()
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, p)
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if rel != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "testdata" || rel == "data" || rel == "bin" || rel == "tools") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(rel, ".go") {
			return nil
		}
		f, err := parser.ParseFile(fset, p, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		var imports []string
		for _, i := range f.Imports {
			s, _ := strconv.Unquote(i.Path.Value)
			imports = append(imports, s)
		}
		visit(rel, imports)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

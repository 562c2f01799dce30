package gallery

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestNothingIsLeftOut: each component of views/ui is in the gallery.
func TestNothingIsLeftOut(t *testing.T) {
	files, err := filepath.Glob("../ui/*_templ.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no components: %v", err)
	}
	shown, err := os.ReadFile("gallery.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if ok && fn.Recv == nil && fn.Name.IsExported() && !strings.Contains(string(shown), "ui."+fn.Name.Name+"(") && !slices.Contains(left(), fn.Name.Name) {
				t.Errorf("%s isn't in the gallery", fn.Name.Name)
			}
		}
	}
}

func TestPageIsWhole(t *testing.T) {
	var b strings.Builder
	if err := Page(time.Now()).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "data-component"); n < 25 {
		t.Errorf("%d components", n)
	}
}

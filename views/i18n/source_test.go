package i18n

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// root is the module's folder.
const root = "../.."

// sourceFile is one Go file of the product, tests left out.
type sourceFile struct {
	path string // from root
	set  *token.FileSet
	file *ast.File
}

func (f sourceFile) at(n ast.Node) string {
	return f.path + ":" + strconv.Itoa(f.set.Position(n.Pos()).Line)
}

// sources parses the Go code below the folders. Components are read as templ has generated them.
func sources(t *testing.T, folders ...string) []sourceFile {
	t.Helper()
	var list []sourceFile
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(root, path)
			list = append(list, sourceFile{filepath.ToSlash(rel), set, file})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// literal gives the text of a string in the code; what is joined to it at run time becomes %s. ok is
// false when there is nothing fixed in it.
func literal(e ast.Expr) (text string, ok bool) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return literal(e.X)
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.BinaryExpr:
		if e.Op != token.ADD {
			return "", false
		}
		a, okA := literal(e.X)
		b, okB := literal(e.Y)
		switch {
		case okA && okB:
			return a + b, true
		case okA:
			return a + "%s", true
		case okB:
			return "%s" + b, true
		}
	}
	return "", false
}

// called gives the name of a called function, with its package or receiver when that is a plain name.
func called(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok {
			return x.Name + "." + f.Sel.Name
		}
		return "." + f.Sel.Name
	}
	return ""
}

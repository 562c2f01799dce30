// Command pack writes the Go examples into go.zip, from where they are embedded. It's run in bots:
//
//	go generate ./bots
//
// An embedded file can't be in another module, and each example is one. Files are stored as they
// are, in order and without times, so that the same sources make the same archive.
package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func run() error {
	files, err := sources()
	if err != nil {
		return err
	}
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: filepath.ToSlash(name), Method: zip.Store})
		if err != nil {
			return err
		}
		if _, err := w.Write(text); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile("go.zip", buf.Bytes(), 0o644)
}

// sources are the files of the examples without their tests, sorted.
func sources() (all []string, err error) {
	for _, pattern := range []string{"go.mod", "go.sum", "*.go", "README.md"} {
		found, err := filepath.Glob("go-*/" + pattern)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	all = slices.DeleteFunc(all, func(name string) bool { return strings.HasSuffix(name, "_test.go") })
	slices.Sort(all)
	return all, nil
}

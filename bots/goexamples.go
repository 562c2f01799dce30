package bots

import (
	"archive/zip"
	_ "embed"
	"fmt"
	"io/fs"
	"strings"
)

//go:generate go run ./pack

//go:embed go.zip
var goArchive string

// GoExamples has the Go examples, each a module in a folder named go-…: go.mod, go.sum, sources and
// README.md, without tests. An error means that the binary was built wrong.
func GoExamples() (fs.FS, error) {
	z, err := zip.NewReader(strings.NewReader(goArchive), int64(len(goArchive)))
	if err != nil {
		return nil, fmt.Errorf("the embedded Go examples: %w", err)
	}
	return z, nil
}

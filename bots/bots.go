// Package bots holds the example bots that an installation offers; see README.md.
package bots

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

// Examples has the scripts that need no token, as examples/KEY.sh.
//
//go:embed examples/*.sh
var Examples embed.FS

// Only what belongs to the bots: not what somebody has installed in their folders.
//
//go:embed python-telegram/*.py python-telegram/*.txt python-telegram/*.md
//go:embed python-telegram-userbot/*.py python-telegram-userbot/*.txt python-telegram-userbot/*.md
//go:embed python-discord/*.py python-discord/*.txt python-discord/*.md
//go:embed node-telegram/*.js node-telegram/*.mjs node-telegram/*.json node-telegram/*.md
//go:embed node-discord/*.js node-discord/*.mjs node-discord/*.json node-discord/*.md
var templates embed.FS

// hidden ends the names of files that have another meaning here, such as go.mod: they are written
// without it.
const hidden = ".tmpl"

// Has says that there is a template of that name.
func Has(key string) bool {
	info, err := fs.Stat(templates, key)
	return err == nil && info.IsDir()
}

// Files are the files of a template, by their paths in its folder.
func Files(key string) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := fs.WalkDir(templates, key, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := fs.ReadFile(templates, name)
		files[strings.TrimSuffix(strings.TrimPrefix(name, key+"/"), hidden)] = text
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read a template: %w", err)
	}
	return files, nil
}

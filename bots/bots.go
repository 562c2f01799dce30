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

// templateFS has the folder of a template.
func templateFS(key string) (fs.FS, error) {
	if strings.HasPrefix(key, "go-") {
		return GoExamples()
	}
	return templates, nil
}

// Has says that there is a template of that name.
func Has(key string) bool {
	all, err := templateFS(key)
	if err != nil {
		return false
	}
	info, err := fs.Stat(all, key)
	return err == nil && info.IsDir()
}

// Files are the files of a template, by their paths in its folder.
func Files(key string) (map[string][]byte, error) {
	all, err := templateFS(key)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	err = fs.WalkDir(all, key, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(all, name)
		files[strings.TrimPrefix(name, key+"/")] = text
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read a template: %w", err)
	}
	return files, nil
}

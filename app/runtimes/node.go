package runtimes

import (
	"encoding/json"
	"path"
	"strings"
)

// manifest is what counts of a package.json.
type manifest struct {
	Main         string            `json:"main"`
	Scripts      map[string]string `json:"scripts"`
	Dependencies map[string]string `json:"dependencies"`
	Development  map[string]string `json:"devDependencies"`
	Manager      string            `json:"packageManager"`
}

// node recognises Node programs by package.json.
func node(f folder) (Proposal, bool) {
	p := Proposal{Kind: Node, Found: []string{"package.json"}}
	if !f.file("package.json") {
		return p, false
	}
	var m manifest
	if err := json.Unmarshal([]byte(f.read("package.json")), &m); err != nil {
		p.Notes = append(p.Notes, "package.json can't be read: it isn't right JSON.")
	}
	manager, install, lock := f.nodeManager(m)
	if lock != "" {
		p.Found = append(p.Found, lock)
	}
	if lock != "" || len(m.Dependencies)+len(m.Development) > 0 {
		p.Install = [][]string{install}
	}
	entry := f.nodeMain(m)
	if m.Scripts["build"] != "" && (entry == "" || !f.file(entry)) {
		p.Install = append(p.Install, []string{manager, "run", "build"})
	}
	switch start, simple := nodeStart(m.Scripts["start"]); {
	case simple:
		p.Command = start // without npm between, which would take the signals
	case entry != "":
		p.Command = []string{"node", entry}
	case m.Scripts["start"] != "":
		p.Command = []string{manager, "start"}
		p.Notes = append(p.Notes, "It is started through "+manager+", because its start script is more than one program.")
	default:
		p.Notes = append(p.Notes, "package.json names neither a start script nor a main file: complete the command.")
	}
	return p, true
}

// nodeManager is the package manager, how it installs, and the lock file that says so.
func (f folder) nodeManager(m manifest) (name string, install []string, lock string) {
	switch {
	case f.file("pnpm-lock.yaml"):
		return "pnpm", []string{"pnpm", "install", "--frozen-lockfile"}, "pnpm-lock.yaml"
	case f.file("yarn.lock"):
		frozen := "--frozen-lockfile"
		if f.file(".yarnrc.yml") || strings.HasPrefix(m.Manager, "yarn@") && !strings.HasPrefix(m.Manager, "yarn@1.") {
			frozen = "--immutable" // its name since Yarn 2
		}
		return "yarn", []string{"yarn", "install", frozen}, "yarn.lock"
	}
	if lock := f.first("npm-shrinkwrap.json", "package-lock.json"); lock != "" {
		return "npm", []string{"npm", "ci", "--no-audit", "--no-fund"}, lock
	}
	return "npm", []string{"npm", "install", "--no-audit", "--no-fund"}, ""
}

// nodeMain is the file that starts the program, or ""; it may have to be built first.
func (f folder) nodeMain(m manifest) string {
	if main := path.Clean(m.Main); m.Main != "" && !strings.HasPrefix(main, "../") && !path.IsAbs(main) {
		for _, name := range []string{main, main + ".js", main + "/index.js"} {
			if f.file(name) {
				return name
			}
		}
		if m.Scripts["build"] != "" {
			return main
		}
	}
	return f.first("index.js", "index.mjs", "index.cjs", "bot.js", "main.js", "app.js", "src/index.js", "src/index.mjs", "src/bot.js")
}

// nodeStart takes a start script as a command, when it is one call of node.
func nodeStart(script string) ([]string, bool) {
	words := strings.Fields(script)
	if len(words) < 2 || words[0] != "node" || strings.ContainsAny(script, "&|;<>$`\"'()*?\\~#=") {
		return nil, false
	}
	return words, true
}

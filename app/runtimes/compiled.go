package runtimes

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

var (
	moduleLine  = regexp.MustCompile(`(?m)^module[ \t]+"?([^\s"]+)`)
	majorSuffix = regexp.MustCompile(`^v[0-9]+$`)
	mainClause  = regexp.MustCompile(`(?m)^package main\b`)
)

// golang recognises Go programs by go.mod: the main package in the directory, or the only one
// below cmd.
func golang(f folder) (Proposal, bool) {
	p := Proposal{Kind: Go, Found: []string{"go.mod"}}
	if !f.file("go.mod") {
		return p, false
	}
	name := "bot"
	if m := moduleLine.FindStringSubmatch(f.read("go.mod")); m != nil {
		name = path.Base(m[1])
		if majorSuffix.MatchString(name) {
			name = path.Base(path.Dir(m[1]))
		}
	}
	target := f.goMain()
	if target == "" {
		p.Notes = append(p.Notes, "Which package is the program couldn't be found out: build it, and complete the command.")
		return p, true
	}
	if target != "." {
		name = path.Base(target)
	}
	if f.dir(name) {
		name += "-bot"
	}
	p.Install = [][]string{{"go", "build", "-o", name, target}}
	p.Command = []string{"./" + name}
	return p, true
}

// goMain is the package to build, or "".
func (f folder) goMain() string {
	if f.hasMain(".") {
		return "."
	}
	var found []string
	for _, d := range f.folders("cmd") {
		if f.hasMain("cmd/" + d) {
			found = append(found, "./cmd/"+d)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	return ""
}

func (f folder) hasMain(dir string) bool {
	sub := folder{fsys: f.fsys, entries: f.list(dir)}
	for _, name := range slices.Sorted(maps.Keys(sub.entries)) {
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && mainClause.MatchString(f.read(path.Join(dir, name))) {
			return true
		}
	}
	return false
}

// rust recognises Rust programs by Cargo.toml.
func rust(f folder) (Proposal, bool) {
	p := Proposal{Kind: Rust, Found: []string{"Cargo.toml"}}
	if !f.file("Cargo.toml") {
		return p, false
	}
	name := section(f.read("Cargo.toml"), "package")["name"]
	if name == "" || !f.file("src/main.rs") {
		p.Notes = append(p.Notes, "Which program Cargo.toml builds couldn't be found out: build it, and complete the command.")
		return p, true
	}
	build := []string{"cargo", "build", "--release"}
	if f.file("Cargo.lock") {
		p.Found = append(p.Found, "Cargo.lock")
		build = append(build, "--locked")
	}
	p.Install = [][]string{build}
	p.Command = []string{"./target/release/" + name}
	return p, true
}

// executable recognises a directory with one program, or a start script.
func executable(f folder) (Proposal, bool) {
	var found []string
	for _, name := range slices.Sorted(maps.Keys(f.entries)) {
		info, err := f.entries[name].Info()
		if err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 && !strings.HasPrefix(name, ".") {
			found = append(found, name)
		}
	}
	if len(found) == 1 {
		return Proposal{Kind: Executable, Found: found, Command: []string{"./" + found[0]}}, true
	}
	if name := f.first("start.sh", "run.sh", "bot.sh"); name != "" {
		return Proposal{Kind: Executable, Found: []string{name}, Command: []string{"/bin/sh", name}}, true
	}
	return Proposal{}, false
}

// Package runtimes looks into a directory with a bot and proposes how to run it: the command, the
// variables that it wants, and how to install what it needs. It only reads names and a few small
// files; nothing is executed.
//
// Each kind of program has a file of its own (python.go, node.go, …) with one function of type
// detector; detectors() is the list.
package runtimes

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// The kinds of Proposal.Kind.
const (
	Python     = "python"
	Node       = "node"
	Go         = "go"
	Rust       = "rust"
	Executable = "executable"
	Procfile   = "procfile"
)

// Proposal is how a directory's bot could be run. Its zero value is a directory in which nothing
// was recognised.
type Proposal struct {
	Kind    string   // "": nothing was recognised
	Found   []string // the files that it goes by
	Command []string // for bot.Spec.Command, run in the directory; nil: none could be found
	// Env are variables that an example file names, with its values; Secrets are those among them
	// that should be kept as secrets, without values.
	Env     map[string]string
	Secrets []string
	// Install are the commands that install what the bot needs, one after the other in the
	// directory; nil: nothing is needed.
	Install [][]string
	// Programs are what Command and Install need on this machine.
	Programs []Program
	Notes    []string // sentences for a person
	python   string   // the interpreter that has what Install installs
}

// Program is something that must be on the machine.
type Program struct {
	Name    string
	Path    string // where it is; "": it is missing
	Package string // what to install when it is missing, in words
}

// Missing are the programs that aren't there.
func (p Proposal) Missing() []Program {
	var list []Program
	for _, x := range p.Programs {
		if x.Path == "" {
			list = append(list, x)
		}
	}
	return list
}

// Lookup finds a program on the path; exec.LookPath is one.
type Lookup func(name string) (string, error)

// maxFile bounds what is read of a file, in bytes.
const maxFile = 1 << 20

// folder is a directory that is looked into.
type folder struct {
	fsys    fs.FS
	entries map[string]fs.DirEntry // of the directory itself
	lookup  Lookup
}

// detector recognises one kind of program; false: it isn't there.
type detector func(folder) (Proposal, bool)

func detectors() []detector { return []detector{python, node, golang, rust, procfileOnly, executable} }

// Detect looks into a directory. An error is that of reading it: fs.ErrNotExist, fs.ErrPermission
// or another.
func Detect(dir fs.FS, lookup Lookup) (Proposal, error) {
	list, err := fs.ReadDir(dir, ".")
	if err != nil {
		return Proposal{}, err
	}
	f := folder{fsys: dir, entries: map[string]fs.DirEntry{}, lookup: lookup}
	for _, e := range list {
		f.entries[e.Name()] = e
	}
	all := f.candidates()
	var best Proposal
	for i, p := range all {
		// The first one that can be started, and else the first.
		if i == 0 || best.Command == nil && p.Command != nil {
			best = p
		}
	}
	for _, p := range all {
		if p.Kind != best.Kind && p.Kind != Executable && p.Kind != Procfile {
			best.Notes = append(best.Notes, "There is also "+strings.Join(p.Found, ", ")+": this folder may be a "+word(p.Kind)+" program as well.")
		}
	}
	f.procfile(&best)
	f.examples(&best)
	f.remarks(&best)
	f.programs(&best)
	return best, nil
}

func (f folder) candidates() []Proposal {
	var all []Proposal
	for _, d := range detectors() {
		if p, ok := d(f); ok {
			all = append(all, p)
		}
	}
	return all
}

func word(kind string) string {
	switch kind {
	case Go:
		return "Go"
	case Node:
		return "Node"
	case Python:
		return "Python"
	}
	return "Rust"
}

// file says that there is a regular file, or a link to one.
func (f folder) file(name string) bool {
	info, err := fs.Stat(f.fsys, name)
	return err == nil && info.Mode().IsRegular()
}

func (f folder) dir(name string) bool {
	info, err := fs.Stat(f.fsys, name)
	return err == nil && info.IsDir()
}

// first is the first of some files that is there, or "".
func (f folder) first(names ...string) string {
	for _, n := range names {
		if f.file(n) {
			return n
		}
	}
	return ""
}

// ending lists the names of files in the directory that end so, sorted.
func (f folder) ending(suffix string) []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(f.entries)) {
		if strings.HasSuffix(name, suffix) && f.file(name) {
			list = append(list, name)
		}
	}
	return list
}

// read is the beginning of a file, at most maxFile bytes; "" when it can't be read.
func (f folder) read(name string) string {
	if !f.file(name) { // opening a FIFO would wait
		return ""
	}
	r, err := f.fsys.Open(name)
	if err != nil {
		return ""
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, maxFile))
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return ""
	}
	return string(text)
}

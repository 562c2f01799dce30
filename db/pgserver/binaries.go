package pgserver

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// ErrNotInstalled is in the chain when no fitting PostgreSQL server programs are there.
var ErrNotInstalled = errors.New("PostgreSQL is not installed")

// binaries is one installed PostgreSQL.
type binaries struct {
	major int
	dir   string
}

func (b binaries) path(name string) string { return filepath.Join(b.dir, name) }

// findBinaries gives the newest installed PostgreSQL, or the one with the wanted major version
// when a cluster (in dir) was already made by it: data files fit one major version only.
func findBinaries(major, dir string) (binaries, error) {
	all := installed()
	if major == "" {
		if len(all) == 0 {
			return binaries{}, fmt.Errorf("%w: install the package postgresql (Debian, Ubuntu), or set DATABASE_URL", ErrNotInstalled)
		}
		return all[0], nil
	}
	var have []string
	for _, b := range all {
		if strconv.Itoa(b.major) == major {
			return b, nil
		}
		have = append(have, strconv.Itoa(b.major))
	}
	return binaries{}, fmt.Errorf("%w: the data in %s needs version %s (found: %s); install the package postgresql-%s",
		ErrNotInstalled, dir, major, cmp.Or(strings.Join(have, ", "), "none"), major)
}

// installed lists what is there, newest first: Debian keeps the versions side by side and off
// PATH, Red Hat's and hand-made installations have other places.
func installed() []binaries {
	var all []binaries
	add := func(dir string, major int) {
		if executable(filepath.Join(dir, "postgres")) && executable(filepath.Join(dir, "initdb")) {
			all = append(all, binaries{major, dir})
		}
	}
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin"} {
		dirs, _ := filepath.Glob(pattern) // the only error is a bad pattern
		for _, dir := range dirs {
			name := strings.TrimPrefix(filepath.Base(filepath.Dir(dir)), "pgsql-")
			if major, err := strconv.Atoi(name); err == nil {
				add(dir, major)
			}
		}
	}
	if p, err := exec.LookPath("postgres"); err == nil {
		if major, err := askVersion(p); err == nil {
			add(filepath.Dir(p), major)
		}
	}
	slices.SortStableFunc(all, func(a, b binaries) int { return b.major - a.major })
	return all
}

func executable(p string) bool {
	fi, err := os.Stat(p)
	return err == nil && fi.Mode().IsRegular() && fi.Mode()&0o111 != 0
}

// askVersion reads the major version from "postgres (PostgreSQL) 15.13 (Debian …)".
func askVersion(postgres string) (int, error) {
	out, err := exec.Command(postgres, "--version").Output()
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(out))
	if len(fields) < 3 {
		return 0, fmt.Errorf("unexpected version %q", out)
	}
	major, _, _ := strings.Cut(fields[2], ".")
	return strconv.Atoi(major)
}

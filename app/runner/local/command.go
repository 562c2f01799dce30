package local

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/runner"
)

// target is what exec is called with: absolute paths, whatever the definition says.
type target struct {
	path string
	dir  string
	// user is who it runs as; nil: Botswain's own user.
	user *runner.Account
}

// wrong is a fault at one field of the definition; starting again can't mend it.
func wrong(field string, cause error, format string, args ...any) *fault.Error {
	f := fault.Wrap(cause, fault.Invalid, format, args...)
	f.Fields = map[string]string{field: f.Message}
	return f
}

// resolve finds the directory and the program of a start. Everything that exec would refuse for
// good is looked for here first, because exec's one number doesn't say which of the names was bad.
func resolve(s runner.Start) (target, error) {
	if len(s.Command) == 0 || s.Command[0] == "" {
		return target{}, wrong("command", nil, "The command is empty.")
	}
	for _, text := range append(append([]string{s.Dir}, s.Command...), s.Env...) {
		if strings.IndexByte(text, 0) >= 0 {
			return target{}, wrong("command", nil, "The command, the directory or the environment has a NUL byte in it.")
		}
	}
	as, err := account(s.RunAs)
	if err != nil {
		return target{}, err
	}
	dir, err := filepath.Abs(s.Dir)
	if err != nil {
		return target{}, err
	}
	if err := checkDir(dir); err != nil {
		return target{}, err
	}
	name := s.Command[0]
	if strings.Contains(name, "/") {
		path := name
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		return target{path, dir, as}, checkProgram(name, path)
	}
	path, err := search(name, dir, s.Env)
	return target{path, dir, as}, err
}

// account finds the user to run as; nil for Botswain's own.
func account(name string) (*runner.Account, error) {
	if name == "" {
		return nil, nil
	}
	as, err := runner.LookupAccount(name)
	switch {
	case err != nil:
		return nil, err
	case int(as.UID) == os.Geteuid():
		return nil, nil
	case os.Geteuid() != 0:
		return nil, wrong("run_as", nil, "Only when Botswain runs as root can it run a bot as another user (%s).", as.Name)
	}
	return &as, nil
}

// own gives the files to the user that the process runs as: programs open /dev/stdout and the like
// once more.
func (t target) own(spool files) error {
	if t.user == nil {
		return nil
	}
	for _, fd := range spool {
		if err := unix.Fchown(fd, int(t.user.UID), int(t.user.GID)); err != nil {
			return fmt.Errorf("give the run's files to user %s: %w", t.user.Name, err)
		}
	}
	return nil
}

func checkDir(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, unix.ENOENT):
		return wrong("dir", err, "The directory %q does not exist.", dir)
	case errors.Is(err, unix.ENOTDIR), err == nil && !info.IsDir():
		return wrong("dir", err, "%q is not a directory.", dir)
	case errors.Is(err, unix.EACCES):
		return wrong("dir", err, "The directory %q can't be reached: Botswain's user may not enter one of its parents.", dir)
	case errors.Is(err, unix.ENAMETOOLONG), errors.Is(err, unix.ELOOP):
		return wrong("dir", err, "The directory %q can't be reached: its name is too long or its links go in a circle.", dir)
	case err != nil:
		return err
	}
	if err := access(dir); errors.Is(err, unix.EACCES) {
		return wrong("dir", err, "The directory %q may not be entered by Botswain's user.", dir)
	}
	return nil
}

// access asks as exec will: with the effective user.
func access(path string) error {
	return unix.Faccessat(unix.AT_FDCWD, path, unix.X_OK, unix.AT_EACCESS)
}

// checkProgram says what is wrong with a program that was named by its path.
func checkProgram(name, path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, unix.ENOENT):
		return wrong("command", err, "The command %q does not exist (looked for %s).", name, path)
	case errors.Is(err, unix.ENOTDIR):
		return wrong("command", err, "The command %q does not exist: a part of %s is not a directory.", name, path)
	case errors.Is(err, unix.EACCES):
		return wrong("command", err, "The command %q can't be reached: Botswain's user may not enter one of its directories.", name)
	case errors.Is(err, unix.ENAMETOOLONG), errors.Is(err, unix.ELOOP):
		return wrong("command", err, "The command %q can't be reached: its name is too long or its links go in a circle.", name)
	case err != nil:
		return err
	case info.IsDir():
		return wrong("command", nil, "The command %q is a directory, not a program.", name)
	case !info.Mode().IsRegular():
		return wrong("command", nil, "The command %q is not a program.", name)
	}
	if err := access(path); errors.Is(err, unix.EACCES) {
		return wrong("command", err, "The command %q is not executable for Botswain's user; chmod +x %s may help.", name, path)
	}
	return nil
}

// search looks for a program in the PATH that the bot will have. As in a shell, a file that may
// not be executed is passed over, and is the reason given when nothing else is found.
func search(name, dir string, env []string) (string, error) {
	path, set := "", false
	for _, e := range env {
		if v, ok := strings.CutPrefix(e, "PATH="); ok {
			path, set = v, true
			break
		}
	}
	if !set {
		return "", wrong("command", nil, "The command %q was not found: the bot's environment has no PATH. Give the whole path of the command.", name)
	}
	var refused error
	for _, entry := range filepath.SplitList(path) {
		if !filepath.IsAbs(entry) {
			entry = filepath.Join(dir, entry)
		}
		candidate := filepath.Join(entry, name)
		if info, err := os.Stat(candidate); err != nil || !info.Mode().IsRegular() {
			continue
		}
		err := checkProgram(candidate, candidate)
		if err == nil {
			return candidate, nil
		}
		if refused == nil {
			refused = err
		}
	}
	if refused != nil {
		return "", refused
	}
	return "", wrong("command", nil, "The command %q was not found in PATH (%s).", name, path)
}

// refused turns exec's answer into words; an error that may pass is returned as it is.
func refused(err error, name string, t target) error {
	switch {
	case errors.Is(err, unix.ENOEXEC):
		return wrong("command", err, "The command %q is not a program for this machine; a script needs a first line such as #!/bin/sh.", name)
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENOTDIR):
		// It was there a moment ago, so most likely it's what the program itself needs.
		if interpreter := shebang(t.path); interpreter != "" {
			return wrong("command", err, "The command %q needs %q, named in its first line, which was not found.", name, interpreter)
		}
		return wrong("command", err, "The command %q can't be started: it, or the loader that it was built for, was not found.", name)
	case errors.Is(err, unix.EACCES) && t.user != nil:
		return wrong("run_as", err, "The user %q may not execute the command %q, or not enter the directory %q.", t.user.Name, name, t.dir)
	case errors.Is(err, unix.EACCES):
		return wrong("command", err, "The command %q may not be executed by Botswain's user (or its file system forbids programs).", name)
	case errors.Is(err, unix.E2BIG):
		return wrong("command", err, "The command and the environment together are longer than the system allows.")
	}
	return err
}

// shebang is the interpreter that a script names, or "".
func shebang(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	line, _ := bufio.NewReader(io.LimitReader(f, 256)).ReadString('\n')
	rest, ok := strings.CutPrefix(line, "#!")
	if !ok {
		return ""
	}
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return ""
	}
	return fields[0]
}

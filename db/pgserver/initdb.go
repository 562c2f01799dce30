package pgserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// inherited is how a child knows the directory that it got as its first extra descriptor.
const inherited = "/proc/self/fd/3"

// clusterVersion reads the major version that made the cluster; "" when there is none yet.
func clusterVersion(dir string) (string, error) {
	b, err := os.ReadFile(filepath.Join(dir, "PG_VERSION"))
	switch {
	case err == nil:
		return strings.TrimSpace(string(b)), nil
	case !errors.Is(err, os.ErrNotExist):
		return "", fmt.Errorf("the Postgres cluster can't be read: %w", err)
	}
	// An empty directory may be a mount point's leftover; anything else isn't ours to replace.
	if err := os.Remove(dir); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("%s exists, but is no Postgres cluster: %w", dir, err)
	}
	return "", nil
}

// initCluster makes the cluster under another name and renames it when it is complete, so that an
// interrupted initdb is simply done again.
func initCluster(ctx context.Context, bin binaries, o Options) error {
	tmp := o.Dir + ".new"
	if err := os.RemoveAll(tmp); err != nil {
		return fmt.Errorf("pgserver: clear %s: %w", tmp, err)
	}
	uid, gid, err := newOwner()
	if err != nil {
		return err
	}
	for i, locale := range locales(bin) {
		if i > 0 {
			_ = os.RemoveAll(tmp)
		}
		if err = initdb(ctx, bin, tmp, uid, gid, locale, o.Throwaway); err == nil {
			break
		}
	}
	if err != nil {
		return err
	}
	conf, err := os.OpenFile(filepath.Join(tmp, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("pgserver: %w", err)
	}
	_, err = conf.WriteString("\n# Botswain writes botswain.conf anew on each start. What you add below it wins.\ninclude 'botswain.conf'\n")
	if err = errors.Join(err, conf.Close()); err != nil {
		return fmt.Errorf("pgserver: %w", err)
	}
	return os.Rename(tmp, o.Dir)
}

// locales are tried in order: sorting by code point never changes with the system's libraries,
// so an upgrade of the machine can't break an index.
func locales(bin binaries) [][]string {
	all := [][]string{{"--locale=C.UTF-8"}, {"--locale=C"}}
	if bin.major >= 17 {
		all = append([][]string{{"--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"}}, all...)
	}
	return all
}

func initdb(ctx context.Context, bin binaries, dir string, uid, gid int, locale []string, noSync bool) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return fmt.Errorf("pgserver: %w", err)
	}
	if err := os.Chown(dir, uid, gid); err != nil {
		return fmt.Errorf("pgserver: %w", err)
	}
	handle, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("pgserver: %w", err)
	}
	defer handle.Close()
	// Trust is enough: only the owner and root can enter the directory that holds the socket.
	args := append([]string{"-D", inherited, "--username=" + Superuser, "--encoding=UTF8", "--auth=trust", "--data-checksums"}, locale...)
	if noSync {
		args = append(args, "--no-sync")
	}
	cmd := exec.CommandContext(ctx, bin.path("initdb"), args...)
	if cmd.SysProcAttr, err = sysProc(uid, gid); err != nil {
		return err
	}
	cmd.ExtraFiles = []*os.File{handle}
	cmd.Dir, cmd.Env = "/", childEnv()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %s: %w", lastLine(out), err)
	}
	return nil
}

// childEnv keeps our environment, which may hold passwords and keys, out of Postgres.
func childEnv() []string { return []string{"PATH=/usr/bin:/bin", "LC_ALL=C"} }

func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	for _, l := range lines {
		if strings.Contains(l, "FATAL") || strings.Contains(l, "error:") {
			return l
		}
	}
	return lines[len(lines)-1]
}

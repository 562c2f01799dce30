package dbtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"

	"github.com/botswain/botswain/db/pgserver"
)

// The files of the shared cluster, in a folder of the user's own below the temporary directory:
//
//	users     every test process holds a shared lock on it for as long as it lives
//	watchdog  the watchdog holds an exclusive lock on it
//	cluster   the data; made anew for each start, because it never calls fsync
//
// The kernel drops the locks of a process that dies, however it dies.

// process is what all tests of one process share. It is the one package variable, since a test
// binary has no other place that lives as long as itself.
var process shared

type shared struct {
	mu     sync.Mutex
	url    string
	server *pgserver.Server // kept for its descriptor
	users  *os.File         // kept for its lock
}

// serverURL gives the server to test with; the same one for the life of the process.
func (p *shared) serverURL(ctx context.Context) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.url == "" {
		p.url = os.Getenv("BOTSWAIN_TEST_DATABASE_URL")
	}
	if p.url != "" {
		return p.url, nil
	}
	if err := p.join(ctx); err != nil {
		return "", err
	}
	p.url = p.server.URL()
	return p.url, nil
}

// join takes part in the shared cluster, starting it when needed.
func (p *shared) join(ctx context.Context) error {
	dir := filepath.Join(os.TempDir(), "botswain-test-"+strconv.Itoa(os.Geteuid()))
	if err := privateDir(dir); err != nil {
		return err
	}
	users, err := os.OpenFile(filepath.Join(dir, "users"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	// Waits while the watchdog is stopping the server.
	if err := flock(users, syscall.LOCK_SH); err != nil {
		return err
	}
	p.users = users
	p.server, err = pgserver.Start(ctx, pgserver.Options{
		Dir:       filepath.Join(dir, "cluster"),
		Database:  "botswain",
		Settings:  settings(),
		Throwaway: true,
	})
	if err != nil {
		return err
	}
	return watch(dir)
}

// settings trade safety for speed.
func settings() map[string]string {
	return map[string]string{
		"fsync":              "off",
		"synchronous_commit": "off",
		"full_page_writes":   "off",
		"wal_level":          "minimal",
		"max_wal_senders":    "0",
		"max_connections":    "300",
		"shared_buffers":     "64MB",
		"jit":                "off",
		"autovacuum":         "off",
		"log_min_messages":   "fatal",
		"timezone":           "UTC",
	}
}

// watchdog stops the server and removes its files when nobody has used it for a while. It keeps
// the users' lock meanwhile, so that a newcomer waits for the end and then starts afresh.
const watchdog = `cd / || exit
while sleep 60; do
	exec 8<>"$1/users"
	if flock -n -x 8; then
		pid=$(head -n 1 "$1/cluster/postmaster.pid" 2>/dev/null)
		if [ -n "$pid" ] && grep -q cluster_name=botswain- "/proc/$pid/cmdline"; then
			kill -INT "$pid"
			while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
		fi
		rm -rf "$1/cluster" "$1/cluster.new"
		exit
	fi
	exec 8>&-
done`

// watch starts the watchdog unless there is one.
func watch(dir string) error {
	lock, err := os.OpenFile(filepath.Join(dir, "watchdog"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer lock.Close()
	switch err := flock(lock, syscall.LOCK_EX|syscall.LOCK_NB); {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return nil
	case err != nil:
		return err
	}
	// The lock belongs to the open file, which the child inherits: it lasts as long as the child.
	cmd := exec.Command("/bin/sh", "-c", watchdog, "botswain-test-watchdog", dir)
	cmd.ExtraFiles = []*os.File{lock}
	cmd.Env = []string{"PATH=/usr/bin:/bin"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("watchdog: %w", err)
	}
	return cmd.Process.Release()
}

// privateDir makes the folder, or makes sure that nobody else laid it there for us.
func privateDir(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	fi, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !fi.IsDir() || fi.Mode().Perm() != 0o700 || !ok || int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("%s is not a private directory of this user", dir)
	}
	return nil
}

func flock(f *os.File, how int) error {
	for {
		if err := syscall.Flock(int(f.Fd()), how); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

package localpg

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sys/unix"
)

// TestMain lets the test binary play the owner that is killed, or that is another user.
func TestMain(m *testing.M) {
	if dir := os.Getenv("LOCALPG_TEST_SERVE"); dir != "" {
		if _, err := Start(context.Background(), Options{DataDir: dir, Log: slog.New(slog.DiscardHandler)}); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("ready")
		select {}
	}
	os.Exit(m.Run())
}

func TestStartStopAndStartAgain(t *testing.T) {
	dir := dataDir(t)
	c := start(t, dir)
	if c.Found() {
		t.Error("found a server in a new directory")
	}
	query(t, c.URL(), "create table kept (n int); insert into kept values (7)")
	pid := c.PID()
	if err := c.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if alive(pid) {
		t.Fatalf("pid %d lives after Stop", pid)
	}
	if err := c.Stop(t.Context()); err != nil {
		t.Errorf("second Stop: %v", err)
	}
	c = start(t, dir)
	if got := query(t, c.URL(), "select n from kept"); got != "7" {
		t.Errorf("got %q after a restart", got)
	}
}

func TestSafeSettings(t *testing.T) {
	c := start(t, dataDir(t))
	for setting, want := range map[string]string{
		"fsync": "on", "synchronous_commit": "on", "data_checksums": "on", "server_encoding": "UTF8",
		"listen_addresses": "", "unix_socket_permissions": "0700",
	} {
		if got := query(t, c.URL(), "show "+setting); got != want {
			t.Errorf("%s = %q, want %q", setting, got, want)
		}
	}
}

func TestTwoStartersShareOne(t *testing.T) {
	dir := dataDir(t)
	type result struct {
		c   *Cluster
		err error
	}
	results := make(chan result)
	for range 2 {
		go func() {
			c, err := Start(t.Context(), options(t, dir))
			results <- result{c, err}
		}()
	}
	a, b := <-results, <-results
	if a.err != nil || b.err != nil {
		t.Fatal(a.err, b.err)
	}
	t.Cleanup(func() { stop(t, a.c) })
	if a.c.PID() != b.c.PID() {
		t.Errorf("two servers: %d and %d", a.c.PID(), b.c.PID())
	}
	b.c.Release()
	query(t, a.c.URL(), "select 1")
}

func TestOutlivesKilledOwner(t *testing.T) {
	dir := dataDir(t)
	owner := serve(t, dir, nil)
	pid := postmaster(t, dir)
	kill(t, owner)
	c := start(t, dir)
	if !c.Found() || c.PID() != pid {
		t.Errorf("found %v with pid %d, want the one with %d", c.Found(), c.PID(), pid)
	}
}

func TestComesBackAfterKill(t *testing.T) {
	dir := dataDir(t)
	c := start(t, dir)
	t.Run("own child", func(t *testing.T) { killPostgres(t, c) })

	owner := serve(t, dir, nil) // a visitor of the same server
	kill(t, owner)
	c.Release()
	c = start(t, dir)
	if !c.Found() {
		t.Fatal("not found after Release")
	}
	t.Run("found server", func(t *testing.T) { killPostgres(t, c) })
}

func killPostgres(t *testing.T, c *Cluster) {
	old, url := c.PID(), c.URL()
	if err := syscall.Kill(old, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "another postmaster", func() bool { return c.PID() != old })
	query(t, url, "select 1")
}

func TestStaleFilesDoNotBlock(t *testing.T) {
	for name, owner := range map[string]func(t *testing.T, uid uint32) int{
		"of a living process": func(*testing.T, uint32) int { return os.Getpid() },
		"of nobody":           func(*testing.T, uint32) int { return 1<<22 - 1 },
		"of a corpse":         corpse,
	} {
		t.Run(name, func(t *testing.T) {
			dir := dataDir(t)
			c := start(t, dir)
			stop(t, c)
			pid := owner(t, uidOf(t, dir))
			for _, file := range []string{"postmaster.pid", ".s.PGSQL.5432.lock"} {
				path := filepath.Join(dir, "postgres", file)
				text := fmt.Sprintf("%d\n/proc/self/fd/3\n1700000000\n5432\n.\n\n 1 2\nready   \n", pid)
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				if err := os.Chown(path, int(uidOf(t, dir)), -1); err != nil {
					t.Fatal(err)
				}
			}
			if c = start(t, dir); c.Found() {
				t.Error("took a strange process for Postgres")
			}
		})
	}
}

// corpse is the number of a process that has ended and that nobody has waited for yet: in a
// container whose first process buries nobody, a killed Postgres stays one.
func corpse(t *testing.T, uid uint32) int {
	cmd := exec.Command("true")
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid}}
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() })
	if err := unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	return cmd.Process.Pid
}

// An interrupted initdb leaves the draft behind.
func TestUnfinishedClusterIsMadeAgain(t *testing.T) {
	dir := dataDir(t)
	if err := os.MkdirAll(filepath.Join(dir, "postgres.new", "base"), 0o700); err != nil {
		t.Fatal(err)
	}
	start(t, dir)
}

// Whoever starts it must be able to tell an interrupted start from a failed one.
func TestInterruptedStart(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Start(ctx, Options{DataDir: dataDir(t), Log: slog.New(slog.DiscardHandler)}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestLongPath(t *testing.T) {
	dir := filepath.Join(dataDir(t), strings.Repeat("long", 40))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	c := start(t, dir)
	query(t, c.URL(), "select 1")
	killPostgres(t, c)
}

func TestWrongVersion(t *testing.T) {
	dir := dataDir(t)
	if err := os.Mkdir(filepath.Join(dir, "postgres"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "postgres", "PG_VERSION"), []byte("8\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), options(t, dir))
	if err == nil || !strings.Contains(err.Error(), "install the package postgresql-8") {
		t.Errorf("got %v", err)
	}
}

func TestForeignDirectoryIsLeftAlone(t *testing.T) {
	dir := dataDir(t)
	keep := filepath.Join(dir, "postgres", "thesis.txt")
	if err := os.MkdirAll(filepath.Dir(keep), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(keep, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), options(t, dir)); err == nil {
		t.Error("started")
	}
	if _, err := os.Stat(keep); err != nil {
		t.Error(err)
	}
}

// A cluster that an ordinary user made goes on under that user when root takes over.
func TestAnotherUsersCluster(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can act for two users")
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Skip("no user nobody")
	}
	uid, _ := strconv.Atoi(nobody.Uid)
	gid, _ := strconv.Atoi(nobody.Gid)
	dir := dataDir(t)
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	for up := filepath.Dir(dir); up != filepath.Clean(os.TempDir()); up = filepath.Dir(up) {
		if err := os.Chmod(up, 0o711); err != nil {
			t.Fatal(err)
		}
	}
	owner := serve(t, dir, &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)})
	kill(t, owner)
	c := start(t, dir)
	if !c.Found() {
		t.Error("not found")
	}
	stop(t, c)
	c = start(t, dir)
	fi, err := os.Stat("/proc/" + strconv.Itoa(c.PID()))
	if err != nil {
		t.Fatal(err)
	}
	if got := fi.Sys().(*syscall.Stat_t).Uid; int(got) != uid {
		t.Errorf("runs as uid %d, want %d", got, uid)
	}
}

func options(t *testing.T, dir string) Options {
	return Options{DataDir: dir, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
}

// dataDir is closed to everybody else, as the real one is.
func dataDir(t *testing.T) string {
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func start(t *testing.T, dir string) *Cluster {
	t.Helper()
	c, err := Start(t.Context(), options(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, c) })
	return c
}

func stop(t *testing.T, c *Cluster) {
	t.Helper()
	if err := c.Stop(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
}

// serve starts the cluster from another process, which may be another user's.
func serve(t *testing.T, dir string, as *syscall.Credential) *exec.Cmd {
	t.Helper()
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer self.Close()
	cmd := exec.Command("/proc/self/fd/3") // its folder is closed to other users
	cmd.ExtraFiles = []*os.File{self}
	cmd.Env = append(os.Environ(), "LOCALPG_TEST_SERVE="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("owner: %q", line)
	}
	return cmd
}

func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // "signal: killed"
}

func postmaster(t *testing.T, dir string) int {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "postgres", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func uidOf(t *testing.T, dir string) uint32 {
	t.Helper()
	fi, err := os.Stat(filepath.Join(dir, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	return fi.Sys().(*syscall.Stat_t).Uid
}

func query(t *testing.T, url, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	results, err := conn.PgConn().Exec(t.Context(), sql).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if last := results[len(results)-1]; len(last.Rows) > 0 {
		return string(last.Rows[0][0])
	}
	return ""
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited in vain for %s", what)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

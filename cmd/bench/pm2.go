package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// pm2 is PM2 with a home directory of its own.
type pm2 struct {
	binary string
	dir    string
	fleet  string // the file that defines the bots
}

func makePM2(ctx context.Context, l *lab) (maker, error) {
	binary := filepath.Join(l.peerDir, "pm2", "node_modules", ".bin", "pm2")
	// Asking for the version with a home of its own: no daemon of the person is touched.
	home := filepath.Join(l.dir, "pm2-version")
	env := append(os.Environ(), "PM2_HOME="+home)
	version, err := call(ctx, "", env, binary, "--version")
	version = version[strings.LastIndex(version, "\n")+1:] // after a greeting
	if pid := pidFile(filepath.Join(home, "pm2.pid")); pid != 0 {
		endPID(pid)
	}
	return maker{name: "pm2", version: version, make: func(dir string) system { return &pm2{binary: binary, dir: dir} }}, err
}

func (p *pm2) home() string { return filepath.Join(p.dir, "pm2") }
func (p *pm2) daemon() int  { return pidFile(filepath.Join(p.home(), "pm2.pid")) }
func (p *pm2) env() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.dir, "PM2_HOME=" + p.home(), "PM2_DISABLE_VERSION_CHECK=true", "NO_UPDATE_NOTIFIER=1"}
}

func (p *pm2) do(ctx context.Context, args ...string) error {
	_, err := call(ctx, p.dir, p.env(), append([]string{p.binary}, args...)...)
	return err
}

func (p *pm2) logFile(bot string) string { return filepath.Join(p.dir, bot+".log") }

func (p *pm2) up(ctx context.Context, bots []botSpec) error {
	var apps []map[string]any
	for _, b := range bots {
		apps = append(apps, map[string]any{
			"name": b.name, "script": b.command[0], "args": b.command[1:], "interpreter": "none", "exec_mode": "fork",
			"out_file": p.logFile(b.name), "error_file": p.logFile(b.name) + ".err", "combine_logs": true,
			"autorestart": !b.once, "max_restarts": 1000000, "kill_timeout": 10000, "pmx": false,
		})
	}
	text, err := json.Marshal(map[string]any{"apps": apps})
	if err != nil {
		return err
	}
	p.fleet = filepath.Join(p.dir, "fleet.config.json")
	if err := os.WriteFile(p.fleet, text, 0o644); err != nil {
		return err
	}
	return p.do(ctx, "ping") // starts the daemon
}

func (p *pm2) start(ctx context.Context) error { return p.do(ctx, "start", p.fleet) }
func (p *pm2) stop(ctx context.Context) error  { return p.do(ctx, "stop", "all") }

func (p *pm2) roots() (own, database []int) { return []int{p.daemon()}, nil }

func (p *pm2) stored(_ context.Context, bot string) (int, error) {
	return linesIn(p.logFile(bot), lineLen)
}

func (p *pm2) read(_ context.Context, bot string, line func(string)) error {
	return readLines(p.logFile(bot), line)
}

func (p *pm2) raw(bot string) (string, func(), error) { return p.logFile(bot), func() {}, nil }

func (p *pm2) tail(ctx context.Context, bot string, line func([]byte)) error {
	return tailCommand(ctx, p.dir, p.env(), line, p.binary, "logs", bot, "--raw", "--lines", "0")
}

func (p *pm2) watch(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// kill saves the list first, as PM2's manual wants it for resurrect.
func (p *pm2) kill(ctx context.Context) error {
	if err := p.do(ctx, "save"); err != nil {
		return err
	}
	pid := p.daemon()
	unix.Kill(pid, unix.SIGKILL)
	return until(ctx, time.Millisecond, func() bool { return !alive(pid) })
}

func (p *pm2) resume(ctx context.Context) error { return p.do(ctx, "resurrect") }

func (p *pm2) down() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	pid := p.daemon()
	if pid == 0 || !alive(pid) {
		return
	}
	_ = p.do(ctx, "kill") // what it doesn't do is done here
	endPID(pid)
}

// endPID ends a process that is no child of bench: asked first, then killed.
func endPID(pid int) {
	unix.Kill(pid, unix.SIGTERM)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if until(ctx, 20*time.Millisecond, func() bool { return !alive(pid) }) != nil {
		unix.Kill(pid, unix.SIGKILL)
	}
}

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// supervisord is Supervisor with a configuration of its own, in the foreground.
type supervisord struct {
	programs supervisorPrograms
	dir      string
	serve    *daemon
}

// supervisorPrograms is where Supervisor is installed.
type supervisorPrograms struct {
	daemon, ctl string
	pythonPath  string // of an unpacked package; "" when it is installed
}

func (p supervisorPrograms) env(home string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}
	if p.pythonPath != "" {
		env = append(env, "PYTHONPATH="+p.pythonPath)
	}
	return env
}

// makeSupervisord takes what is on PATH, or the Debian package that is unpacked in the peers' directory.
func makeSupervisord(ctx context.Context, l *lab) (maker, error) {
	p := supervisorPrograms{}
	if path, err := exec.LookPath("supervisord"); err == nil {
		p.daemon, p.ctl = path, filepath.Join(filepath.Dir(path), "supervisorctl")
	} else {
		root := filepath.Join(l.peerDir, "supervisor", "usr")
		p = supervisorPrograms{filepath.Join(root, "bin", "supervisord"), filepath.Join(root, "bin", "supervisorctl"), filepath.Join(root, "lib/python3/dist-packages")}
	}
	version, err := call(ctx, "", p.env(l.dir), p.daemon, "--version")
	return maker{name: "supervisord", version: version, make: func(dir string) system { return &supervisord{programs: p, dir: dir} }}, err
}

func (s *supervisord) conf() string              { return filepath.Join(s.dir, "supervisord.conf") }
func (s *supervisord) socket() string            { return filepath.Join(s.dir, "supervisor.sock") }
func (s *supervisord) logFile(bot string) string { return filepath.Join(s.dir, bot+".log") }

// config is the file with all bots; autostart says whether they start with the supervisor.
func (s *supervisord) config(bots []botSpec) string {
	var b strings.Builder
	fmt.Fprintf(&b, "[supervisord]\nnodaemon=true\nlogfile=%[1]s/supervisord.log\npidfile=%[1]s/supervisord.pid\nchildlogdir=%[1]s\nminfds=4096\n", s.dir)
	fmt.Fprintf(&b, "[unix_http_server]\nfile=%s\n[supervisorctl]\nserverurl=unix://%[1]s\n", s.socket())
	b.WriteString("[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n")
	for _, bot := range bots {
		fmt.Fprintf(&b, "[program:%s]\ncommand=%s\nautostart=false\nautorestart=%t\nstartsecs=0\nstartretries=1000000\n", bot.name, strings.Join(bot.command, " "), !bot.once)
		fmt.Fprintf(&b, "stdout_logfile=%s\nstdout_logfile_maxbytes=0\nredirect_stderr=true\n", s.logFile(bot.name))
	}
	return b.String()
}

func (s *supervisord) launch(ctx context.Context) (err error) {
	os.Remove(s.socket())
	s.serve, err = launch(s.dir, filepath.Join(s.dir, "printed.log"), s.programs.env(s.dir), s.programs.daemon, "-c", s.conf())
	if err != nil {
		return err
	}
	return s.serve.ready(ctx, func() bool {
		_, err := os.Stat(s.socket())
		return err == nil
	})
}

func (s *supervisord) up(ctx context.Context, bots []botSpec) error {
	if err := os.WriteFile(s.conf(), []byte(s.config(bots)), 0o644); err != nil {
		return err
	}
	return s.launch(ctx)
}

func (s *supervisord) ctl(args ...string) []string {
	return append([]string{s.programs.ctl, "-c", s.conf()}, args...)
}

func (s *supervisord) start(ctx context.Context) error {
	_, err := call(ctx, s.dir, s.programs.env(s.dir), s.ctl("start", "all")...)
	return err
}

func (s *supervisord) stop(ctx context.Context) error {
	_, err := call(ctx, s.dir, s.programs.env(s.dir), s.ctl("stop", "all")...)
	return err
}

func (s *supervisord) roots() (own, database []int) { return []int{s.serve.pid()}, nil }

func (s *supervisord) stored(_ context.Context, bot string) (int, error) {
	return linesIn(s.logFile(bot), lineLen)
}

func (s *supervisord) read(_ context.Context, bot string, line func(string)) error {
	return readLines(s.logFile(bot), line)
}

func (s *supervisord) raw(bot string) (string, func(), error) { return s.logFile(bot), func() {}, nil }

func (s *supervisord) tail(ctx context.Context, bot string, line func([]byte)) error {
	return tailCommand(ctx, s.dir, s.programs.env(s.dir), line, s.ctl("tail", "-f", bot)...)
}

func (s *supervisord) watch(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

func (s *supervisord) kill(context.Context) error {
	s.serve.kill()
	return nil
}

// resume starts it with the bots starting by themselves, as they would after a boot.
func (s *supervisord) resume(ctx context.Context) error {
	text, err := os.ReadFile(s.conf())
	if err != nil {
		return err
	}
	text = []byte(strings.ReplaceAll(string(text), "autostart=false", "autostart=true"))
	if err := os.WriteFile(s.conf(), text, 0o644); err != nil {
		return err
	}
	return s.launch(ctx)
}

func (s *supervisord) down() {
	if s.serve != nil {
		s.serve.end(15 * time.Second)
	}
}

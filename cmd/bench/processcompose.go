package main

import (
	"context"
	"debug/buildinfo"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// processCompose is process-compose without its terminal page, on a Unix socket.
type processCompose struct {
	binary string
	dir    string
	serve  *daemon
}

// composePrefix is what process-compose puts before each line in a log file without metadata.
const composePrefix = "<nil> INF "

func makeProcessCompose(ctx context.Context, l *lab) (maker, error) {
	binary, err := exec.LookPath("process-compose")
	if err != nil {
		binary = filepath.Join(l.peerDir, "bin", "process-compose")
	}
	version, err := call(ctx, l.dir, composeEnv(l.dir), binary, "version")
	for line := range strings.Lines(version) {
		if v, ok := strings.CutPrefix(line, "Version:"); ok {
			version = strings.TrimSpace(v)
		}
	}
	if info, e := buildinfo.ReadFile(binary); e == nil && version == "undefined" { // made by go install
		version = info.Main.Version
	}
	return maker{name: "process-compose", version: version, make: func(dir string) system { return &processCompose{binary: binary, dir: dir} }}, err
}

func composeEnv(home string) []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}
}

func (p *processCompose) logFile(bot string) string { return filepath.Join(p.dir, bot+".log") }

func (p *processCompose) argv(args ...string) []string {
	return append([]string{p.binary, "-U", "-u", filepath.Join(p.dir, "pc.sock"), "-L", filepath.Join(p.dir, "pc.log")}, args...)
}

// project is the file with all bots, in JSON, which is YAML too. Lines are flushed one by one: with
// its default they would stay in memory until the end.
func (p *processCompose) project(bots []botSpec, disabled bool) map[string]any {
	all := map[string]any{}
	for _, b := range bots {
		restart := "always"
		if b.once {
			restart = "no"
		}
		all[b.name] = map[string]any{
			"entrypoint": b.command, "disabled": disabled, "log_location": p.logFile(b.name),
			"log_configuration": map[string]any{"no_metadata": true, "disable_json": true, "no_color": true, "flush_each_line": true},
			"availability":      map[string]any{"restart": restart, "backoff_seconds": 1}, // the least it can
		}
	}
	return map[string]any{"version": "0.5", "is_strict": true, "processes": all}
}

// file is the path of the project; awake is the same with bots that start with it.
func (p *processCompose) file(awake bool) string {
	if awake {
		return filepath.Join(p.dir, "awake.json")
	}
	return filepath.Join(p.dir, "asleep.json")
}

func (p *processCompose) launch(ctx context.Context, awake bool) (err error) {
	os.Remove(filepath.Join(p.dir, "pc.sock"))
	argv := p.argv("-t=false", "--keep-project", "-f", p.file(awake), "up")
	if p.serve, err = launch(p.dir, filepath.Join(p.dir, "printed.txt"), composeEnv(p.dir), argv...); err != nil {
		return err
	}
	return p.serve.ready(ctx, func() bool { return p.do(ctx, "process", "list") == nil })
}

func (p *processCompose) do(ctx context.Context, args ...string) error {
	_, err := call(ctx, p.dir, composeEnv(p.dir), p.argv(args...)...)
	return err
}

func (p *processCompose) up(ctx context.Context, bots []botSpec) error {
	for _, awake := range []bool{false, true} {
		text, err := json.Marshal(p.project(bots, !awake))
		if err != nil {
			return err
		}
		if err := os.WriteFile(p.file(awake), text, 0o644); err != nil {
			return err
		}
	}
	return p.launch(ctx, false)
}

func (p *processCompose) start(ctx context.Context) error {
	return p.do(ctx, "namespace", "start", "default")
}

func (p *processCompose) stop(ctx context.Context) error {
	return p.do(ctx, "namespace", "stop", "default")
}

func (p *processCompose) roots() (own, database []int) { return []int{p.serve.pid()}, nil }

func (p *processCompose) stored(_ context.Context, bot string) (int, error) {
	return linesIn(p.logFile(bot), lineLen+len(composePrefix))
}

func (p *processCompose) read(_ context.Context, bot string, line func(string)) error {
	return readLines(p.logFile(bot), func(text string) { line(strings.TrimPrefix(text, composePrefix)) })
}

func (p *processCompose) raw(bot string) (string, func(), error) {
	return p.logFile(bot), func() {}, nil
}

func (p *processCompose) tail(ctx context.Context, bot string, line func([]byte)) error {
	return tailCommand(ctx, p.dir, composeEnv(p.dir), line, p.argv("process", "logs", "-f", "-n", "0", bot)...)
}

func (p *processCompose) watch(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

func (p *processCompose) kill(context.Context) error {
	p.serve.kill()
	return nil
}

// resume starts it with the bots starting by themselves, as they would after a boot.
func (p *processCompose) resume(ctx context.Context) error { return p.launch(ctx, true) }

func (p *processCompose) down() {
	if p.serve != nil {
		p.serve.end(15 * time.Second)
	}
}

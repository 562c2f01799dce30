package e2e

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestUpgradeInPlace: SIGUSR2 replaces the program in its process. No connection is refused, the
// bots and the private Postgres go on, and what can't be executed changes nothing.
func TestUpgradeInPlace(t *testing.T) {
	t.Parallel()
	s := newInstallation(t, "BOTSWAIN_ADMIN_USERNAME="+adminName, "BOTSWAIN_ADMIN_PASSWORD="+adminPassword)
	bin := t.TempDir()
	s.program = filepath.Join(bin, "botswain")
	place(t, built.botswain, s.program)
	s.start()
	pid, postgres := s.cmd.Process.Pid, s.postmaster()
	if text, err := os.ReadFile(filepath.Join(s.dir, "botswain.pid")); err != nil || string(text) != itoa(pid)+"\n" {
		t.Errorf("pid file %q, %v", text, err)
	}
	b := s.create("steady", fields{"start_seconds": 0, "restart": fields{"initial_delay": "100ms"}}, "tick", "1ms")
	s.do(b.ID, "start")
	bot := s.waitStatus(b.ID, "running", 10*time.Second).PID

	// Nothing happens for a file that isn't Botswain, whichever way it isn't.
	for n, bad := range []struct {
		text string
		mode os.FileMode
	}{{"no program\n", 0o755}, {"#!/bin/sh\nexit 3\n", 0o755}, {"#!/bin/sh\necho botswain 1 '(x)'\n", 0o644}} {
		file := filepath.Join(bin, "bad")
		if err := os.WriteFile(file, []byte(bad.text), bad.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, bad.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file, s.program); err != nil {
			t.Fatal(err)
		}
		s.cmd.Process.Signal(syscall.SIGUSR2)
		eventually(t, 20*time.Second, "a refusal", func() bool { return strings.Count(s.out.String(), "no upgrade:") == n+1 })
		if got := s.bot(b.ID); got.PID != bot {
			t.Fatalf("the bot's pid is %d, was %d", got.PID, bot)
		}
	}

	build := exec.Command("go", "build", "-ldflags", "-X main.version=99.1.2", "-o", filepath.Join(bin, "new"), "../../cmd/botswain")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for round := range 2 { // the second time a program that itself came by an upgrade is replaced
		place(t, filepath.Join(bin, "new"), s.program)
		var answered, failed atomic.Int64
		stop, over := make(chan struct{}), make(chan struct{})
		halt := sync.OnceFunc(func() { close(stop); <-over })
		t.Cleanup(halt)
		go func() {
			defer close(over)
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			for {
				select {
				case <-stop:
					return
				default:
				}
				res, err := client.Get(s.url + "/healthz")
				switch {
				case errors.Is(err, syscall.ECONNREFUSED), err == nil && res.StatusCode != http.StatusOK:
					failed.Add(1)
					t.Errorf("a request failed: %v", err)
				case err != nil: // accepted by a server that was about to go: its client tries again
					t.Logf("a request was cut: %v", err)
				default:
					answered.Add(1)
				}
				if err == nil {
					res.Body.Close()
				}
			}
		}()
		s.cmd.Process.Signal(syscall.SIGUSR2)
		eventually(t, 60*time.Second, "the new program", func() bool { return strings.Count(s.out.String(), "upgraded in place") == round+1 })
		before := answered.Load()
		eventually(t, 20*time.Second, "answers of the new program", func() bool { return answered.Load() > before+10 || failed.Load() > 0 })
		halt()
		if got := s.waitStatus(b.ID, "running", 10*time.Second); got.PID != bot {
			t.Fatalf("the bot's pid is %d, was %d", got.PID, bot)
		}
		if got := s.postmaster(); got != postgres {
			t.Errorf("Postgres has pid %d, had %d", got, postgres)
		}
	}
	if !strings.Contains(s.out.String(), "to=99.1.2") || strings.Contains(s.out.String(), "can't be used") {
		t.Error("the log doesn't tell the upgrade")
	}
	if !strings.HasPrefix(s.cli("bot", "list"), "NAME") {
		t.Error("the command line's socket doesn't answer")
	}

	// How a child of before ends is known, and no zombie is left.
	syscall.Kill(bot, syscall.SIGKILL)
	eventually(t, 20*time.Second, "another run", func() bool { now := s.bot(b.ID); return now.Status == "running" && now.PID != bot })
	now := s.bot(b.ID)
	if now.LastExit == nil || now.LastExit.Signal != "SIGKILL" {
		t.Errorf("last exit %+v", now.LastExit)
	}
	if _, err := os.Stat("/proc/" + itoa(bot)); err == nil {
		t.Error("a zombie is left")
	}
	if env, err := os.ReadFile("/proc/" + itoa(now.PID) + "/environ"); err != nil || bytes.Contains(env, []byte("HANDOVER")) {
		t.Errorf("the bot's environment: %q, %v", env, err)
	}
	s.do(b.ID, "stop")
	s.waitStatus(b.ID, "stopped", 15*time.Second)
	checkSeqs(t, s.lines(b.ID, 0))
	s.stop()
	if alive(postgres) {
		t.Error("the private Postgres outlived a normal stop")
	}
	if _, err := os.Stat(filepath.Join(s.dir, "botswain.pid")); err == nil {
		t.Error("the pid file is still there")
	}
}

// place puts a copy of a program at a path, in one step, as an installation does.
func place(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to+".tmp", b, 0o755)
	}
	if err == nil {
		err = os.Rename(to+".tmp", to)
	}
	if err != nil {
		t.Fatal(err)
	}
}

package main

import (
	"bufio"
	"context"
	"io"
	"strings"
	"testing"
)

func TestPrintsEnvironmentAndObeys(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	in, say := io.Pipe()
	hear, out := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- run(ctx, in, out) }()
	lines := bufio.NewScanner(hear)
	env := map[string]string{}
	for len(env) < 7 && lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), "=")
		env[name] = value
	}
	if !strings.HasPrefix(env["BOTSWAIN_TELEGRAM_API_URL"], "http://127.0.0.1:") || !strings.HasSuffix(env["BOTSWAIN_DISCORD_API_URL"], "/api") {
		t.Errorf("%v", env)
	}
	for said, want := range map[string]string{"revoke": "revoked", "restore": "restored", "requests": "[]", "help": "t TEXT"} {
		if _, err := io.WriteString(say, said+"\n"); err != nil {
			t.Fatal(err)
		}
		if !lines.Scan() || !strings.HasPrefix(lines.Text(), want) {
			t.Errorf("%s: %s", said, lines.Text())
		}
		for said == "help" && lines.Text() != "help" && lines.Scan() {
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	_ = say.Close()
}

package config

import (
	"bytes"
	"encoding/base64"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func load(t *testing.T, env map[string]string) (Config, error) {
	t.Helper()
	if _, ok := env["BOTSWAIN_DATA_DIR"]; !ok {
		env["BOTSWAIN_DATA_DIR"] = filepath.Join(t.TempDir(), "data")
	}
	return Load(func(name string) string { return env[name] })
}

func TestDefaults(t *testing.T) {
	c, err := load(t, map[string]string{})
	if err != nil {
		t.Fatal(err)
	}
	if c.Addr != "127.0.0.1:8080" || c.DatabaseURL != "" || c.LeaveOnShutdown || c.PublicURL != "" || c.LogLevel != slog.LevelInfo || c.LogFormat != "text" ||
		c.SpoolMaxBot != 256<<20 || c.SpoolMaxTotal != 2<<30 {
		t.Errorf("%+v", c)
	}
	if c.TelegramAPIURL != "https://api.telegram.org" || c.DiscordAPIURL != "https://discord.com/api" {
		t.Errorf("%s, %s", c.TelegramAPIURL, c.DiscordAPIURL)
	}
	if fi, err := os.Stat(c.DataDir); err != nil || fi.Mode().Perm() != 0o700 {
		t.Errorf("data directory: %v, %v", fi.Mode(), err)
	}
}

func TestAllSet(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("from a file \n"), 0o600); err != nil {
		t.Fatal(err)
	}
	key := bytes.Repeat([]byte{7}, 32)
	c, err := load(t, map[string]string{
		"BOTSWAIN_ADDR": ":0", "DATABASE_URL": "postgres://u:p@h/d", "BOTSWAIN_ENCRYPTION_KEY": base64.StdEncoding.EncodeToString(key),
		"BOTSWAIN_ADMIN_USERNAME": "ada", "BOTSWAIN_ADMIN_PASSWORD_FILE": file, "BOTSWAIN_ON_SHUTDOWN": "leave",
		"BOTSWAIN_TELEGRAM_API_URL": "http://127.0.0.1:9/", "BOTSWAIN_PUBLIC_URL": "https://bots.example.org/",
		"BOTSWAIN_LOG_LEVEL": "debug", "BOTSWAIN_LOG_FORMAT": "json", "BOTSWAIN_MAX_STARTS": "3",
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.AdminPassword != "from a file " {
		t.Errorf("only line ends belong cut: %q", c.AdminPassword)
	}
	if !bytes.Equal(c.EncryptionKey, key) || !c.LeaveOnShutdown || c.TelegramAPIURL != "http://127.0.0.1:9" ||
		c.PublicURL != "https://bots.example.org" || c.LogLevel != slog.LevelDebug || c.LogFormat != "json" || c.MaxStarts != 3 {
		t.Errorf("%+v", c)
	}
	if _, err := os.Stat(filepath.Join(c.DataDir, keyFile)); err == nil {
		t.Error("made a key although one was given")
	}
}

func TestErrorsNameTheSettingInOneLine(t *testing.T) {
	const secret = "hunter2-s3cret"
	for name, env := range map[string]map[string]string{
		"BOTSWAIN_ADDR":                {"BOTSWAIN_ADDR": "8080"},
		"BOTSWAIN_ADDR: the port":      {"BOTSWAIN_ADDR": "127.0.0.1:http"},
		"DATABASE_URL":                 {"DATABASE_URL": "host=x password=" + secret},
		"BOTSWAIN_ENCRYPTION_KEY":      {"BOTSWAIN_ENCRYPTION_KEY": secret},
		"BOTSWAIN_ADMIN_USERNAME":      {"BOTSWAIN_ADMIN_PASSWORD": secret},
		"BOTSWAIN_ON_SHUTDOWN":         {"BOTSWAIN_ON_SHUTDOWN": "maybe"},
		"BOTSWAIN_MAX_STARTS":          {"BOTSWAIN_MAX_STARTS": "many"},
		"BOTSWAIN_PUBLIC_URL":          {"BOTSWAIN_PUBLIC_URL": "bots.example.org"},
		"BOTSWAIN_LOG_LEVEL":           {"BOTSWAIN_LOG_LEVEL": "loud"},
		"BOTSWAIN_LOG_FORMAT":          {"BOTSWAIN_LOG_FORMAT": "xml"},
		"BOTSWAIN_ADMIN_PASSWORD_FILE": {"BOTSWAIN_ADMIN_USERNAME": "ada", "BOTSWAIN_ADMIN_PASSWORD_FILE": "/nowhere"},
		"BOTSWAIN_ADMIN_PASSWORD: set": {"BOTSWAIN_ADMIN_USERNAME": "ada", "BOTSWAIN_ADMIN_PASSWORD": secret, "BOTSWAIN_ADMIN_PASSWORD_FILE": "/nowhere"},
		"BOTSWAIN_DATA_DIR":            {"BOTSWAIN_DATA_DIR": "/dev/null/data"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, env)
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.HasPrefix(err.Error(), name) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), secret) {
				t.Errorf("got: %v", err)
			}
		})
	}
}

func TestKeyIsMadeOnceAndNeverReplaced(t *testing.T) {
	dir := t.TempDir()
	env := map[string]string{"BOTSWAIN_DATA_DIR": dir}
	first, err := load(t, env)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, keyFile)
	if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", fi.Mode(), err)
	}
	second, err := load(t, env)
	if err != nil || len(first.EncryptionKey) != 32 || !bytes.Equal(first.EncryptionKey, second.EncryptionKey) {
		t.Errorf("another key the second time (%v)", err)
	}
	if err := os.WriteFile(path, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := load(t, env); err == nil {
		t.Error("a broken key was accepted")
	}
	if b, _ := os.ReadFile(path); string(b) != "broken" {
		t.Error("a broken key was replaced")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.*.*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestSizes(t *testing.T) {
	for value, want := range map[string]int64{"1048576": 1 << 20, "3 MiB": 3 << 20, "1024KiB": 1 << 20, "2GiB": 2 << 30} {
		if c, err := load(t, map[string]string{"BOTSWAIN_SPOOL_MAX_BOT": value}); err != nil || c.SpoolMaxBot != want {
			t.Errorf("%s: %d, %v", value, c.SpoolMaxBot, err)
		}
	}
	for _, value := range []string{"1", "1023KiB", "-5MiB", "2GB", "MiB", "1.5GiB", "9999999999999GiB", "3GiB"} { // 3 GiB is more than all may have
		if _, err := load(t, map[string]string{"BOTSWAIN_SPOOL_MAX_BOT": value}); err == nil || !strings.HasPrefix(err.Error(), "BOTSWAIN_SPOOL_MAX_") {
			t.Errorf("%s: %v", value, err)
		}
	}
}

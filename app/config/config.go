// Package config reads Botswain's settings from the environment, once, and checks them.
//
// Each setting NAME can also come from a file that NAME_FILE names, for secrets that shouldn't be
// in the environment; line ends at the file's end are cut off.
package config

import (
	"fmt"
	"log/slog"
	"path/filepath"
)

// Config is what the operator set, with defaults filled in. Pass it down; nobody reads the
// environment again.
type Config struct {
	Addr            string // listen address, HOST:PORT
	DataDir         string // absolute, exists, 0700 if it was made here
	DatabaseURL     string // "": a private Postgres in the data directory
	EncryptionKey   []byte // 32 bytes
	Keyring         Keyring
	AdminUsername   string // both or neither of the two
	AdminPassword   string
	LeaveOnShutdown bool // leave bots running instead of stopping them
	MaxStarts       int  // starts of bots at once; 0: twice the number of cores
	TelegramAPIURL  string
	DiscordAPIURL   string
	PublicURL       string // "": taken from the request; never ends in a slash
	SpoolMaxBot     int64  // bytes that wait to be stored, of one bot
	SpoolMaxTotal   int64  // and of all; never less
	LogLevel        slog.Level
	LogFormat       string // "text" or "json"
}

// Load reads and checks all settings. getenv is os.Getenv outside tests. It makes the data
// directory, and in it the encryption key when none is set. The error is one clear line that names
// the setting and never holds a secret.
func Load(getenv func(string) string) (Config, error) {
	r := reader{getenv: getenv}
	c := Config{
		Addr:            r.addr("BOTSWAIN_ADDR", "127.0.0.1:8080"),
		DataDir:         r.text("BOTSWAIN_DATA_DIR", "./data"),
		DatabaseURL:     r.databaseURL("DATABASE_URL"),
		AdminUsername:   r.text("BOTSWAIN_ADMIN_USERNAME", ""),
		AdminPassword:   r.text("BOTSWAIN_ADMIN_PASSWORD", ""),
		LeaveOnShutdown: r.oneOf("BOTSWAIN_ON_SHUTDOWN", "stop", "leave") == "leave",
		MaxStarts:       r.number("BOTSWAIN_MAX_STARTS", 1, 1000),
		TelegramAPIURL:  r.httpURL("BOTSWAIN_TELEGRAM_API_URL", "https://api.telegram.org"),
		DiscordAPIURL:   r.httpURL("BOTSWAIN_DISCORD_API_URL", "https://discord.com/api"),
		PublicURL:       r.httpURL("BOTSWAIN_PUBLIC_URL", ""),
		SpoolMaxBot:     r.size("BOTSWAIN_SPOOL_MAX_BOT", 256<<20),
		SpoolMaxTotal:   r.size("BOTSWAIN_SPOOL_MAX_TOTAL", 2<<30),
		LogLevel:        r.level("BOTSWAIN_LOG_LEVEL"),
		LogFormat:       r.oneOf("BOTSWAIN_LOG_FORMAT", "text", "json"),
	}
	key, next := r.key(keySetting), r.key(nextKeySetting)
	if r.err == nil && (c.AdminUsername == "") != (c.AdminPassword == "") {
		r.fail("BOTSWAIN_ADMIN_USERNAME", "set both it and BOTSWAIN_ADMIN_PASSWORD, or neither")
	}
	if r.err == nil && next != nil && key == nil {
		r.fail(nextKeySetting, "is for a key that is set with BOTSWAIN_ENCRYPTION_KEY; the one in the data directory is rotated without it")
	}
	if r.err == nil && c.SpoolMaxTotal < c.SpoolMaxBot {
		r.fail("BOTSWAIN_SPOOL_MAX_TOTAL", "must not be less than BOTSWAIN_SPOOL_MAX_BOT")
	}
	if r.err != nil {
		return Config{}, r.err
	}

	dir, err := filepath.Abs(c.DataDir)
	if err == nil {
		err = makeDataDir(dir)
	}
	if err != nil {
		return Config{}, fmt.Errorf("BOTSWAIN_DATA_DIR: %w", dataDirError{err})
	}
	c.DataDir = dir
	c.Keyring = Keyring{path: filepath.Join(dir, keyFile), set: key, next: next}
	if key == nil {
		if key, err = keyFromFile(filepath.Join(dir, keyFile)); err != nil {
			return Config{}, fmt.Errorf("BOTSWAIN_ENCRYPTION_KEY is not set, and %w", err)
		}
	}
	c.EncryptionKey = key
	return c, nil
}

package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// reader reads settings until the first wrong one.
type reader struct {
	getenv func(string) string
	err    error
}

// fail keeps the first problem. Reasons never repeat a value, which may be a secret.
func (r *reader) fail(name, reason string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%s: %s", name, fmt.Sprintf(reason, args...))
	}
}

// text is the setting or its file's content; empty counts as unset.
func (r *reader) text(name, fallback string) string {
	value, file := r.getenv(name), r.getenv(name+"_FILE")
	if file == "" {
		return cmp.Or(value, fallback)
	}
	if value != "" {
		r.fail(name, "set either it or %s_FILE, not both", name)
		return fallback
	}
	b, err := os.ReadFile(file)
	if err != nil {
		r.fail(name+"_FILE", "can't read %s: %v", file, cause(err))
		return fallback
	}
	return cmp.Or(strings.TrimRight(string(b), "\r\n"), fallback)
}

// cause drops the operation and path that *fs.PathError puts in front.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// oneOf takes one of the words; the first is the default.
func (r *reader) oneOf(name string, words ...string) string {
	v := r.text(name, words[0])
	if !slices.Contains(words, v) {
		r.fail(name, "must be one of: %s", strings.Join(words, ", "))
	}
	return v
}

// leastSize is the least that a size may be set to, in bytes: less would be dropped at every turn.
const leastSize = 1 << 20

// size is a number of bytes, or of KiB, MiB or GiB.
func (r *reader) size(name string, fallback int64) int64 {
	v := r.text(name, "")
	if v == "" {
		return fallback
	}
	digits, unit := v, int64(1)
	for suffix, n := range map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30} {
		if rest, ok := strings.CutSuffix(v, suffix); ok {
			digits, unit = strings.TrimSpace(rest), n
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/unit || n*unit < leastSize {
		r.fail(name, "must be a size of at least 1MiB: a whole number of bytes, or one with KiB, MiB or GiB")
		return fallback
	}
	return n * unit
}

// number is a whole number from least to most; unset is 0.
func (r *reader) number(name string, least, most int) int {
	v := r.text(name, "")
	if v == "" {
		return 0
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > most {
		r.fail(name, "must be a whole number from %d to %d", least, most)
	}
	return n
}

func (r *reader) level(name string) slog.Level {
	words := []string{"info", "debug", "warn", "error"}
	var l slog.Level
	if err := l.UnmarshalText([]byte(r.oneOf(name, words...))); err != nil {
		r.fail(name, "must be one of: %s", strings.Join(words, ", "))
	}
	return l
}

func (r *reader) addr(name, fallback string) string {
	v := r.text(name, fallback)
	_, port, err := net.SplitHostPort(v)
	if err != nil {
		r.fail(name, "must be HOST:PORT, such as 127.0.0.1:8080 or :8080")
		return v
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		r.fail(name, "the port must be a number from 0 to 65535")
	}
	return v
}

// httpURL is an absolute URL, given back without a slash at its end.
func (r *reader) httpURL(name, fallback string) string {
	v := r.text(name, fallback)
	if v == "" {
		return ""
	}
	u, err := url.Parse(v)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		r.fail(name, "must be a URL such as https://example.org, without ? and #")
	}
	return strings.TrimRight(v, "/")
}

func (r *reader) databaseURL(name string) string {
	v := r.text(name, "")
	if v == "" {
		return ""
	}
	u, err := url.Parse(v)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		r.fail(name, "must be a URL such as postgres://user:password@host:5432/database (special characters in the password as %%XX)")
	} else if _, err := pgconn.ParseConfig(v); err != nil {
		r.fail(name, "its port, sslmode or another option can't be right")
	}
	return v
}

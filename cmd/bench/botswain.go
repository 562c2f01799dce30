package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sys/unix"
)

// The administrator of an installation that lives for one run.
const (
	adminName     = "captain"
	adminPassword = "only-for-one-run"
)

// botswain runs the binary with its private Postgres, settings as they come.
type botswain struct {
	binary string
	dir    string
	serve  *daemon
	starts int
	api    *botswainAPI
	ids    map[string]string // by name
	names  []string
	db     *pgx.Conn
}

func makeBotswain(ctx context.Context, l *lab) (maker, error) {
	version, err := call(ctx, "", os.Environ(), l.botswain, "version")
	return maker{name: "botswain", version: version, make: func(dir string) system {
		return &botswain{binary: l.botswain, dir: dir, ids: map[string]string{}}
	}}, err
}

func (b *botswain) data() string { return filepath.Join(b.dir, "data") }

func (b *botswain) env() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + b.dir, "BOTSWAIN_DATA_DIR=" + b.data(), "BOTSWAIN_ADDR=127.0.0.1:0",
		"BOTSWAIN_ADMIN_USERNAME=" + adminName, "BOTSWAIN_ADMIN_PASSWORD=" + adminPassword,
	}
}

var listening = regexp.MustCompile(`listening on (http://\S+)`)

// launch starts the server and gives its address.
func (b *botswain) launch(ctx context.Context) (url string, err error) {
	b.starts++
	log := filepath.Join(b.dir, fmt.Sprintf("botswain.%d.log", b.starts))
	if b.serve, err = launch(b.dir, log, b.env(), b.binary, "serve"); err != nil {
		return "", err
	}
	err = b.serve.ready(ctx, func() bool {
		text, _ := os.ReadFile(log)
		if m := listening.FindSubmatch(text); m != nil {
			url = string(m[1])
		}
		return url != ""
	})
	return url, err
}

func (b *botswain) up(ctx context.Context, bots []botSpec) error {
	url, err := b.launch(ctx)
	if err != nil {
		return err
	}
	token, err := call(ctx, b.dir, b.env(), b.binary, "token", "create", "--user", adminName)
	if err != nil {
		return err
	}
	b.api = newBotswainAPI(url, token)
	for _, spec := range bots {
		if b.ids[spec.name], err = b.api.create(ctx, spec); err != nil {
			return err
		}
		b.names = append(b.names, spec.name)
	}
	b.db, err = pgx.Connect(ctx, "host="+filepath.Join(b.data(), "postgres")+" port=5432 user=botswain dbname=botswain sslmode=disable")
	return err
}

func (b *botswain) start(ctx context.Context) error { return b.act(ctx, "start") }
func (b *botswain) stop(ctx context.Context) error  { return b.act(ctx, "stop") }

func (b *botswain) act(ctx context.Context, what string) error {
	return b.api.call(ctx, "POST", "/bots/actions", map[string]any{"action": what, "all": true}, nil)
}

func (b *botswain) postmaster() int {
	return pidFile(filepath.Join(b.data(), "postgres", "postmaster.pid"))
}

func (b *botswain) roots() (own, database []int) {
	return []int{b.serve.pid()}, []int{b.postmaster()}
}

// stored asks the database itself: what is committed there, nothing else is durable.
func (b *botswain) stored(ctx context.Context, bot string) (int, error) {
	var bytes int
	err := b.db.QueryRow(ctx, "select coalesce(sum(committed), 0)::bigint from spool_offsets where bot_id = $1 and stream <= 1", b.ids[bot]).Scan(&bytes)
	return bytes / lineLen, err
}

func (b *botswain) read(ctx context.Context, bot string, line func(string)) error {
	return b.api.lines(ctx, b.ids[bot], line)
}

// raw is the bot's spool. Botswain gives its bytes back as it stores them, so it stands still meanwhile.
func (b *botswain) raw(bot string) (string, func(), error) {
	found, err := filepath.Glob(filepath.Join(b.data(), "spool", b.ids[bot], "*", "stdout"))
	if err != nil || len(found) != 1 {
		return "", nil, fmt.Errorf("%d spool files of %s: %w", len(found), bot, err)
	}
	pid := b.serve.pid()
	if err := unix.Kill(pid, unix.SIGSTOP); err != nil {
		return "", nil, fmt.Errorf("pause Botswain: %w", err)
	}
	return found[0], func() { unix.Kill(pid, unix.SIGCONT) }, nil
}

func (b *botswain) tail(ctx context.Context, bot string, line func([]byte)) error {
	return b.api.tail(ctx, b.ids[bot], line)
}

func (b *botswain) watch(ctx context.Context) error { return b.api.dashboard(ctx) }

func (b *botswain) kill(context.Context) error {
	b.serve.kill()
	return nil
}

func (b *botswain) resume(ctx context.Context) error {
	url, err := b.launch(ctx)
	if err == nil {
		b.api = newBotswainAPI(url, b.api.token)
	}
	return err
}

func (b *botswain) down() {
	if b.db != nil {
		b.db.Close(context.Background())
	}
	if b.serve == nil {
		return
	}
	postmaster := b.postmaster()
	b.serve.end(30 * time.Second)
	if postmaster == 0 || !alive(postmaster) {
		return
	}
	unix.Kill(postmaster, unix.SIGINT) // a fast shutdown, as Botswain does it
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if until(ctx, 20*time.Millisecond, func() bool { return !alive(postmaster) }) != nil {
		unix.Kill(postmaster, unix.SIGQUIT)
	}
}

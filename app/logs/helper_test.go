package logs

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/logs/redact"
	"github.com/botswain/botswain/db"
	"github.com/botswain/botswain/db/dbtest"
)

// rig is a spool, a database and a service on them that can be stopped, crashed and started again.
type rig struct {
	testing.TB
	url              string
	pool             *pgxpool.Pool // of the test itself
	root             string
	hub              *event.Hub
	log              *slog.Logger
	drain            time.Duration
	now              func() time.Time
	maxBot, maxTotal int64
	inotify          inotify
	polling          func(bool)
	secrets          func(bot.ID) []redact.Secret
	unredacted       bool

	svc  *Service
	stop func() error // cancels Run and waits for it
}

func newRig(t testing.TB) *rig {
	url := dbtest.NewURL(t)
	r := &rig{TB: t, url: url, root: t.TempDir(), hub: event.NewHub(), log: slog.New(slog.DiscardHandler)}
	if testing.Verbose() {
		r.log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	r.pool = r.open(url)
	return r
}

func (r *rig) open(url string) *pgxpool.Pool {
	r.Helper()
	pool, err := db.Open(r.Context(), url, 4)
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(pool.Close)
	return pool
}

// start runs a service on its own pool to the given server.
func (r *rig) start(url string) {
	r.Helper()
	pool, err := db.Open(r.Context(), url, 4)
	if err != nil {
		r.Fatal(err)
	}
	r.startOn(NewPostgres(pool), pool.Close)
}

func (r *rig) startOn(st Storage, after func()) {
	r.svc = New(Options{Storage: st, SpoolRoot: r.root, Hub: r.hub, Log: r.log, Now: r.now, drain: r.drain, MaxBot: r.maxBot, MaxTotal: r.maxTotal, inotify: r.inotify, Polling: r.polling, Secrets: r.secrets, unredacted: r.unredacted})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	svc := r.svc
	go func() { done <- svc.Run(ctx) }()
	stopped := false
	r.stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		err := <-done
		after()
		return err
	}
	r.Cleanup(func() { _ = r.stop() })
}

// stopClean stops and insists on everything being stored.
func (r *rig) stopClean() {
	r.Helper()
	if err := r.stop(); err != nil {
		r.Fatalf("stop: %v", err)
	}
}

// bot makes a bot that the database knows.
func (r *rig) bot() bot.ID {
	r.Helper()
	id := bot.NewID()
	_, err := r.pool.Exec(r.Context(), `insert into bots (id, name, type, command, dir, env, tags, autostart, restart, stop, limits, start_seconds)
		values ($1, $2, 'generic', '{x}', '', '{}', '{}', false, '{}', '{}', '{}', 1)`, id, id.String())
	if err != nil {
		r.Fatal(err)
	}
	return id
}

// folder makes a run's spool folder with its two files.
func (r *rig) folder(id bot.ID) (bot.RunID, string) {
	r.Helper()
	run := bot.NewID()
	dir := filepath.Join(r.root, id.String(), run.String())
	if err := os.MkdirAll(dir, 0o700); err != nil {
		r.Fatal(err)
	}
	r.print(dir, "stdout", "")
	r.print(dir, "stderr", "")
	return run, dir
}

// print appends to a spool file as a bot does.
func (r *rig) print(dir, file, text string) {
	r.Helper()
	f, err := os.OpenFile(filepath.Join(dir, file), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		r.Fatal(err)
	}
}

// lines reads all that is stored for a bot.
func (r *rig) lines(id bot.ID) []Line {
	r.Helper()
	st := NewPostgres(r.pool)
	var out []Line
	after := int64(0)
	for {
		p, err := st.Page(r.Context(), Query{Bot: id, AfterSeq: &after, Limit: MaxLimit})
		if err != nil {
			r.Fatal(err)
		}
		if len(p.Lines) == 0 {
			return out
		}
		out = append(out, p.Lines...)
		after = p.NextAfterSeq
	}
}

// texts reads the messages, checking that seqs run from 1 without a gap.
func (r *rig) texts(id bot.ID) []string {
	r.Helper()
	var out []string
	for i, l := range r.lines(id) {
		if l.Seq != int64(i+1) {
			r.Fatalf("line %d has seq %d", i, l.Seq)
		}
		out = append(out, l.Message)
	}
	return out
}

func (r *rig) wait(what string, cond func() bool) {
	r.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for !cond() {
		if time.Now().After(deadline) {
			r.Fatalf("waited too long for: %s", what)
		}
		time.Sleep(5 * time.Millisecond) // between two looks at the condition
	}
}

// waitSeq waits until a line is stored.
func (r *rig) waitSeq(id bot.ID, seq int64) {
	r.Helper()
	r.wait(fmt.Sprintf("seq %d", seq), func() bool { return r.svc.StoredSeq(id) >= seq })
}

func (r *rig) waitGone(dir string) {
	r.Helper()
	r.wait("the folder's end", func() bool { _, err := os.Stat(dir); return os.IsNotExist(err) })
}

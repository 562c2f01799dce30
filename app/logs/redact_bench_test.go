package logs

import (
	"bufio"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/logs/redact"
)

// BenchmarkRedaction is what it costs the log path to look for 20 secrets: the same lines with and
// without, in turn, from the file into Postgres ("stored") and without the database ("read").
func BenchmarkRedaction(b *testing.B) {
	kinds := map[string]string{
		"plain":    "%07d INFO bot.handlers a message of a usual length, so that the figures mean something\n",
		"coloured": "\x1b[32m2026-11-26 15:04:05\x1b[0m \x1b[1;34mINFO\x1b[0m bot.handlers message %07d of a usual length here\n",
		"json":     `{"time":"2026-11-26T15:04:05.123Z","level":"info","n":%d,"msg":"said \"hello\" to the user"}` + "\n",
	}
	for _, name := range []string{"plain", "coloured", "json"} {
		b.Run("stored/"+name, func(b *testing.B) {
			compare(b, kinds[name], func() *rig { r := newRig(b); return r }, func(r *rig) { r.start(r.url) })
		})
		b.Run("read/"+name, func(b *testing.B) {
			compare(b, kinds[name], func() *rig {
				return &rig{TB: b, root: b.TempDir(), hub: event.NewHub(), log: slog.New(slog.DiscardHandler)}
			}, func(r *rig) { r.startOn(nowhere{}, func() {}) })
		})
	}
}

const comparedLines = 100_000

func compare(b *testing.B, line string, make func() *rig, start func(*rig)) {
	var took [2][]time.Duration
	secrets := twentySecrets()
	for i := range b.N {
		for _, with := range []int{i % 2, 1 - i%2} {
			r := make()
			r.unredacted, r.secrets = with == 0, func(bot.ID) []redact.Secret { return secrets }
			start(r)
			id := bot.NewID()
			if r.pool != nil {
				id = r.bot()
			}
			run, dir := r.folder(id)
			writeLines(b, filepath.Join(dir, "stdout"), line)
			began := time.Now()
			r.svc.Follow(id, run, dir)
			r.waitSeq(id, comparedLines)
			took[with] = append(took[with], time.Since(began))
			r.stopClean()
		}
	}
	// The best of each: what else the machine does only ever slows down.
	without, with := slices.Min(took[0]).Seconds(), slices.Min(took[1]).Seconds()
	b.ReportMetric(comparedLines/without, "lines/s-without")
	b.ReportMetric(comparedLines/with, "lines/s-with")
	b.ReportMetric(100*(1-without/with), "%-slower")
	b.ReportMetric(0, "ns/op")
}

func writeLines(b *testing.B, path, line string) {
	b.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(f)
	for i := range comparedLines {
		fmt.Fprintf(w, line, i)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
}

// twentySecrets are of the kinds that bots have.
func twentySecrets() []redact.Secret {
	all := []redact.Secret{
		{Name: "TOKEN", Value: aToken}, {Name: "API_ID", Value: "9876123"}, {Name: "API_HASH", Value: "d524b414d21f4d37f08684c1df41ac9c"},
		{Name: "DISCORD", Value: "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"},
		{Name: "DATABASE_URL", Value: "postgres://bot:hunter2hunter2@db.example.org:5432/bot"},
	}
	for i := len(all); i < 20; i++ {
		all = append(all, redact.Secret{Name: fmt.Sprintf("KEY_%d", i), Value: fmt.Sprintf("sk-%x-%d", i*i*7919+0xabcdef, i*104729)})
	}
	return all
}

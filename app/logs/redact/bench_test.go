package redact

import (
	"bytes"
	"fmt"
	"testing"
)

// texts are lines as bots print them, about 2500 of them as the log path reads at once.
func texts() map[string][]byte {
	kinds := map[string]string{
		"plain":    "%07d INFO bot.handlers a message of a usual length, so that the figures mean something\n",
		"coloured": "\x1b[32m2026-11-26 15:04:05\x1b[0m \x1b[1;34mINFO\x1b[0m bot.handlers message %07d of a usual length here\n",
		"json":     `{"time":"2026-11-26T15:04:05.123Z","level":"info","n":%d,"logger":"bot.handlers","msg":"said \"hello\" to the user"}` + "\n",
		"path":     "  File \"/usr/lib/python3/dist-packages/telegram/ext/%d/updater.py\", line 411, in _network_loop_retry\n",
	}
	all := map[string][]byte{}
	for name, line := range kinds {
		var b bytes.Buffer
		for i := range 2500 {
			fmt.Fprintf(&b, line, i)
		}
		all[name] = b.Bytes()
	}
	return all
}

// BenchmarkFind is what it costs to find nothing, with 20 secrets as bots have them.
func BenchmarkFind(b *testing.B) {
	set := New(twenty())
	for name, text := range texts() {
		b.Run(name, func(b *testing.B) {
			var f Finder
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if spans := f.Find(set, text, Edges{}); len(spans) != 0 {
					b.Fatal("found", spans)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/2500, "ns/line")
		})
	}
}

// twenty are secrets of the kinds that bots have: tokens, keys, passwords, addresses of databases.
func twenty() []Secret {
	all := []Secret{
		{"TOKEN", "110201543:AAHdqTcvCH1vGWJxfSe1ofSAs0K5PALDsaw"},
		{"DISCORD", "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"},
		{"API_ID", "1234987"},
		{"API_HASH", "d524b414d21f4d37f08684c1df41ac9c"},
		{"DATABASE_URL", "postgres://bot:hunter2hunter2@db.example.org:5432/bot?sslmode=require"},
	}
	for i := len(all); i < 20; i++ {
		all = append(all, Secret{fmt.Sprintf("KEY_%d", i), fmt.Sprintf("sk-%x-%d", i*i*7919+0xabcdef, i*104729)})
	}
	return all
}

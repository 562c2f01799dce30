package local_test

import (
	"testing"

	"github.com/botswain/botswain/app/runner/local"
	"github.com/botswain/botswain/app/runner/runnertest"
)

// BenchmarkUsage measures a sample of 200 bots. At one sample every two seconds, 20 ms are one
// percent of a core.
func BenchmarkUsage(b *testing.B) {
	dir := b.TempDir()
	backend, err := local.New(local.Options{DataDir: dir})
	if err != nil {
		b.Fatal(err)
	}
	s := runnertest.Board(b, backend, dir)
	const crew = 200
	for range crew {
		s.Start("sleep", "1000")
	}
	b.ReportAllocs()
	for b.Loop() {
		if all, err := backend.Usage(b.Context()); err != nil || len(all) != crew {
			b.Fatal(len(all), err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/crew, "µs/bot")
}

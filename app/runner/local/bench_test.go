package local_test

import (
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/runner"
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

// BenchmarkStart measures what a supervisor does when it brings up a crew: 100 starts, ten at a
// time. All must be there within 250 ms.
func BenchmarkStart(b *testing.B) {
	for name, limits := range map[string]bot.Limits{
		"plain":   {},
		"limited": {MemoryMax: 64 << 20, CPUMax: 0.5, OpenFiles: 1024},
	} {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			backend, err := local.New(local.Options{DataDir: dir})
			if err != nil {
				b.Fatal(err)
			}
			s := runnertest.Board(b, backend, dir)
			const crew, atOnce = 100, 10
			var spent time.Duration
			for b.Loop() {
				before := cpuTime(b)
				specs := make(chan runner.Start, crew)
				for range crew {
					spec := s.Spec("sleep", "1000")
					spec.Limits = limits
					specs <- spec
				}
				close(specs)
				var all sync.WaitGroup
				for range atOnce {
					all.Go(func() {
						for spec := range specs {
							if _, err := backend.Apply(b.Context(), spec); err != nil {
								b.Error(err)
							}
						}
					})
				}
				all.Wait()
				b.StopTimer()
				spent += cpuTime(b) - before
				list, err := backend.List(b.Context())
				if err != nil || len(list) != crew {
					b.Fatal(len(list), err)
				}
				for _, in := range list {
					s.Stop(in.Run, "SIGKILL", 0)
				}
				for _, in := range list {
					s.End(in.Run)
				}
				b.StartTimer()
			}
			b.ReportMetric(float64(spent.Microseconds())/float64(b.N)/crew, "cpu-µs/start")
		})
	}
}

// cpuTime is what this process has used so far, its children apart.
func cpuTime(b *testing.B) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

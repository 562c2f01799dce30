package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// binarySize is how many bytes the bot of binaryOutput writes: some times what a pipe holds.
const binarySize = 1 << 20

// binaryOutput lets a bot write bytes of every value and compares them with what the supervisor keeps of
// them: a picture, or text of another encoding, must be what the bot wrote.
func binaryOutput(ctx context.Context, s *stage) ([]figure, error) {
	bots := s.fleet(1, true, "binary", strconv.Itoa(binarySize))
	if err := s.sys.up(ctx, bots); err != nil {
		return nil, err
	}
	if err := s.sys.start(ctx); err != nil {
		return nil, err
	}
	var listening entry
	if err := until(ctx, 5*time.Millisecond, func() (ok bool) { listening, ok = s.last(bots[0].name, "listening"); return ok }); err != nil {
		return nil, fmt.Errorf("the bot does not come up: %w", err)
	}
	kept, release, err := s.sys.raw(bots[0].name)
	if err != nil {
		return nil, err
	}
	defer release()
	if err := unix.Kill(int(listening.value), unix.SIGUSR1); err != nil {
		return nil, fmt.Errorf("tell the bot to write: %w", err)
	}
	if err := until(ctx, 5*time.Millisecond, func() bool { _, ok := s.last(bots[0].name, "end"); return ok }); err != nil {
		return nil, fmt.Errorf("the bot does not write all its bytes: %w", err)
	}
	// Bytes go on arriving: wait until the file stands still.
	size, grew := int64(-1), now()
	err = until(ctx, 50*time.Millisecond, func() bool {
		if info, err := os.Stat(kept); err == nil && info.Size() != size {
			size, grew = info.Size(), now()
		}
		return now()-grew > int64(time.Second)
	})
	if err != nil {
		return nil, err
	}
	got, err := os.ReadFile(kept)
	return []figure{{"1 MiB of binary output: changed", "bytes", float64(changed(got, randomBytes(binarySize))), false}}, err
}

// randomBytes is what the testbot's binary mode writes.
func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{}).Read(b) // never fails
	return b
}

// changed counts the bytes that aren't what was written at their place, and those too many or too few.
func changed(got, want []byte) int {
	n := max(len(got), len(want)) - min(len(got), len(want))
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			n++
		}
	}
	return n
}

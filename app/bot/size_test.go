package bot

import "testing"

func TestSizeWords(t *testing.T) {
	for n, want := range map[int64]string{256 << 20: "256 MiB", 2 << 30: "2 GiB", 1536: "1536 bytes", 4096: "4 KiB", 0: "0 bytes"} {
		if got := SizeWords(n); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
}

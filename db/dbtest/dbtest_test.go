package dbtest_test

import (
	"testing"

	"github.com/botswain/botswain/db/dbtest"
)

func TestEachTestHasItsOwnDatabase(t *testing.T) {
	for _, name := range []string{"one", "other"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := dbtest.New(t)
			_, err := pool.Exec(t.Context(), "insert into log_heads (bot_id, last_seq) values (gen_random_uuid(), 1)")
			if err != nil {
				t.Fatal(err)
			}
			var n int
			if err := pool.QueryRow(t.Context(), "select count(*) from log_heads").Scan(&n); err != nil || n != 1 {
				t.Fatalf("%d rows, %v; want the one of this test", n, err)
			}
		})
	}
}

func BenchmarkNewURL(b *testing.B) {
	for b.Loop() {
		dbtest.NewURL(b)
	}
}

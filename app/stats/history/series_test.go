package history

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/botswain/botswain/app/stats"
	"github.com/botswain/botswain/db/dbtest"
)

// named is a step in which the host has so many series.
func named(at time.Time, names ...string) *Step {
	s := &Step{At: at}
	for _, name := range names {
		s.Host = append(s.Host, HostStep{Name: name, N: 5, Value: Value{1, 2, 3}})
	}
	return s
}

// TestHostSeriesAreBounded: what is gone for good frees its name, and more names than there may be aren't stored.
func TestHostSeriesAreBounded(t *testing.T) {
	pool := dbtest.New(t)
	s, ctx := NewStore(pool), t.Context()
	count := func() (n int) {
		t.Helper()
		if err := pool.QueryRow(ctx, "select count(*) from host_series").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := pool.Exec(ctx, sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	series := func(s *Store) map[string]float32 {
		t.Helper()
		rows, err := s.Host(ctx, Tiers()[0], start, start.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]float32{}
		for _, r := range rows {
			for _, c := range r.cells {
				got[c.name] = c.value.Mean
			}
		}
		return got
	}
	exec("alter table host_series alter column id restart with 40000") // after years of names
	if err := s.Add(ctx, []*Step{named(start, "cpu", "temperature:a"), named(start.Add(10*time.Second), "cpu", "read:sda")}); err != nil {
		t.Fatal(err)
	}
	if got := series(NewStore(pool)); len(got) != 3 || got["read:sda"] != 2 {
		t.Errorf("%v", got)
	}

	// What is known isn't asked for again.
	series(s)
	exec("alter table host_series rename to hidden")
	if err := s.Add(ctx, []*Step{named(start.Add(20*time.Second), "cpu")}); err != nil {
		t.Error(err)
	}
	if got := series(s); len(got) != 3 {
		t.Errorf("%v", got)
	}
	exec("alter table hidden rename to host_series")

	many := []string{"cpu"}
	for i := range 2 * maxSeries {
		many = append(many, fmt.Sprintf("disk:/mnt/%d", i))
	}
	for range 2 {
		if err := s.Add(ctx, []*Step{named(start.Add(30*time.Second), many...)}); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(); n != maxSeries {
		t.Errorf("%d names, want %d", n, maxSeries)
	}
	if got := series(s); len(got) != maxSeries {
		t.Errorf("%d series are stored", len(got))
	}

	exec("delete from host_rollups where at > $1", start.Add(10*time.Second))
	if err := s.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if n := count(); n != 3 {
		t.Errorf("%d names are left", n)
	}
	if err := s.Add(ctx, []*Step{named(start.Add(40*time.Second), "disk:/mnt/7")}); err != nil {
		t.Fatal(err)
	}
	if got := series(s); len(got) != 4 || got["disk:/mnt/7"] != 2 {
		t.Errorf("%v", got)
	}
}

// TestAFailedAddForgetsNumbers: the database that comes back may be one without them.
func TestAFailedAddForgetsNumbers(t *testing.T) {
	pool := dbtest.New(t)
	s := NewStore(pool)
	if err := s.Add(t.Context(), []*Step{named(start, "cpu")}); err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Add(gone, []*Step{named(start, "cpu")}); err == nil {
		t.Fatal("stored without a database")
	}
	if _, missing, _ := s.series.of([]*Step{named(start, "cpu")}); len(missing) != 1 {
		t.Error("the number is still known")
	}
}

func TestInterfacesOfContainersAreNotKept(t *testing.T) {
	for name, want := range map[string]bool{"eth0": false, "enp3s0": false, "wg0": false, "bond0": false, "br0": false, "tun0": false, "wlan0": false,
		"lo": true, "veth12ab": true, "docker0": true, "docker_gwbridge": true, "br-0123456789ab": true, "cali1234": true, "vnet3": true} {
		if fleeting(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
	v := 1.0
	hostValues(stats.Host{Interfaces: []stats.Interface{{Name: "veth1", Sent: &v, Received: &v}, {Name: "eth0", Sent: &v}}}, func(name string, _ float64) {
		if name != Part(HostSent, "eth0") {
			t.Errorf("%s is kept", name)
		}
	})
}

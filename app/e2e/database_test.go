package e2e

import (
	"io"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/botswain/botswain/db/dbtest"
)

// TestDatabaseAway: the database is away for half a minute (a few seconds with -short). Bots go
// on, one that dies meanwhile is started again, the page says what is wrong, and after the return
// no line is missing or doubled and the runs are right.
func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	away := 30 * time.Second
	if testing.Short() {
		away = 5 * time.Second
	}
	p, through := databaseProxy(t, dbtest.NewURL(t))
	s := install(t, "DATABASE_URL="+through)
	steady := s.create("steady", fields{"start_seconds": 0}, "tick", "1ms")
	mortal := s.create("mortal", fields{"start_seconds": 0, "restart": fields{"initial_delay": "100ms"}}, "tick", "5ms")
	s.do(steady.ID, "start")
	s.do(mortal.ID, "start")
	pid := s.waitStatus(steady.ID, "running", 10*time.Second).PID
	doomed := s.waitStatus(mortal.ID, "running", 10*time.Second).PID
	client := s.login()
	eventually(t, 10*time.Second, "first lines", func() bool { return s.hasLine(steady.ID, "tick 100 ") && s.hasLine(mortal.ID, "tick 10 ") })

	p.cut()
	syscall.Kill(doomed, syscall.SIGKILL)
	eventually(t, 10*time.Second, "readyz answers 503", func() bool { return status(t, client, s.url+"/readyz") == http.StatusServiceUnavailable })
	if got := status(t, client, s.url+"/healthz"); got != http.StatusOK {
		t.Errorf("healthz answers %d while the database is away", got)
	}
	eventually(t, 10*time.Second, "the page says that the database is away", func() bool {
		res, err := client.Get(s.url + "/")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		return containsFold(string(b), "database")
	})
	eventually(t, 10*time.Second, "the killed bot is up again without a database", func() bool {
		p := processesWith("BOT_ID=" + mortal.ID)
		return len(p) == 1 && p[0] != doomed
	})
	rest := time.NewTimer(away)
	defer rest.Stop()
	<-rest.C
	if !alive(pid) {
		t.Fatal("the bot died with the database")
	}
	p.mend()
	eventually(t, 30*time.Second, "readyz answers 200", func() bool { return status(t, client, s.url+"/readyz") == http.StatusOK })

	s.do(steady.ID, "stop")
	s.do(mortal.ID, "stop")
	s.waitStatus(steady.ID, "stopped", 15*time.Second)
	s.waitStatus(mortal.ID, "stopped", 15*time.Second)
	checkTicks(t, s, steady)
	checkSeqs(t, s.lines(mortal.ID, 0))
	eventually(t, 10*time.Second, "both runs are recorded", func() bool {
		runs := s.runs(mortal.ID)
		return len(runs) == 2 && runs[1].Exit != nil && runs[1].Exit.Signal == "SIGKILL" && runs[0].EndedAt != nil
	})
}

// TestPrivatePostgresDies: the private Postgres is killed; it comes back by itself and nothing is lost.
func TestPrivatePostgresDies(t *testing.T) {
	t.Parallel()
	s := newInstallation(t, "BOTSWAIN_ADMIN_USERNAME="+adminName, "BOTSWAIN_ADMIN_PASSWORD="+adminPassword)
	s.start()
	b := s.create("steady", fields{"start_seconds": 0}, "tick", "1ms")
	s.do(b.ID, "start")
	s.waitStatus(b.ID, "running", 10*time.Second)
	for range 2 {
		killed := s.postmaster()
		syscall.Kill(killed, syscall.SIGKILL)
		eventually(t, 40*time.Second, "ready again", func() bool {
			now := s.postmaster()
			return now != killed && alive(now) && status(t, http.DefaultClient, s.url+"/readyz") == http.StatusOK
		})
	}
	pid := s.postmaster()
	s.kill9()
	if !alive(pid) {
		t.Fatal("the private Postgres died with Botswain")
	}
	s.start()
	if got := s.postmaster(); got != pid {
		t.Errorf("another Postgres was started: pid %d, had %d", got, pid)
	}
	s.do(b.ID, "stop")
	s.waitStatus(b.ID, "stopped", 15*time.Second)
	checkTicks(t, s, b)
	s.stop()
	if alive(pid) {
		t.Error("the private Postgres outlived a normal stop")
	}
}

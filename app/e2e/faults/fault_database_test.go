package faults

import (
	"context"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/e2e/faults/wreck"
	"github.com/botswain/botswain/db/pgserver"
)

// databaseFaults trouble Postgres. While one is under way, what Botswain answers may not be stored.
func databaseFaults() []fault {
	return []fault{
		{family: "database", name: "Postgres stopped", weight: 4, do: stopPostgres},
		{family: "database", name: "Postgres killed", weight: 2, do: crashPostgres},
		{family: "database", name: "Postgres' backends stand still", weight: 3, do: pausePostgres},
		{family: "database", name: "Postgres slow", weight: 3, do: slowPostgres},
		{family: "database", name: "connections cut", weight: 4, do: cutConnections},
		{family: "database", name: "backend killed", weight: 1, do: killBackend},
	}
}

// away marks the time without a database.
func (v *voyage) away() { v.databaseAway, v.mayFail = true, true }

func (v *voyage) back() { v.databaseAway = false }

func stopPostgres(v *voyage) func() {
	v.away()
	ctx, cancel := context.WithTimeout(v.t.Context(), 10*time.Second)
	defer cancel()
	if err := v.pg.Stop(ctx); err != nil {
		v.t.Fatal(err)
	}
	v.pg = nil
	return v.startPostgres
}

func (v *voyage) startPostgres() {
	v.pause(3000)
	ctx, cancel := context.WithTimeout(v.t.Context(), 30*time.Second)
	defer cancel()
	var err error
	if v.pg, err = pgserver.Start(ctx, v.cluster()); err != nil {
		v.t.Fatal(err)
	}
	v.back()
}

// crashPostgres kills all of it at once, as a lack of memory would.
func crashPostgres(v *voyage) func() {
	v.away()
	pid := v.pg.PID()
	children := wreck.Children(pid)
	syscall.Kill(pid, syscall.SIGKILL)
	for _, p := range children {
		syscall.Kill(p.PID, syscall.SIGKILL)
	}
	<-v.pg.Exited()
	v.pg.Close()
	v.pg = nil
	return v.startPostgres
}

// pausePostgres makes it infinitely slow: it neither answers nor refuses.
func pausePostgres(v *voyage) func() {
	v.away()
	all := append([]wreck.Process{{PID: v.pg.PID()}}, wreck.Children(v.pg.PID())...)
	for _, p := range all {
		unix.Kill(p.PID, unix.SIGSTOP)
	}
	return func() {
		v.pause(8000)
		for _, p := range all {
			unix.Kill(p.PID, unix.SIGCONT)
		}
		v.back()
	}
}

// slowPostgres has it stand still most of the time.
func slowPostgres(v *voyage) func() {
	v.away()
	enough, over := make(chan struct{}), make(chan struct{})
	pid := v.pg.PID()
	go func() {
		defer close(over)
		for {
			all := append([]wreck.Process{{PID: pid}}, wreck.Children(pid)...)
			for _, p := range all {
				unix.Kill(p.PID, unix.SIGSTOP)
			}
			time.Sleep(300 * time.Millisecond)
			for _, p := range all {
				unix.Kill(p.PID, unix.SIGCONT)
			}
			select {
			case <-enough:
				return
			case <-time.After(40 * time.Millisecond):
			}
		}
	}()
	return func() {
		v.pause(5000)
		close(enough)
		<-over
		v.back()
	}
}

// cutConnections ends all sessions but the one that says so, several times.
func cutConnections(v *voyage) func() {
	v.mayFail = true // its first sessions may be among them
	for range 1 + v.dice.IntN(6) {
		ctx, cancel := context.WithTimeout(v.t.Context(), 5*time.Second)
		_, err := v.db.Exec(ctx, "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'")
		cancel()
		if err != nil {
			v.note("connections not cut: %v", err)
		}
		v.pause(300)
	}
	return nil
}

// killBackend kills one session's process: Postgres then starts all others anew.
func killBackend(v *voyage) func() {
	v.away()
	ctx, cancel := context.WithTimeout(v.t.Context(), 5*time.Second)
	defer cancel()
	var pid int
	err := v.db.QueryRow(ctx, "select pid from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend' limit 1").Scan(&pid)
	if err == nil {
		syscall.Kill(pid, syscall.SIGKILL)
	}
	return func() {
		v.await("Postgres is there again", 30*time.Second, func() error { return v.db.Ping(v.t.Context()) })
		v.back()
	}
}

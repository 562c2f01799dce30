package pgserver

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// startLog takes what Postgres says before its own log files (log/ in the cluster) are open.
const startLog = "start.log"

// spawn starts the server and waits until it answers.
func (s *Server) spawn(ctx context.Context, bin binaries, o Options, id identity) error {
	uid, gid, err := ownerOf(s.handle)
	if err != nil {
		return err
	}
	attr, err := sysProc(uid, gid)
	if err != nil {
		return err
	}
	if err := writeSettings(s.dir, uid, gid, o.Settings); err != nil {
		return err
	}
	out, err := createFor(filepath.Join(s.dir, startLog), uid, gid)
	if err != nil {
		return err
	}
	defer out.Close()

	// Not CommandContext: the server outlives us.
	cmd := exec.Command(bin.path("postgres"), "-D", inherited,
		"-c", "listen_addresses=", "-c", "unix_socket_directories=.", "-c", "unix_socket_permissions=0700",
		"-c", "port="+port, "-c", "cluster_name="+id.name)
	cmd.SysProcAttr = attr
	cmd.ExtraFiles = []*os.File{s.handle}
	cmd.Dir, cmd.Env = "/", childEnv()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("pgserver: start postgres: %w", err)
	}
	s.proc = process{pid: cmd.Process.Pid, ticks: startTicks(cmd.Process.Pid)}
	go func() { // ends with the server, which may well be after us
		_ = cmd.Wait()
		close(s.exited)
	}()
	return s.awaitStart(ctx)
}

// awaitStart returns when the server answers or can't. A start that we give up on is taken back.
func (s *Server) awaitStart(ctx context.Context) error {
	for {
		err := s.ping(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-s.exited:
			return fmt.Errorf("the server did not start: %s (its log: %s)", s.lastWords(), filepath.Join(s.dir, "log"))
		default:
		}
		if waited := pause(ctx); waited != nil {
			stop, cancel := stopContext(ctx)
			defer cancel()
			return fmt.Errorf("the server did not answer in time: %w", errors.Join(err, s.Stop(stop)))
		}
	}
}

func (s *Server) lastWords() string {
	b, err := os.ReadFile(filepath.Join(s.dir, startLog))
	if err != nil || len(b) == 0 {
		return "no reason given"
	}
	return lastLine(b)
}

func writeSettings(dir string, uid, gid int, settings map[string]string) error {
	var b strings.Builder
	b.WriteString("# Written by Botswain on each start; change postgresql.conf instead.\n")
	for _, k := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&b, "%s = '%s'\n", k, strings.ReplaceAll(settings[k], "'", "''"))
	}
	f, err := createFor(filepath.Join(dir, "botswain.conf"), uid, gid)
	if err != nil {
		return err
	}
	_, err = f.WriteString(b.String())
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("pgserver: %w", err)
	}
	return nil
}

// createFor empties or makes a file that the cluster's owner may read.
func createFor(path string, uid, gid int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("pgserver: %w", err)
	}
	if err := f.Chown(uid, gid); err != nil {
		return nil, errors.Join(fmt.Errorf("pgserver: %w", err), f.Close())
	}
	return f, nil
}

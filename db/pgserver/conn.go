package pgserver

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// port only makes the socket's name; nothing listens on the network.
const port = "5432"

// maxSocketPath is what fits in a Unix socket address on Linux, without the closing zero.
const maxSocketPath = 107

// URL is a connection string for the server's database. When the directory's path is too long
// for a socket address, it goes through a descriptor of this process and is of use only here,
// until Close.
func (s *Server) URL() string { return s.url(s.database) }

func (s *Server) url(database string) string {
	host := s.dir
	if len(filepath.Join(host, ".s.PGSQL."+port)) > maxSocketPath {
		host = "/proc/self/fd/" + strconv.Itoa(int(s.handle.Fd()))
	}
	q := url.Values{"host": {host}, "port": {port}, "user": {Superuser}, "sslmode": {"disable"}}
	u := url.URL{Scheme: "postgres", Path: "/" + database, RawQuery: q.Encode()}
	return u.String()
}

func (s *Server) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return conn.Ping(ctx)
}

func (s *Server) ensureDatabase(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		return fmt.Errorf("pgserver: %w", err)
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "create database "+pgx.Identifier{s.database}.Sanitize())
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "42P04" { // duplicate_database
		return nil
	}
	if err != nil {
		return fmt.Errorf("pgserver: create database: %w", err)
	}
	return nil
}

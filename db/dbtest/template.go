package dbtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/jackc/pgx/v5"

	"github.com/botswain/botswain/db"
)

// templateLock is the advisory lock under which one process makes the template.
const templateLock = 0x626f742d74706c

// ensureTemplate gives the name of a migrated database that nobody is connected to. The name
// depends on the migrations' text, so a changed migration gets a new one.
func ensureTemplate(ctx context.Context, server string) (string, error) {
	name, err := templateName()
	if err != nil {
		return "", err
	}
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx) // gives the lock back too
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", int64(templateLock)); err != nil {
		return "", err
	}
	var exists bool
	err = conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", name).Scan(&exists)
	if err != nil {
		return "", err
	}
	if !exists {
		if err := makeTemplate(ctx, conn, server, name); err != nil {
			return "", err
		}
	}
	return name, nil
}

// makeTemplate works under another name until it is complete.
func makeTemplate(ctx context.Context, conn *pgx.Conn, server, name string) error {
	draft := name + "_draft"
	for _, sql := range []string{
		"drop database if exists " + quote(draft) + " with (force)",
		"create database " + quote(draft) + " template template0",
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	if err := db.Migrate(ctx, withDatabase(server, draft), slog.New(slog.DiscardHandler)); err != nil {
		return err
	}
	_, err := conn.Exec(ctx, "alter database "+quote(draft)+" rename to "+quote(name))
	return err
}

func templateName() (string, error) {
	sum := sha256.New()
	files, err := fs.Glob(db.Migrations(), "*.sql")
	if err != nil {
		return "", err
	}
	for _, file := range files {
		text, err := fs.ReadFile(db.Migrations(), file)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%s %d\n%s", file, len(text), text)
	}
	return "botswain_template_" + hex.EncodeToString(sum.Sum(nil)[:8]), nil
}

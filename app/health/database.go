package health

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// database asks over one connection that it keeps, and makes a new one after each failure.
type database struct {
	config *pgx.ConnConfig
	conn   *pgx.Conn
}

func (d *database) ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, databaseTimeout)
	defer cancel()
	if d.conn == nil {
		conn, err := pgx.ConnectConfig(ctx, d.config)
		if err != nil {
			return err
		}
		d.conn = conn
	}
	if err := d.conn.Ping(ctx); err != nil {
		d.close()
		return err
	}
	return nil
}

func (d *database) close() {
	if d.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = d.conn.Close(ctx)
	d.conn = nil
}

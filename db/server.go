package db

import (
	"context"
	"database/sql"
	"fmt"
)

// oldestServer is the first version of Postgres that Botswain is meant for, as server_version_num.
const oldestServer = 140000

// refuseServer names what makes a server unfit before anything is changed in it: text in another
// encoding than UTF-8 would stop the log path at the first character that it doesn't know.
func refuseServer(ctx context.Context, conn *sql.DB) error {
	var encoding string
	var version int
	err := conn.QueryRowContext(ctx, "select current_setting('server_encoding'), current_setting('server_version_num')::int").Scan(&encoding, &version)
	switch {
	case err != nil:
		return fmt.Errorf("migrate: %w", err)
	case encoding != "UTF8":
		return fmt.Errorf("the database's encoding is %s, and Botswain needs UTF8: create it with `create database … encoding 'UTF8' template template0`", encoding)
	case version < oldestServer:
		return fmt.Errorf("the database server is Postgres %d, and Botswain needs %d or newer", version/10000, oldestServer/10000)
	}
	return nil
}

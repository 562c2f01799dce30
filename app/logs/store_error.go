package logs

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/botswain/botswain/app/fault"
)

// errStored ends a transaction whose batch turned out to be stored already.
var errStored = errors.New("logs: batch is stored already")

// translate turns an outage into a fault that may be shown; other errors only get their context.
func translate(err error, doing string) error {
	if err == nil {
		return nil
	}
	var pg *pgconn.PgError
	outage := !errors.As(err, &pg) || strings.HasPrefix(pg.Code, "57P") || strings.HasPrefix(pg.Code, "08") || strings.HasPrefix(pg.Code, "53")
	if outage && !errors.Is(err, context.Canceled) {
		return fault.Wrap(fmt.Errorf("%s: %w", doing, err), fault.Unavailable, "The log can't be read now: the database doesn't answer.")
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// isNoPartition says whether a row had no partition to go to. Postgres gives it the code of a
// violated check, without a constraint's name.
func isNoPartition(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23514" && pg.ConstraintName == ""
}

func hasCode(err error, code string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == code
}

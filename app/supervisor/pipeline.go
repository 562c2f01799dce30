package supervisor

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// pipeline takes statements for one batch; what they do is told when the batch is sent. It stands in
// for a connection, so that the statements stay those of sqlc.
type pipeline struct{ batch pgx.Batch }

func (p *pipeline) Exec(_ context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	p.batch.Queue(sql, args...)
	return pgconn.CommandTag{}, nil
}

// errNoAnswer is for statements whose answer is needed at once.
var errNoAnswer = errors.New("supervisor: a pipeline has no answers")

func (p *pipeline) Query(context.Context, string, ...any) (pgx.Rows, error) { return nil, errNoAnswer }

func (p *pipeline) QueryRow(context.Context, string, ...any) pgx.Row { return noAnswer{} }

type noAnswer struct{}

func (noAnswer) Scan(...any) error { return errNoAnswer }

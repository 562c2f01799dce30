package logs

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/botswain/botswain/app/bot"
)

// copySQL names the columns in the order that rowWriter writes them.
const copySQL = "copy log_lines (bot_id, seq, at, run_id, stream, level, head_seq, truncated, message) from stdin binary"

// copyLines writes the rows in Postgres' binary COPY format by hand: this is the hot path, and a
// general encoder costs several allocations a row.
// Format: https://www.postgresql.org/docs/15/sql-copy.html#id-1.9.3.55.9.4
func copyLines(ctx context.Context, conn *pgconn.PgConn, parts []Part) error {
	r := &rowReader{parts: parts, buf: append(make([]byte, 0, copyBuffer), copyHeader...)}
	// CopyFrom may return while its own goroutine still reads.
	defer r.close()
	_, err := conn.CopyFrom(ctx, r, copySQL)
	return err
}

const (
	// copyBuffer has room for what CopyFrom reads at once and one more row of usual length.
	copyBuffer = 72 << 10
	copyFill   = 64 << 10
	copyHeader = "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	columns    = 9
)

var errReaderClosed = errors.New("logs: rows are closed")

// rowReader gives the rows of a batch as a byte stream.
type rowReader struct {
	mu     sync.Mutex // against close
	closed bool
	parts  []Part
	part   int
	line   int
	buf    []byte
	off    int
	ended  bool
}

func (r *rowReader) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
}

// Read implements io.Reader.
func (r *rowReader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return 0, errReaderClosed
	}
	if r.off == len(r.buf) {
		if r.ended {
			return 0, io.EOF
		}
		r.buf, r.off = r.buf[:0], 0
	}
	r.fill()
	n := copy(p, r.buf[r.off:])
	r.off += n
	return n, nil
}

// fill appends rows until the buffer is worth sending.
func (r *rowReader) fill() {
	for !r.ended && len(r.buf) < copyFill {
		for r.part < len(r.parts) && r.line == len(r.parts[r.part].Lines) {
			r.part, r.line = r.part+1, 0
		}
		if r.part == len(r.parts) {
			r.buf = binary.BigEndian.AppendUint16(r.buf, 0xffff) // trailer: a row of -1 columns
			r.ended = true
			return
		}
		p := &r.parts[r.part]
		r.buf = appendRow(r.buf, p.Bot, &p.Lines[r.line])
		r.line++
	}
}

// pgEpoch is what Postgres counts timestamps from (the start of 2000 UTC), in microseconds since 1970.
const pgEpoch = 946_684_800_000_000

func appendRow(b []byte, id bot.ID, l *Line) []byte {
	be := binary.BigEndian
	b = be.AppendUint16(b, columns)
	b = append(be.AppendUint32(b, 16), id[:]...)
	b = be.AppendUint64(be.AppendUint32(b, 8), uint64(l.Seq))
	b = be.AppendUint64(be.AppendUint32(b, 8), uint64(l.At.UnixMicro()-pgEpoch))
	b = append(be.AppendUint32(b, 16), l.Run[:]...)
	b = be.AppendUint16(be.AppendUint32(b, 2), uint16(l.Stream))
	b = be.AppendUint16(be.AppendUint32(b, 2), uint16(l.Level))
	b = be.AppendUint64(be.AppendUint32(b, 8), uint64(l.HeadSeq))
	b = be.AppendUint32(b, 1)
	if l.Truncated {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	return append(be.AppendUint32(b, uint32(len(l.Message))), l.Message...)
}

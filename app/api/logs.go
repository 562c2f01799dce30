package api

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/logs"
)

const (
	logLimit    = 500
	maxLogLimit = 10_000
)

// Line is one line of a bot's log as the contract shows it.
type Line struct {
	Seq       int64     `json:"seq" doc:"The line's identity: 1, 2, 3 … for each bot." example:"42"`
	TS        time.Time `json:"ts" doc:"When Botswain read it."`
	RunID     string    `json:"run_id" format:"uuid"`
	Stream    string    `json:"stream" enum:"stdout,stderr,system" doc:"system lines are Botswain's own words about the bot." example:"stdout"`
	Level     string    `json:"level" enum:",trace,debug,info,warn,error,fatal" doc:"Read from the line; empty when it shows none." example:"info"`
	Message   string    `json:"message" example:"INFO ready"`
	HeadSeq   int64     `json:"head_seq" doc:"A line longer than 64 KiB is stored in pieces: the seq of the first one; otherwise seq itself." example:"42"`
	Truncated bool      `json:"truncated" doc:"The line goes on in the next piece."`
}

type logsInput struct {
	PathID
	AfterSeq  optional[int64] `query:"after_seq" minimum:"0" doc:"The oldest lines after this one; 0 begins with the oldest. Without it: the newest lines." example:"0"`
	BeforeSeq optional[int64] `query:"before_seq" minimum:"0" doc:"Only lines before this one, for reading backwards."`
	Limit     int             `query:"limit" default:"500" doc:"At most 10,000; more is taken as 10,000."`
	LogFilter
}

// LogFilter picks lines.
type LogFilter struct {
	Level  string    `query:"level" enum:"trace,debug,info,warn,error,fatal" doc:"Only lines of at least this level." example:"warn"`
	Q      string    `query:"q" maxLength:"500" doc:"Only lines with this in them, whatever its case." example:"timeout"`
	Regexp bool      `query:"regexp" doc:"q is a regular expression (RE2)."`
	Case   bool      `query:"case" doc:"q is found in its own case only."`
	From   time.Time `query:"from" doc:"Only lines read at this time or later."`
	To     time.Time `query:"to" doc:"Only lines read before this time."`
	Stream string    `query:"stream" enum:"stdout,stderr,system" doc:"Only lines of this stream." example:"stderr"`
	Run    string    `query:"run" format:"uuid" doc:"Only lines of this run."`
}

type logsOutput struct {
	Body LogPage
}

// LogPage is a page of lines, always in growing seq.
type LogPage struct {
	Lines        []Line `json:"lines" nullable:"false"`
	NextAfterSeq int64  `json:"next_after_seq" doc:"What to send as after_seq to read on." example:"42"`
}

func (a *API) registerLogs() {
	register(a, operation(http.MethodGet, "/bots/{id}/logs", "get-logs", tagLogs, "Read a bot's log",
		"Stored lines in growing seq: the newest ones, or those after or before a line. To read all, begin with after_seq=0 and go on with next_after_seq until no lines come.",
		http.StatusNotFound), a.readLogs)
}

func (a *API) readLogs(ctx context.Context, in *logsInput) (*logsOutput, error) {
	v, err := a.find(ctx, in.PathID)
	if err != nil {
		return nil, err
	}
	q := in.query(v.ID)
	q.AfterSeq, q.BeforeSeq, q.Limit = in.AfterSeq.pointer(), in.BeforeSeq.pointer(), clamp(in.Limit, logLimit, maxLogLimit)
	q.Settled = q.BeforeSeq == nil
	page, err := a.Logs.Page(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &logsOutput{Body: LogPage{Lines: make([]Line, 0, len(page.Lines)), NextAfterSeq: page.NextAfterSeq}}
	for _, l := range page.Lines {
		out.Body.Lines = append(out.Body.Lines, toLine(l))
	}
	return out, nil
}

func (f LogFilter) query(id bot.ID) logs.Query {
	q := logs.Query{
		Bot: id, MinLevel: logs.LevelNamed(f.Level), Text: f.Q, Regexp: f.Regexp, Case: f.Case, Stream: logs.StreamNamed(f.Stream), From: f.From, To: f.To,
	}
	// Checked by the schema already.
	if run, err := uuid.Parse(f.Run); err == nil {
		q.Run = &run
	}
	return q
}

func toLine(l logs.Line) Line {
	return Line{
		Seq: l.Seq, TS: l.At.UTC(), RunID: l.Run.String(), Stream: l.Stream.Name(), Level: l.Level.Name(),
		Message: l.Message, HeadSeq: l.HeadSeq, Truncated: l.Truncated,
	}
}

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/botswain/botswain/app/api"
)

const (
	maxLines = 10_000
	// retryLogs is the wait before a lost stream is opened again.
	retryLogs = time.Second
	// maxEvent bounds one event of the stream, in bytes: a line of 64 KiB with all of it escaped.
	maxEvent = 1 << 20
)

// logPrinter writes lines for a person.
type logPrinter struct {
	w     *bufio.Writer
	times bool
	plain bool // to a terminal: control characters are shown, not obeyed
}

func (c *cli) botLogs(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("bot logs", flag.ContinueOnError)
	follow := flags.Bool("f", false, "")
	lines := flags.Int("n", 100, "")
	times := flags.Bool("t", false, "")
	plain, err := parse(flags, args, 1, 1)
	if err != nil {
		return err
	}
	if *lines < 0 || *lines > maxLines {
		return &usageError{message: fmt.Sprintf("-n must be between 0 and %d", maxLines)}
	}
	server, err := c.connect()
	if err != nil {
		return err
	}
	id, _, err := server.find(ctx, plain[0])
	if err != nil {
		return err
	}
	out := &logPrinter{w: bufio.NewWriter(c.stdout), times: *times}
	if f, ok := c.stdout.(*os.File); ok {
		out.plain = term.IsTerminal(int(f.Fd()))
	}
	var page api.LogPage
	if err := server.do(ctx, "GET", "/bots/"+id+"/logs?limit="+strconv.Itoa(max(1, *lines)), &page); err != nil {
		return err
	}
	after := page.NextAfterSeq
	if *lines > 0 {
		for _, l := range page.Lines {
			out.print(l)
		}
	}
	if err := out.w.Flush(); err != nil || !*follow {
		return err
	}
	return c.follow(ctx, server, id, after, out)
}

// follow prints new lines until Ctrl-C, also across a restart of Botswain.
func (c *cli) follow(ctx context.Context, server *client, id string, after int64, out *logPrinter) error {
	told := false
	for {
		last, err := server.stream(ctx, id, after, out)
		if last > after {
			after, told = last, false
		}
		var no *refused
		switch {
		case ctx.Err() != nil:
			return nil // Ctrl-C is how this ends
		case errors.As(err, &no) && no.status < 500 && no.status != http.StatusTooManyRequests:
			return no
		case errors.Is(err, errOutput):
			return err
		}
		if !told {
			fmt.Fprintln(c.stderr, "botswain: the connection is lost, trying again")
			told = true
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(retryLogs):
		}
	}
}

// errOutput says that nobody reads what is printed.
var errOutput = errors.New("the output can't be written")

// stream prints the lines after seq after until the connection ends, and says how far it came.
func (c *client) stream(ctx context.Context, id string, after int64, out *logPrinter) (int64, error) {
	defer out.w.Flush()
	header := http.Header{"Last-Event-Id": {strconv.FormatInt(after, 10)}, "Accept": {"text/event-stream"}}
	res, err := c.open(ctx, "GET", "/bots/"+id+"/logs/stream", header)
	if err != nil {
		return after, err
	}
	defer res.Body.Close()
	in := bufio.NewReaderSize(res.Body, maxEvent)
	for {
		// One write for all that is here already.
		if in.Buffered() == 0 {
			if err := out.w.Flush(); err != nil {
				return after, errors.Join(errOutput, err)
			}
		}
		text, err := in.ReadSlice('\n')
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return after, err
		}
		data, ok := strings.CutPrefix(strings.TrimRight(string(text), "\r\n"), "data: ")
		if !ok {
			continue
		}
		var l api.Line
		if err := json.Unmarshal([]byte(data), &l); err != nil {
			return after, fmt.Errorf("an event can't be read: %w", err)
		}
		out.print(l)
		after = l.Seq
	}
}

// print writes one line; the pieces of a long one are put together again.
func (p *logPrinter) print(l api.Line) {
	text := l.Message
	if p.plain {
		text = harmless(text)
	}
	if l.HeadSeq == l.Seq {
		if p.times {
			text = l.TS.Local().Format("2006-01-02 15:04:05.000 ") + text
		}
		if l.Stream == "system" {
			text = "-- " + text
		}
	}
	if !l.Truncated {
		text += "\n"
	}
	p.w.WriteString(text) // an error stays in the writer and shows at Flush
}

// harmless lets colours through and shows every other control character, so that what a bot
// prints can't give orders to the terminal.
func harmless(text string) string {
	return controls().ReplaceAllStringFunc(text, func(s string) string {
		if strings.HasSuffix(s, "m") {
			return s
		}
		return strings.Trim(strconv.QuoteToASCII(s), `"`)
	})
}

func controls() *regexp.Regexp {
	return regexp.MustCompile(`\x1b\[[0-9;:]*m|[\x00-\x08\x0b-\x1f\x7f\x{80}-\x{9f}]`)
}

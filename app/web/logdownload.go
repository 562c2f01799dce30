package web

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/logs"
	"github.com/botswain/botswain/views/logview"
)

// downloadLogs answers GET …/logs/download?format=text|ndjson[&gz=1]: all stored lines that pass the
// filter, oldest first, as they are read. They have no secrets: these were replaced before lines were
// stored. Without gz the answer is compressed on the way to browsers that can have it so.
func (p *pages) downloadLogs(c echo.Context) error {
	s, err := p.scopeOf(c)
	if err != nil {
		return err
	}
	done, err := p.searches.begin(userOf(c).ID.String())
	if err != nil {
		return err
	}
	defer done()
	ctx, packed := c.Request().Context(), c.QueryParam("gz") == "1"
	write, kind, ending := textLine, "text/plain; charset=utf-8", ".log"
	if c.QueryParam("format") == "ndjson" {
		write, kind, ending = jsonLine, "application/x-ndjson", ".ndjson"
	}
	if !s.all() {
		p.logs.Settle(ctx, s.bot.ID)
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, kind)
	name := s.fileName(now()) + ending
	var out io.Writer = c.Response()
	switch {
	case packed:
		h.Set(echo.HeaderContentType, "application/gzip")
		name += ".gz"
	case strings.Contains(c.Request().Header.Get(echo.HeaderAcceptEncoding), "gzip"):
		h.Set(echo.HeaderContentEncoding, "gzip")
		packed = true
	}
	h.Add(echo.HeaderVary, echo.HeaderAcceptEncoding)
	h.Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	if c.Request().Method == http.MethodHead {
		return c.NoContent(http.StatusOK)
	}
	var zip *gzip.Writer
	if packed {
		zip, _ = gzip.NewWriterLevel(out, gzip.BestSpeed) // the level is a legal one
		out = zip
	}
	b := bufio.NewWriterSize(out, 64<<10)
	names := p.muster(ctx)
	err = p.logs.Search(ctx, logs.Search{Bot: s.id(), Pick: s.pick}, func(lines []logs.Found, _ logs.Progress) error {
		for i := range lines {
			name := ""
			if s.all() {
				name = names.name(lines[i].Bot)
			}
			if err := write(b, &lines[i], name); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = b.Flush()
	}
	if err == nil && zip != nil {
		err = zip.Close()
	}
	switch {
	case err == nil:
		return nil
	case !c.Response().Committed: // it can still be said
		h.Del(echo.HeaderContentEncoding)
		h.Del(echo.HeaderContentDisposition)
		return err
	case ctx.Err() == nil:
		p.web.log.Warn("a download of a log ended before its time", "error", err)
	}
	panic(http.ErrAbortHandler) // half a file must not look like a whole one
}

// fileName is made of the bot's name and the time.
func (s *logScope) fileName(now time.Time) string {
	name := "all-bots"
	if s.bot != nil {
		name = strings.Trim(strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return unicode.ToLower(r)
			}
			return '-'
		}, s.bot.Name), "-")
	}
	return name + "-" + now.Format("20060102-150405")
}

// textLine writes a line as people read it: without colours.
func textLine(b *bufio.Writer, l *logs.Found, name string) error {
	var at [40]byte
	_, word := levelWords(l.Line)
	_, _ = b.Write(l.At.Local().AppendFormat(at[:0], "2006-01-02T15:04:05.000Z07:00"))
	if name != "" {
		_, _ = b.WriteString(" [" + name + "]")
	}
	_, _ = b.WriteString(" " + word + "\t" + logview.Plain(l.Message))
	return b.WriteByte('\n') // a writer that failed once goes on failing
}

// storedLine is a line as the REST API writes it, with the bot where there are several.
type storedLine struct {
	Bot       string    `json:"bot,omitempty"`
	BotID     *bot.ID   `json:"bot_id,omitempty"`
	Seq       int64     `json:"seq"`
	TS        time.Time `json:"ts"`
	RunID     string    `json:"run_id"`
	Stream    string    `json:"stream"`
	Level     string    `json:"level"`
	Message   string    `json:"message"`
	HeadSeq   int64     `json:"head_seq"`
	Truncated bool      `json:"truncated"`
}

func jsonLine(b *bufio.Writer, l *logs.Found, name string) error {
	out := storedLine{
		Seq: l.Seq, TS: l.At.UTC(), RunID: l.Run.String(), Stream: l.Stream.Name(), Level: l.Level.Name(),
		Message: l.Message, HeadSeq: l.HeadSeq, Truncated: l.Truncated,
	}
	if name != "" {
		out.Bot, out.BotID = name, &l.Bot
	}
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	return e.Encode(out)
}

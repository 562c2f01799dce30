package logview

import (
	"context"
	"hash/fnv"
	"html"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/i18n"
)

// blockLines is about how many lines stand in one block: the browser lays out those blocks that
// can be seen, not all lines of the page. log.js makes blocks of the same size.
const blockLines = 50

// rows draws lines, with stack traces folded. It is written by hand, not by templ, because a loud bot has
// thousands of lines a second drawn.
func rows(l Lines) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		var b strings.Builder
		b.Grow(len(l.Lines) * 256)
		today := l.Today
		if today.IsZero() && len(l.Lines) > 0 {
			today = l.Lines[len(l.Lines)-1].At
		}
		how := look{find: l.Find, today: today, language: i18n.Of(ctx)}
		open := 0
		for i := 0; i < len(l.Lines); {
			n := 1
			for i+n < len(l.Lines) && l.Lines[i+n].Joins {
				n++
			}
			if open == 0 {
				b.WriteString(`<div class="log-block">`)
			}
			writeGroup(&b, l.Lines[i:i+n], how)
			i += n
			if open += n; open >= blockLines || i == len(l.Lines) {
				b.WriteString(`</div>`)
				open = 0
			}
		}
		_, err := io.WriteString(w, b.String())
		return err
	})
}

// look is what all rows of a drawing have in common.
type look struct {
	find     func(string) [][]int
	today    time.Time // its lines show no date
	language *i18n.Language
}

// writeGroup draws a line and the trace below it. Where the first one joins what isn't here, all are drawn
// open: the script puts them to what is above them in the page.
func writeGroup(b *strings.Builder, group []Line, how look) {
	if len(group) == 1 || group[0].Joins {
		for i := range group {
			writeRow(b, &group[i], how, 0)
		}
		return
	}
	b.WriteString(`<details class="log-fold"`)
	for i := range group {
		if group[i].Hit || how.find != nil && i > 0 && len(how.find(Plain(group[i].Text))) > 0 {
			b.WriteString(` open`)
			break
		}
	}
	b.WriteString(`><summary>`)
	writeRow(b, &group[0], how, len(group)-1)
	b.WriteString(`</summary>`)
	for i := range group[1:] {
		writeRow(b, &group[1+i], how, 0)
	}
	b.WriteString(`</details>`)
}

// writeRow draws one line. data-seq is its identity: log.js never shows one twice. more counts the lines
// that are folded below it.
func writeRow(b *strings.Builder, l *Line, how look, more int) {
	b.WriteString(`<div class="log-line" data-seq="`)
	b.WriteString(strconv.FormatInt(l.Seq, 10))
	b.WriteString(`" data-level="`)
	b.WriteString(l.Level)
	b.WriteByte('"')
	if l.Name != "" {
		b.WriteString(` data-bot="` + l.Bot.String() + `" data-at="` + strconv.FormatInt(l.At.UnixMicro(), 10) + `"`)
	}
	if l.Joins {
		b.WriteString(` data-joins`)
	}
	if l.Hit {
		b.WriteString(` id="line" data-hit`)
	}
	if l.Continued {
		b.WriteString(`><time class="invisible">`)
	} else {
		b.WriteString(`><time>`)
	}
	writeTime(b, l.At, how)
	b.WriteString(`</time>`)
	if l.Name != "" {
		b.WriteString(`<em class="ansi-f ` + hue(l.Bot) + `" title="` + html.EscapeString(l.Name) + `">` + html.EscapeString(l.Name) + `</em>`)
	}
	b.WriteString(`<b>`)
	if !l.Continued && !l.Joins {
		b.WriteString(l.Word)
	}
	b.WriteString(`</b><span class="log-text">`)
	writeText(b, l.Text, how.find)
	if more > 0 {
		b.WriteString(` <span class="log-more">` + how.language.T("log.folded", more) + `</span>`)
	}
	b.WriteString("</span></div>")
}

// writeTime shows the date of lines of other days as well.
func writeTime(b *strings.Builder, at time.Time, how look) {
	var buf [32]byte
	if at.YearDay() != how.today.YearDay() || at.Year() != how.today.Year() {
		b.WriteString(how.language.Time("time.day", at) + " ")
	}
	b.Write(at.AppendFormat(buf[:0], "15:04:05"))
	b.WriteString(`<i>`)
	b.Write(at.AppendFormat(buf[:0], ".000"))
	b.WriteString(`</i>`)
}

// hue picks a colour of the palette for a bot.
func hue(id bot.ID) string {
	all := [12]string{"x39", "x208", "x141", "x77", "x205", "x179", "x44", "x203", "x227", "x149", "x216", "x80"}
	h := fnv.New32a()
	_, _ = h.Write(id[:]) // never fails
	return all[h.Sum32()%uint32(len(all))]
}

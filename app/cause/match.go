package cause

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/botswain/botswain/app/ansi"
	"github.com/botswain/botswain/app/bot"
)

// Evidence is what there is to go by after an end.
type Evidence struct {
	Type bot.Type
	Exit bot.Exit
	// Err is why no process came of a start; nil: there was one.
	Err error
	// Stdout and Stderr are the last lines of what it printed, oldest first. 50 of each are enough.
	Stdout, Stderr []string
}

const (
	// fatalReach is how many lines that say something may follow the one that a fatal cause is
	// recognised by: whatever a program reports and survives isn't what it ended of.
	fatalReach = 4
	// reach is the same for other causes.
	reach = 20
	// maxText is how much of a line is looked at, maxQuoted how much is repeated, in bytes.
	maxText   = 2000
	maxQuoted = 120
)

// Table is the rows, ready to be matched. It is safe for use by several goroutines.
type Table struct{ rows []compiled }

type compiled struct {
	row
	says, saysHere []pattern
	with           *regexp.Regexp
}

type pattern struct {
	*regexp.Regexp
	literals []string // one of them is in whatever matches; none: not known
}

// New prepares the table.
func New() *Table {
	t := &Table{}
	for _, r := range rows() {
		c := compiled{row: r, says: compile(r.says), saysHere: compile(r.saysHere)}
		if r.with != "" {
			c.with = regexp.MustCompile(r.with)
		}
		t.rows = append(t.rows, c)
	}
	return t
}

// Find names the cause of an end, or nil when none of the table is recognised. Of several the one
// whose line is nearest to the end counts, and of those at one line the first in the table.
func (t *Table) Find(e Evidence) *bot.Cause {
	streams := []output{read(e.Stderr), read(e.Stdout)}
	var best *compiled
	var quoted []string
	nearest := reach + 1
	for i := range t.rows {
		r := &t.rows[i]
		if !r.fits(e) {
			continue
		}
		if len(r.says)+len(r.saysHere) == 0 { // the exit alone says it
			return r.cause(e, nil)
		}
		for _, out := range streams {
			if far, groups := r.find(e.Type, out); groups != nil && far < nearest {
				best, nearest, quoted = r, far, groups
			}
		}
	}
	if best == nil {
		return nil
	}
	return best.cause(e, quoted)
}

// fits says whether the row can be meant, whatever was printed.
func (r *compiled) fits(e Evidence) bool {
	switch {
	case r.when != nil && !r.when(e):
		return false
	case e.Err != nil:
		return r.when != nil && len(r.says) == 0
	case e.Exit.Success() && !r.afterSuccess:
		return false
	}
	return true
}

// find looks for the row's last line, and says how far from the end it is.
func (r *compiled) find(kind bot.Type, out output) (far int, groups []string) {
	limit := reach
	if r.fatal {
		limit = fatalReach
	}
	patterns := r.says
	if slices.Contains(r.about, kind) {
		patterns = append(patterns[:len(patterns):len(patterns)], r.saysHere...)
	}
	far = limit + 1
	for _, p := range patterns {
		if !p.mayMatch(out.text) {
			continue
		}
		for i := len(out.lines) - 1; i >= 0 && out.lines[i].far < far; i-- {
			if found := p.FindStringSubmatch(out.lines[i].text); found != nil && r.backed(out.lines) {
				far, groups = out.lines[i].far, found
			}
		}
	}
	return far, groups
}

func (p pattern) mayMatch(text string) bool {
	return len(p.literals) == 0 || slices.ContainsFunc(p.literals, func(l string) bool { return strings.Contains(text, l) })
}

// backed says whether the line that the row needs besides is there.
func (r *compiled) backed(lines []line) bool {
	return r.with == nil || slices.ContainsFunc(lines, func(l line) bool { return r.with.MatchString(l.text) })
}

// cause fills in what was matched: {1} is the first group, {err} why a start failed.
func (r *compiled) cause(e Evidence, groups []string) *bot.Cause {
	var pairs []string
	for i, g := range groups {
		if i > 0 {
			pairs = append(pairs, "{"+string(rune('0'+i))+"}", quote(g))
		}
	}
	if e.Err != nil {
		pairs = append(pairs, "{err}", startWords(e.Err))
	}
	replacer := strings.NewReplacer(pairs...)
	fill := func(text string) string { return strings.TrimSpace(replacer.Replace(text)) }
	return &bot.Cause{ID: r.id, Fatal: r.fatal, Title: fill(r.title), Explanation: fill(r.explanation), Remedy: fill(r.remedy)}
}

// quote makes a part of a line fit to be shown in a sentence.
func quote(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, s)
	if len(s) > maxQuoted {
		s = strings.ToValidUTF8(s[:maxQuoted], "") + "…"
	}
	return s
}

// line is one line without colours; far is how many lines that say something follow it.
type line struct {
	text string
	far  int
}

// output is the end of one stream; text has all its lines.
type output struct {
	lines []line
	text  string
}

func read(texts []string) output {
	lines := make([]line, len(texts))
	all := make([]string, len(texts))
	far := 0
	for i := len(texts) - 1; i >= 0; i-- {
		text := strings.TrimRight(ansi.Strip(texts[i][:min(len(texts[i]), maxText)]), " \t\r")
		lines[i], all[i] = line{text, far}, text
		if says(text) {
			far++
		}
	}
	return output{lines, strings.Join(all, "\n")}
}

// says tells a line that says something from the rest of a message that began before it: frames of a
// stack, the fields of an error, what a launcher adds.
func says(text string) bool {
	if text == "" || text[0] == ' ' || text[0] == '\t' {
		return false
	}
	for _, begin := range []string{
		"}", "]", ")", "Node.js v", "-----", "Traceback ", "During handling ", "The above exception ", "at ", "exit status ",
		"npm ERR!", "npm error", "Unclosed ", "client_session:", "connections:", "connector:", "goroutine ", "[signal ",
	} {
		if strings.HasPrefix(text, begin) {
			return false
		}
	}
	number, rest, found := strings.Cut(text, ": ") // a native stack: "13: 0x12c1b3b  [node]"
	return !found || strings.Trim(number, "0123456789") != "" || !strings.HasPrefix(rest, "0x")
}

// is makes a condition of errors.
func is(targets ...error) func(Evidence) bool {
	return func(e Evidence) bool {
		return slices.ContainsFunc(targets, func(t error) bool { return errors.Is(e.Err, t) })
	}
}

package i18n

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Say translates a sentence of ours that comes in English from a service, the database or a
// definition: the message of a fault, a cause, the reason of a state. What it doesn't know is given back as it
// is. Never give it what a bot printed or a person typed.
func Say(ctx context.Context, english string) string { return Of(ctx).Say(english) }

// Say is Say for one language.
func (l *Language) Say(english string) string {
	if english == "" || len(l.said.exact)+len(l.said.patterns) == 0 {
		return english
	}
	return l.said.translate(english)
}

// maxSaid bounds how many translations of sentences with figures in them are kept.
const maxSaid = 2048

// longestSaid bounds what is looked through, in bytes; ours are much shorter.
const longestSaid = 2000

// phrases are sentences with their translation: whole ones, and formats as the code has them.
type phrases struct {
	source   map[string]bool // as the files have them
	exact    map[string]string
	patterns []pattern // the most specific first

	mu   sync.Mutex
	done map[string]string // what patterns were looked through for already
}

// pattern is a format of the code, "The tag %q is too long.", turned round: what may have been put in
// is found again by match and put into to. There %t stands for what is a phrase itself.
type pattern struct {
	match   *regexp.Regexp
	to      string
	phrase  []bool // by group of match: its place in to is %t
	wide    []bool // by group of match: it may hold whole sentences, as it is at an end of the format
	literal int    // how much of it is fixed
}

func newPhrases() *phrases {
	return &phrases{source: map[string]bool{}, exact: map[string]string{}, done: map[string]string{}}
}

// verb is what may stand in a format that is turned round, and in its translation.
var verb = regexp.MustCompile(`%(?:\[(\d+)\])?([sdqvgft])`)

// filledIn is what app/cause fills in: {1}, {err}. A phrase has at most one kind of it, so order doesn't matter.
var filledIn = regexp.MustCompile(`\{(?:[0-9]|err)\}`)

func (p *phrases) add(english, to string) error {
	if p.source[english] {
		return fmt.Errorf("%q is translated twice", english)
	}
	p.source[english] = true
	english, to = filledIn.ReplaceAllString(english, "%s"), filledIn.ReplaceAllString(to, "%s")
	places := verb.FindAllStringIndex(english, -1)
	if len(places) == 0 {
		p.exact[unescape(english)] = unescape(to)
		return nil
	}
	x := pattern{phrase: make([]bool, len(places)), wide: make([]bool, len(places))}
	var expr strings.Builder
	expr.WriteString(`(?s)^`)
	at := 0
	for i, place := range places {
		x.wide[i] = place[0] == 0 || place[1] == len(english)
		fixed := unescape(english[at:place[0]])
		x.literal += len(fixed)
		expr.WriteString(regexp.QuoteMeta(fixed))
		switch english[place[1]-1] {
		case 'd':
			expr.WriteString(`(-?[0-9]+)`)
		case 'q':
			expr.WriteString(`("(?:[^"\\]|\\.)*")`)
		default:
			expr.WriteString(`(.+?)`)
		}
		at = place[1]
	}
	rest := unescape(english[at:])
	x.literal += len(rest)
	expr.WriteString(regexp.QuoteMeta(rest) + `$`)
	var err error
	if x.match, err = regexp.Compile(expr.String()); err != nil {
		return err
	}
	if x.to, err = x.places(to); err != nil {
		return fmt.Errorf("%q: %w", english, err)
	}
	p.patterns = append(p.patterns, x)
	return nil
}

// sort brings the most specific patterns to the front, when all have been added.
func (p *phrases) sort() {
	slices.SortStableFunc(p.patterns, func(a, b pattern) int { return b.literal - a.literal })
}

// places makes all verbs of a translation %s, since what was found is text, and notes which are phrases.
func (x *pattern) places(to string) (string, error) {
	next, bad := 0, false
	to = verb.ReplaceAllStringFunc(to, func(v string) string {
		parts := verb.FindStringSubmatch(v)
		if parts[1] != "" {
			next, _ = strconv.Atoi(parts[1])
			next--
		}
		if next < 0 || next >= len(x.phrase) {
			bad = true
			return v
		}
		x.phrase[next] = x.phrase[next] || parts[2] == "t"
		next++
		return v[:len(v)-1] + "s"
	})
	if bad {
		return "", errors.New("its translation has a place that it doesn't have")
	}
	return to, nil
}

func unescape(format string) string { return strings.ReplaceAll(format, "%%", "%") }

func (p *phrases) translate(english string) string {
	if to, ok := p.exact[english]; ok {
		return to
	}
	if len(english) > longestSaid {
		return english
	}
	p.mu.Lock()
	to, ok := p.done[english]
	p.mu.Unlock()
	if ok {
		return to
	}
	to = p.search(english)
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.done) >= maxSaid {
		clear(p.done)
	}
	p.done[english] = to
	return to
}

// capital makes the first letter of a text a large one.
func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// small makes it a small one.
func small(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToLower(first)) + text[size:]
}

// search looks for the whole text, and else for what its first sentences say, and then the others.
func (p *phrases) search(english string) string {
	if to, ok := p.find(english); ok {
		return to
	}
	if begin := small(english); begin != english { // a reason that stands alone: "Exit code 1"
		if to, ok := p.find(begin); ok {
			return capital(to)
		}
	}
	for at := len(english); ; {
		at = lastSentence(english[:at])
		if at <= 0 {
			break
		}
		if to, ok := p.find(strings.TrimSpace(english[:at])); ok {
			return to + " " + p.search(english[at:])
		}
	}
	if to, ok := p.pieces(english); ok {
		return to
	}
	if at := strings.Index(english, ". "); at > 0 && at+2 < len(english) { // the first isn't known: perhaps the others are
		return english[:at+2] + p.search(english[at+2:])
	}
	return english
}

// pieces translates a text that ends in a phrase of its own: "…; starting again in 2s", "…: connection refused".
func (p *phrases) pieces(english string) (string, bool) {
	for _, mark := range []string{"; ", ", "} {
		if at := strings.LastIndex(english, mark); at > 0 {
			if to, ok := p.find(english[at:]); ok {
				return p.inside(english[:at]) + to, true
			}
		}
	}
	at := strings.LastIndex(english, ": ")
	if at <= 0 {
		return "", false
	}
	head, tail := english[:at], english[at+len(": "):]
	first, last := p.inside(head), tail
	if strings.Contains(tail, " ") { // a single word is as well one of a program
		last = p.inside(tail)
	}
	return first + ": " + last, first != head || last != tail
}

// lastSentence is where the last sentence of a text begins; 0 when there is only one.
func lastSentence(text string) int {
	at := strings.LastIndex(strings.TrimRight(text, " "), ". ")
	if at < 0 {
		return 0
	}
	return at + len(". ")
}

// find looks for one phrase, whole or as a pattern.
func (p *phrases) find(english string) (string, bool) {
	if to, ok := p.exact[english]; ok {
		return to, true
	}
	for _, x := range p.patterns {
		found := x.match.FindStringSubmatch(english)
		if found == nil || !x.holds(found[1:]) {
			continue
		}
		args := make([]any, len(found)-1)
		for i, s := range found[1:] {
			if args[i] = s; x.phrase[i] {
				args[i] = p.inside(s)
			}
		}
		return fmt.Sprintf(x.to, args...), true
	}
	return "", false
}

// inside translates what stands in a sentence. There it may begin with a small letter, and on its own with a capital one.
func (p *phrases) inside(english string) string {
	if to := p.search(english); to != english {
		return to
	}
	large := capital(english)
	if to := p.search(large); to != large {
		return to
	}
	if !strings.HasSuffix(english, ".") { // whole sentences lose their stop there
		if to, ok := p.find(large + "."); ok {
			return strings.TrimSuffix(to, ".")
		}
	}
	return english
}

// holds says whether what was found fits its places: what is in the middle of a sentence isn't another one.
func (x pattern) holds(found []string) bool {
	for i, s := range found {
		if !x.wide[i] && strings.Contains(s, ". ") {
			return false
		}
	}
	return true
}

package redact

import "bytes"

// heldMost is how much of a piece's end is looked at, in bytes.
const heldMost = 8 << 10

// Held says how much of a text may be given away while what follows isn't known: up to where a
// secret may begin that the text ends in. What follows is to be looked through from there on, with
// Edges.Open. It calls Find.
func (f *Finder) Held(s *Set, text []byte) int {
	from := max(bytes.LastIndexByte(text, '\n')+1, len(text)-heldMost)
	held := from + f.held(s, text[from:], heldLeast, tornMost)
	// A whole secret may end in what another one begins with.
	for _, span := range f.Find(s, text[from:], Edges{}) {
		if from+span.From < held && held < from+span.To {
			return from + span.From
		}
	}
	return held
}

// tornMost is how many sequences at a line's end may each be torn when the ones after it are left out.
const tornMost = 8

// held is Held for the end of one line; least is how many characters make the beginning of a secret.
func (f *Finder) held(s *Set, line []byte, least, depth int) int {
	held, torn := len(line), len(line)
	hold := func(at int, _ string, _ int) { held = min(held, int(f.view.from[at])) }
	v := &f.view
	v.mapped = true
	v.layers(line, func(bool) {
		if v.torn >= 0 {
			torn = min(torn, v.torn)
		}
		f.tails(s, v, least, hold)
		if n := unfinished(v.text); n > 0 {
			whole := *v
			v.cut(len(v.text) - n)
			f.tails(s, v, 1, hold)
			*v = whole
		}
	})
	if torn < len(line) && depth > 0 {
		return min(held, f.held(s, line[:torn], 1, depth-1))
	}
	return min(held, torn)
}

// layers calls each with the line as it stands and as it reads with one layer of disguise after the
// other undone; changed is false for the line as it stands.
func (v *view) layers(line []byte, each func(changed bool)) {
	v.reset(line)
	each(v.strip())
	hidden := v.hidden
	v.rounds(each)
	if hidden { // by a terminal, such as where a link leads
		v.reset(line)
		v.rounds(each)
	}
}

func (v *view) rounds(each func(changed bool)) {
	for range maxRounds {
		if !v.unescape() {
			return
		}
		v.strip()
		each(true)
	}
}

// tails calls found with where a secret may begin of which at least so many characters are the end
// of the view.
func (f *Finder) tails(s *Set, v *view, least int, found func(at int, name string, weight int)) {
	text := v.text
	if s != nil {
		for i := range s.patterns {
			p := &s.patterns[i]
			if n := tailOf(text, p.text, least); n > 0 {
				found(len(text)-n, p.name, n)
			}
		}
	}
	if at, ok := telegramTail(text); ok {
		found(at, TelegramToken, 0)
	}
	if at, ok := discordTail(text); ok {
		found(at, DiscordToken, 0)
	}
	if at, ok := botswainTail(text); ok {
		found(at, BotswainToken, 0)
	}
}

// botswainTail is where a token begins that lacks its end.
func botswainTail(text []byte) (at int, ok bool) {
	for _, p := range botswainPrefixes() {
		run := text[len(text)-spanBack(text, inURL, len(p.text)+p.rest-1):]
		if n := bytes.LastIndex(run, []byte(p.text)); n >= 0 {
			return len(text) - len(run) + n, true
		}
	}
	return 0, false
}

// tailOf is how many characters, but not all, of a pattern are the end of a text; 0: less than least.
func tailOf(text []byte, pattern string, least int) int {
	for n := min(len(pattern)-1, len(text)); n >= least; n-- {
		if string(text[len(text)-n:]) == pattern[:n] {
			return n
		}
	}
	return 0
}

// telegramTail is where a token begins that lacks the end of its secret part.
func telegramTail(text []byte) (at int, ok bool) {
	n := spanBack(text, inURL, telegramSecret)
	x := len(text) - n
	if n == telegramSecret || x == 0 || text[x-1] != ':' {
		return 0, false
	}
	digits := spanBack(text[:x-1], isDigit, x)
	return x - 1 - digits, digits >= telegramDigits
}

// discordTail is where a token begins that lacks the end of its last part, or that part.
func discordTail(text []byte) (at int, ok bool) {
	n := spanBack(text, inURL, discordHMAC)
	x := len(text) - n
	if n == discordHMAC || x == 0 || text[x-1] != '.' {
		return 0, false
	}
	before := text[:x-1]
	if n := len(before); n >= 3 && string(before[n-3:]) == "mfa" && spanBack(before, inURL, 4) == 3 {
		return n - 3, true
	}
	if n <= discordTimeMost {
		if at, ok := number(before, spanBack(before, inURL, discordIDMost)); ok {
			return at, true
		}
	}
	n = spanBack(before, inURL, discordTimeMost+1)
	if n < discordTime || n > discordTimeMost || n == len(before) || before[len(before)-n-1] != '.' {
		return 0, false
	}
	before = before[:len(before)-n-1]
	return number(before, spanBack(before, inURL, discordIDMost))
}

package redact

import (
	"encoding/base64"
	"strings"
)

// pattern is one string that gives a secret away.
type pattern struct {
	text string
	name string
	// before and after say that the character of base64 on that side holds some bits of the value.
	before, after bool
}

// patternsOf gives what to look for, each text once.
func patternsOf(secrets []Secret) []pattern {
	var all []pattern
	seen := map[string]bool{}
	add := func(p pattern) {
		if len(p.text) >= MinValue && !seen[p.text] {
			seen[p.text] = true
			all = append(all, p)
		}
	}
	for _, s := range secrets {
		for _, v := range values(s.Value) {
			for _, form := range forms(v) {
				add(pattern{text: form, name: s.Name})
			}
			for offset := range 3 {
				std, url := encoded(v, offset)
				std.name, url.name = s.Name, s.Name
				add(std)
				add(url)
			}
		}
	}
	return all
}

// values are the parts of a secret that must not be seen: its lines, and of a token what is secret
// about it.
func values(secret string) []string {
	lines, least := strings.Split(strings.TrimSpace(secret), "\n"), MinValue
	if len(lines) > 1 {
		least = MinLine
	}
	var all []string
	for _, l := range lines {
		l = strings.TrimSpace(l)
		if len(l) < least {
			continue
		}
		all = append(all, l)
		if at := strings.LastIndexAny(l, ":."); at > 0 && isToken(l) {
			all = append(all, l[at+1:])
		}
	}
	return all
}

// isToken says whether all of a value is a token by its shape.
func isToken(v string) bool {
	var f Finder
	spans := f.Find(nil, []byte(v), Edges{})
	return len(spans) == 1 && spans[0].From == 0 && spans[0].To == len(v)
}

// forms are a value as it stands and as undoing escapes leaves it, for values that hold what looks
// like one; and as a form encodes its spaces.
func forms(v string) []string {
	all := []string{v}
	if strings.Contains(v, " ") {
		all = append(all, strings.ReplaceAll(v, " ", "+"))
	}
	var b view
	b.layers([]byte(v), func(changed bool) {
		if changed {
			all = append(all, string(b.text))
		}
	})
	return all
}

// encoded is what base64 makes of a value that begins at an offset of 0, 1 or 2 in a group of three
// bytes: the characters that nothing else has a part in.
func encoded(v string, offset int) (std, url pattern) {
	whole := append(make([]byte, offset), v...)
	from, to := (offset*8+5)/6, len(whole)*8/6
	cut := func(text string) pattern {
		return pattern{text: text[from:to], before: offset > 0, after: len(whole)%3 != 0}
	}
	return cut(base64.RawStdEncoding.EncodeToString(whole)), cut(base64.RawURLEncoding.EncodeToString(whole))
}

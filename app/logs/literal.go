package logs

import (
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// literalOf gives the longest text that every match of a pattern has in it, in any case; "" when
// none is sure.
func literalOf(pattern string) string {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return ""
	}
	return sure(re.Simplify())
}

func sure(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		// What isn't ASCII may change its case in ways that the database doesn't know.
		for _, r := range re.Rune {
			if r >= utf8.RuneSelf {
				return ""
			}
		}
		return strings.ToLower(string(re.Rune))
	case syntax.OpCapture, syntax.OpPlus:
		return sure(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return sure(re.Sub[0])
		}
	case syntax.OpConcat:
		best := ""
		for _, sub := range re.Sub {
			if s := sure(sub); len(s) > len(best) {
				best = s
			}
		}
		return best
	}
	return ""
}

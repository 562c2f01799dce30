package cause

import (
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/botswain/botswain/app/fault"
)

func compile(texts []string) []pattern {
	var all []pattern
	for _, text := range texts {
		all = append(all, pattern{regexp.MustCompile(text), literals(text)})
	}
	return all
}

// literals are texts of which whatever a regular expression matches holds one; nil: none are known.
// Looking for them first is what makes the table cheap: most rows match no line.
func literals(text string) []string {
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil
	}
	return needs(tree.Simplify())
}

func needs(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			return []string{string(re.Rune)}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return needs(re.Sub[0])
	case syntax.OpConcat:
		var best []string
		for _, sub := range re.Sub {
			if l := needs(sub); shortest(l) > shortest(best) {
				best = l
			}
		}
		return best
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			l := needs(sub)
			if len(l) == 0 {
				return nil
			}
			all = append(all, l...)
		}
		return all
	}
	return nil
}

func shortest(texts []string) int {
	n := 0
	for i, t := range texts {
		if i == 0 || len(t) < n {
			n = len(t)
		}
	}
	return n
}

// startWords is what a failed start says, where that is for people.
func startWords(err error) string {
	if f, ok := fault.As(err); ok {
		return f.Message
	}
	return ""
}

// wrong says that a start failed for good because of a field of the definition, with one of these
// words in what it says; no words: whatever it says.
func wrong(field string, words ...string) func(Evidence) bool {
	return func(e Evidence) bool {
		f, ok := fault.As(e.Err)
		if !ok || f.Code != fault.Invalid || f.Fields[field] == "" {
			return false
		}
		for _, w := range words {
			if strings.Contains(f.Message, w) {
				return true
			}
		}
		return len(words) == 0
	}
}

// exited says that the run ended with one of these codes.
func exited(codes ...int) func(Evidence) bool {
	return func(e Evidence) bool {
		for _, c := range codes {
			if e.Exit.Code != nil && *e.Exit.Code == c {
				return true
			}
		}
		return false
	}
}

func outOfMemory(e Evidence) bool { return e.Exit.OOM }

package ansi

import (
	"regexp"
	"testing"
)

func TestStrip(t *testing.T) {
	pattern := regexp.MustCompile(Pattern)
	for in, want := range map[string]string{
		"":                                     "",
		"plain [31m":                           "plain [31m",
		"\x1b[31mred\x1b[0m and \x1b[1;4mbold": "red and bold",
		"\x1b]0;a title\x07text":               "text",
		"\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\": "link",
		"\x1b]8;;cut \x1b[31mred":                             "red",
		"cut \x1b[31":                                         "cut ",
		"cut \x1b]0;title":                                    "cut ",
		"lone \x1b at":                                        "lone  at",
		"ends \x1b":                                           "ends ",
		"\x1b[31é":                                            "é",
		"\x1b[?25l\x1b[2Kbar":                                 "bar",
	} {
		if got := Strip(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
		if got := pattern.ReplaceAllString(in, ""); got != want {
			t.Errorf("%q: the pattern gives %q, want %q", in, got, want)
		}
	}
}

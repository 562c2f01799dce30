package logview_test

import (
	"strings"
	"testing"

	"github.com/botswain/botswain/views/logview"
)

func render(t testing.TB, s string) string {
	t.Helper()
	var out strings.Builder
	if err := logview.Text(s).Render(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"plain\ttext <b>&":                     "plain\ttext &lt;b&gt;&amp;",
		"\x1b[31mred\x1b[0m not":               `<span class="ansi-red">red</span> not`,
		"\x1b[1;92mbold\x1b[22m thin":          `<span class="ansi-green font-semibold">bold</span><span class="ansi-green"> thin</span>`,
		"\x1b[31m<script>\x1b[m":               `<span class="ansi-red">&lt;script&gt;</span>`,
		"\x1b[38;5;4mblue\x1b[39m\x1b[2mdim":   `<span class="ansi-blue">blue</span><span class="ansi-dim">dim</span>`,
		"\x1b[38;2;1;2;3mrgb\x1b[48;5;1;35mbg": `rgb<span class="ansi-magenta">bg</span>`,
		"a\x1b[2Kb\x1b[1Ac":                    "abc",
		"\x1b]0;title\x07after":                "after",
		"\x1b]8;;http://x\x1b\\link":           "link",
		"\x1b(Bascii\x1b=":                     "ascii",
		"50%\r100%\x07\x00":                    "50%100%",
		"cut \x1b[3":                           "cut ",
		"cut \x1b":                             "cut ",
		"\x1b[31\x1b[32mgreen":                 `<span class="ansi-green">green</span>`,
		"\u009b31mc1":                          `<span class="ansi-red">c1</span>`,
		"\x1b[999999999999999999999mx":         "x",
		"日本 \x1b[36m語":                         `日本 <span class="ansi-cyan">語</span>`,
	} {
		if got := render(t, in); got != want {
			t.Errorf("%q:\n got %s\nwant %s", in, got, want)
		}
	}
}

// Whatever a bot prints, the only markup is our own spans, balanced.
func FuzzText(f *testing.F) {
	for _, s := range []string{"\x1b[31m<i>\x1b[0m", "\x1b]x", "\x1b[38;5m", "<", "\u009b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "?")
		got := render(t, s)
		rest := strings.ReplaceAll(got, "</span>", "")
		for _, part := range strings.Split(rest, "<span class=\"")[1:] {
			class, _, ok := strings.Cut(part, "\">")
			if !ok || strings.Trim(class, "abcdefghijklmnopqrstuvwxyz -") != "" {
				t.Fatalf("%q: class %q", s, class)
			}
		}
		rest = strings.ReplaceAll(rest, "<span class=\"", "")
		if strings.Contains(rest, "<") || strings.Count(got, "<span") != strings.Count(got, "</span>") {
			t.Fatalf("%q gives %q", s, got)
		}
	})
}

package logview_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/botswain/botswain/views/logview"
)

func render(t testing.TB, s string) string {
	t.Helper()
	var out strings.Builder
	if err := logview.Text(s, nil).Render(t.Context(), &out); err != nil {
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
		"\x1b[38;2;1;2;3mrgb\x1b[48;5;1;35mbg": `<span class="ansi-f x16">rgb</span><span class="ansi-b x1"><span class="ansi-magenta">bg</span></span>`,
		"\x1b[38;5;208morange":                 `<span class="ansi-f x208">orange</span>`,
		"\x1b[38;2;255;135;0morange":           `<span class="ansi-f x208">orange</span>`,
		"\x1b[38:2::255:135:0morange":          `<span class="ansi-f x208">orange</span>`,
		"\x1b[38;2;100;101;99mgrey":            `<span class="ansi-f x241">grey</span>`,
		"\x1b[48;5;21;38;5;231mboth":           `<span class="ansi-b x21"><span class="ansi-f x231">both</span></span>`,
		"\x1b[41mground\x1b[49m":               `<span class="ansi-b x1">ground</span>`,
		"\x1b[7minverse":                       `<span class="ansi-inverse">inverse</span>`,
		"\x1b[31;7minverse":                    `<span class="ansi-b x1">inverse</span>`,
		"\x1b[3;4mslanted\x1b[23;24m":          `<span class="italic underline">slanted</span>`,
		"\x1b[4:3mcurly\x1b[4:0m no":           `<span class="underline">curly</span> no`,
		"\x1b[38;5;300mno such":                "no such",
		"\x1b[38;2;1mshort":                    "short",
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
		if rest := ours.ReplaceAllString(got, ""); strings.ContainsAny(rest, "<>") || strings.Count(got, "<span") != strings.Count(got, "</span>") || strings.Count(got, "<a ") != strings.Count(got, "</a>") {
			t.Fatalf("%q gives %q", s, got)
		}
	})
}

// ours is all the markup there may be.
var ours = regexp.MustCompile(`</span>|</a>|<span class="[a-z0-9 -]*">|<a class="log-link" rel="noopener noreferrer nofollow" target="_blank" tabindex="-1" href="(?i:https?)://[^"<>]*">`)

// Addresses become links; nothing else does, and nothing in one gets out of its attribute.
func TestLinks(t *testing.T) {
	for in, want := range map[string]string{
		"see https://example.com/a?b=1&c=2.":         "https://example.com/a?b=1&amp;c=2",
		"(http://example.com/x_(y))":                 "http://example.com/x_(y)",
		"HTTPS://EXAMPLE.COM":                        "HTTPS://EXAMPLE.COM",
		"url=https://example.com:8080/#a, next":      "https://example.com:8080/#a",
		`"https://example.com/"`:                     "https://example.com/",
		"https://xn--bcher-kva.example/":             "https://xn--bcher-kva.example/",
		"[link](https://example.com)":                "https://example.com",
		"<https://example.com>":                      "https://example.com",
		"\x1b[4mhttps://exa\x1b[1mmple.com\x1b[0m":   "https://example.com",
		`https://example.com/"onmouseover="alert(1)`: "https://example.com/",
		"https://example.com/'><script>":             "https://example.com/",
		"https://example.com/\u202egnp.exe":          "https://example.com/",
		"https://example.com/\u200b.evil":            "https://example.com/",
		"javascript://https://example.com":           "https://example.com",
		"javascript:alert(1)":                        "",
		"data://text/html,x":                         "",
		"file:///etc/passwd":                         "",
		"xhttps://example.com":                       "",
		"ftp+http://example.com":                     "",
		"https://":                                   "",
		"https://:80":                                "",
		"https://bank.example@evil.example/":         "",
		"https://%zz":                                "",
		"http://[::1":                                "",
		"://x":                                       "",
		"https://e.com/" + strings.Repeat("a", 2000): "",
	} {
		got := render(t, in)
		href := ""
		if _, after, ok := strings.Cut(got, `href="`); ok {
			href, _, _ = strings.Cut(after, `"`)
		}
		if href != want {
			t.Errorf("%.60q leads to %q, want %q", in, href, want)
		}
		if rest := ours.ReplaceAllString(got, ""); strings.ContainsAny(rest, "<>") {
			t.Errorf("%.60q gives %s", in, got)
		}
	}
}

func TestMarks(t *testing.T) {
	find := func(s string) [][]int { return regexp.MustCompile(`rate limit|example`).FindAllStringIndex(s, -1) }
	for in, want := range map[string]string{
		"the rate limit <b>":        `the <mark>rate limit</mark> &lt;b&gt;`,
		"\x1b[31mrate\x1b[0m limit": `<span class="ansi-red"><mark>rate</mark></span><mark data-more> limit</mark>`,
		"rate limit rate limit":     `<mark>rate limit</mark> <mark>rate limit</mark>`,
		"none":                      "none",
	} {
		var out strings.Builder
		if err := logview.Text(in, find).Render(t.Context(), &out); err != nil || out.String() != want {
			t.Errorf("%q:\n got %s\nwant %s", in, out.String(), want)
		}
	}
	var out strings.Builder
	_ = logview.Text("at https://example.com/x", find).Render(t.Context(), &out)
	if !strings.Contains(out.String(), `>https://<mark>example</mark>.com/x</a>`) || strings.Contains(out.String(), `href="https://<`) {
		t.Error(out.String())
	}
}

// The page's css has a class for each colour of the palette.
func TestPaletteIsInTheCSS(t *testing.T) {
	css, err := os.ReadFile("../../static/css/app.css")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 256 {
		if !strings.Contains(string(css), fmt.Sprintf(".x%d{--x:", i)) {
			t.Fatalf("no class x%d: run make css", i)
		}
	}
}

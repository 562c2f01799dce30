package redact

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
)

// disguise is one way in which a program prints a value.
type disguise struct {
	name string
	of   func(rnd *rand.Rand, v string) string
}

func disguises() []disguise {
	plain := func(f func(string) string) func(*rand.Rand, string) string {
		return func(_ *rand.Rand, v string) string { return f(v) }
	}
	inside := func(rnd *rand.Rand, v string) string { // of a longer text
		return strings.Repeat("\xf0", rnd.IntN(4)) + v + strings.Repeat("~", rnd.IntN(4))
	}
	return []disguise{
		{"as it is", plain(func(v string) string { return v })},
		{"with colours", func(rnd *rand.Rand, v string) string { return between(rnd, v, ansi) }},
		{"in a URL's path", plain(func(v string) string { return "https://api.telegram.org/bot" + url.PathEscape(v) + "/getMe" })},
		{"in a URL's query", plain(func(v string) string { return "https://example.org/?" + url.Values{"token": {v}}.Encode() })},
		{"percent-encoded all over", plain(func(v string) string { return each(v, "%%%02x") })},
		{"percent-encoded here and there", func(rnd *rand.Rand, v string) string { return some(rnd, v, "%%%02X") }},
		{"in JSON", plain(func(v string) string { b, _ := json.Marshal(map[string]string{"k": v}); return string(b) })},
		{"in JSON in JSON", plain(func(v string) string {
			b, _ := json.Marshal(v)
			b, _ = json.Marshal(string(b))
			return string(b)
		})},
		{"as JSON escapes", func(rnd *rand.Rand, v string) string { return some(rnd, v, `\u%04x`) }},
		{"as Go quotes it", plain(func(v string) string { return fmt.Sprintf("%q", v) })},
		{"as bytes of Python", func(rnd *rand.Rand, v string) string { return some(rnd, v, `\x%02x`) }},
		{"JSON's colours", func(rnd *rand.Rand, v string) string {
			b, _ := json.Marshal(between(rnd, v, ansi))
			return string(b)
		}},
		{"percent in JSON", func(rnd *rand.Rand, v string) string {
			b, _ := json.Marshal(some(rnd, v, "%%%02X"))
			return string(b)
		}},
		{"percent twice", plain(func(v string) string { return url.QueryEscape(each(v, "%%%02X")) })},
		{"base64", plain(func(v string) string { return base64.StdEncoding.EncodeToString([]byte(v)) })},
		{"base64 inside", func(rnd *rand.Rand, v string) string {
			return base64.StdEncoding.EncodeToString([]byte(inside(rnd, v)))
		}},
		{"base64url inside", func(rnd *rand.Rand, v string) string {
			return base64.RawURLEncoding.EncodeToString([]byte(inside(rnd, v)))
		}},
		{"base64 without padding", func(rnd *rand.Rand, v string) string {
			return base64.RawStdEncoding.EncodeToString([]byte(inside(rnd, v)))
		}},
		{"base64 in a URL", func(rnd *rand.Rand, v string) string {
			return "?x=" + url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(inside(rnd, v))))
		}},
		{"base64 with colours", func(rnd *rand.Rand, v string) string {
			return between(rnd, base64.URLEncoding.EncodeToString([]byte(inside(rnd, v))), ansi)
		}},
		{"NUL between", func(rnd *rand.Rand, v string) string {
			return between(rnd, v, func(*rand.Rand) string { return "\x00" })
		}},
	}
}

// ansi is some sequence that a terminal doesn't show.
func ansi(rnd *rand.Rand) string {
	all := []string{"\x1b[0m", "\x1b[1;31m", "\x1b[K", "\x1b(B", "\x1b]8;;https://example.org\x1b\\", "\x1b]0;title\a", "\u009b32m", "\x1bM", "\x1b[?25l", ""}
	return all[rnd.IntN(len(all))]
}

func between(rnd *rand.Rand, v string, what func(*rand.Rand) string) string {
	var b strings.Builder
	for i := range len(v) {
		b.WriteByte(v[i])
		if i < len(v)-1 && (v[i+1] < 0x80 || v[i+1] >= 0xc0) {
			b.WriteString(what(rnd))
		}
	}
	return b.String()
}

func each(v, format string) string {
	var b strings.Builder
	for i := range len(v) {
		fmt.Fprintf(&b, format, v[i])
	}
	return b.String()
}

func some(rnd *rand.Rand, v, format string) string {
	var b strings.Builder
	for i := range len(v) {
		if v[i] < 0x80 && (v[i] == '\\' || v[i] == '%' || rnd.IntN(2) == 0) {
			fmt.Fprintf(&b, format, v[i])
		} else {
			b.WriteByte(v[i])
		}
	}
	return b.String()
}

func secrets() []Secret {
	return []Secret{
		{"TOKEN", "110201543:AAHdqTcvCH1vGWJxfSe1ofSAs0K5PALDsaw"},
		{"DISCORD", "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"},
		{"API_ID", "1234987"},
		{"API_HASH", "d524b414d21f4d37f08684c1df41ac9c"},
		{"DATABASE_URL", "postgres://bot:hunter2 \"x\"/\\n%41+&@db.intern:5432/bot?sslmode=require"},
		{"PASSWORD", "pässwörd ü"},
	}
}

// TestDisguises holds that nothing of a disguised value is left, and nothing else is touched.
func TestDisguises(t *testing.T) {
	set := New(secrets())
	for _, s := range secrets() {
		for _, d := range disguises() {
			t.Run(s.Name+" "+d.name, func(t *testing.T) {
				rnd := rand.New(rand.NewPCG(1, 2))
				for range 40 {
					a, b := d.of(rnd, s.Value), d.of(rnd, s.Value)
					line := "before " + a + " between " + b + " after"
					got := set.Text(line)
					if n := strings.Count(got, "[redacted:"+s.Name+"]"); n != 2 {
						t.Fatalf("%q\nbecame %q", line, got)
					}
					rest := strings.ReplaceAll(got, "[redacted:"+s.Name+"]", "")
					if !strings.HasPrefix(got, "before ") || !strings.HasSuffix(got, " after") || !strings.Contains(got, " between ") {
						t.Fatalf("%q\nbecame %q", line, got)
					}
					if leak := leaks(rest, s.Value, 5); leak != "" {
						t.Fatalf("%q\nbecame %q, which has %q", line, got, leak)
					}
				}
			})
		}
	}
}

// leaks gives a part of a value, so long at least, that can be read in a text.
func leaks(text, value string, least int) string {
	for i := 0; i+least <= len(value); i++ {
		if strings.Contains(text, value[i:i+least]) {
			return value[i : i+least]
		}
	}
	return ""
}

func TestShapes(t *testing.T) {
	var none *Set
	for _, c := range []struct{ in, want string }{
		{"token 110201543:AAHdqTcvCH1vGWJxfSe1ofSAs0K5PALDsaw.", "token [redacted:TELEGRAM_TOKEN]."},
		{"GET /bot7213808860:AAH1bjqpKKW3maRSPAxzIU-0v6xNuq2-NjM/getMe", "GET /bot[redacted:TELEGRAM_TOKEN]/getMe"},
		{"/bot7213808860%3AAAH1bjqpKKW3maRSPAxzIU-0v6xNuq2-NjM/getMe", "/bot[redacted:TELEGRAM_TOKEN]/getMe"},
		{"7213808860:AAH1bjqpKKW3maRSPAxzIU-0v6xNuq2-NjM_log", "[redacted:TELEGRAM_TOKEN]_log"},
		{"7213808860:zAH1bjqpKKW3maRSPAxzIU-0v6xNuq2-NjM", "[redacted:TELEGRAM_TOKEN]"},
		{"id 12345678:123e4567-e89b-12d3-a456-426614174000", "id 12345678:123e4567-e89b-12d3-a456-426614174000"},
		{"12345678:sha256-of-something", "12345678:sha256-of-something"},
		{"Bot MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs", "Bot [redacted:DISCORD_TOKEN]"},
		{"tok_MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs!", "tok_[redacted:DISCORD_TOKEN]!"},
		{"MTMwMTU5MDU2Nzk4OTU0NzAyOA.G5Nast.7_escXR0pB5hrc7sN_OnzNzy8KtfIN6_andbW8", "[redacted:DISCORD_TOKEN]"},
		{"mfa.VkO_2G4Qv3T--NO--lWetW_tjND--TOKEN--QFTm6YGtzq9PH--4U--tG0abcdefghij1234567890ABC", "[redacted:DISCORD_TOKEN]"},
		{"BOTSWAIN_REPORT_TOKEN=bsr_AZrk3dJ5f5mDmAq2eXw1wcvB0pVq3zQyTn8hLkRj6sUe4iGoAdFxHbNcMv7Y9W1l", "BOTSWAIN_REPORT_TOKEN=[redacted:BOTSWAIN_TOKEN]"},
		{"Authorization: Bearer bsw_q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA\r", "Authorization: Bearer [redacted:BOTSWAIN_TOKEN]\r"},
		{"my-bsw_q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA", "my-[redacted:BOTSWAIN_TOKEN]"},
		{"jobs_that_have_a_long_name_bsw_and_more_of_it", ""},
		{"mfa.some_module_with_a_long_name_here", "mfa.some_module_with_a_long_name_here"},
		{"my_long_package_name_here12.events.some_really_long_function_name", "my_long_package_name_here12.events.some_really_long_function_name"},
		{"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U", ""},
		{"https://cdn.example.org/a/b/c/0123456789012345678901234567890123456789012345678901234567890123", ""},
		{"at com.example.very.long.packages.Handler.handle(Handler.java:123456)", ""},
	} {
		if c.want == "" {
			c.want = c.in
		}
		if got := none.Text(c.in); got != c.want {
			t.Errorf("%q\nbecame %q,\nwant   %q", c.in, got, c.want)
		}
	}
	rnd := rand.New(rand.NewPCG(3, 4))
	for _, token := range append([]string{secrets()[0].Value, secrets()[1].Value}, ownTokens()...) {
		for _, d := range disguises() {
			line := "x " + d.of(rnd, token) + " y"
			if got := none.Text(line); !strings.Contains(got, "_TOKEN]") || leaks(got, token, 8) != "" {
				t.Errorf("%s: %q became %q", d.name, line, got)
			}
		}
	}
}

// ownTokens are as Botswain makes them.
func ownTokens() []string {
	return []string{"bsw_q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA", "bsr_AZrk3dJ5f5mDmAq2eXw1wcvB0pVq3zQyTn8hLkRj6sUe4iGoAdFxHbNcMv7Y9W1l"}
}

// TestOwnTokensHeld cuts a line with one of Botswain's own tokens, which are known by their shape only.
func TestOwnTokensHeld(t *testing.T) {
	var f Finder
	for _, token := range ownTokens() {
		text := []byte("so it is " + token + " and on")
		for cut := range text {
			held := f.Held(nil, text[:cut])
			got := clean(&f, nil, text[:held], Edges{}) + clean(&f, nil, text[held:], Edges{Open: true})
			if leak := leaks(got, token, 8); leak != "" || !strings.HasSuffix(got, " and on") {
				t.Fatalf("%q | %q | %q became %q", text[:held], text[held:cut], text[cut:], got)
			}
		}
		if got := clean(&f, nil, []byte("it is "+token[:30]), Edges{Cut: true}); got != "it is [redacted:BOTSWAIN_TOKEN]" {
			t.Errorf("cut off: %q", got)
		}
	}
}

func TestWhatIsLeftOut(t *testing.T) {
	set := New([]Secret{
		{"SHORT", "12345"}, {"EMPTY", ""}, {"SPACE", "      "}, {"A", "same-value"}, {"B", "same-value"}, {"SPACED", "  wide-value\r\n"},
		{"KEY", "-----BEGIN KEY-----\r\nMIIBVgIBADANBgkqh\nshort\nkiG9w0BAQEFAASC\n-----END KEY-----\n"},
	})
	for _, c := range []struct{ in, want string }{
		{"12345", "12345"},
		{"a same-value", "a [redacted:A]"},
		{"(wide-value)", "([redacted:SPACED])"},
		{"MIIBVgIBADANBgkqh", "[redacted:KEY]"},
		{"short", "short"},
		{`"-----BEGIN KEY-----\nMIIBVgIBADANBgkqh\nshort\nkiG9w0BAQEFAASC\n"`, `"[redacted:KEY]\n[redacted:KEY]\nshort\n[redacted:KEY]\n"`},
		{"same-valuesame-value", "[redacted:A][redacted:A]"},
	} {
		if got := set.Text(c.in); got != c.want {
			t.Errorf("%q became %q, want %q", c.in, got, c.want)
		}
	}
	if got := New([]Secret{{"PART", "hunter2hunter"}, {"URL", "db://hunter2hunter@x"}}).Text("db://hunter2hunter@x"); got != "[redacted:URL]" {
		t.Error(got)
	}
	if got := New(secrets()).Text("the secret part AAHdqTcvCH1vGWJxfSe1ofSAs0K5PALDsaw alone"); got != "the secret part [redacted:TOKEN] alone" {
		t.Error(got)
	}
}

// TestHeld cuts a text with a disguised value at each place: what is given away before the cut and
// after it together has no more of it than a few characters.
func TestHeld(t *testing.T) {
	set := New(secrets())
	rnd := rand.New(rand.NewPCG(5, 6))
	var f Finder
	for _, s := range secrets() {
		for _, d := range disguises() {
			text := []byte("so it is " + d.of(rnd, s.Value) + " and on")
			for cut := range string(text) { // the log path cuts between characters
				if rnd.IntN(len(text)) >= 40 {
					continue // about 40 places of each
				}
				held := f.Held(set, text[:cut])
				got := clean(&f, set, text[:held], Edges{}) + clean(&f, set, text[held:], Edges{Open: true})
				if leak := leaks(set.Text(got), s.Value, 8); leak != "" {
					t.Fatalf("%s: %q | %q | %q\nbecame %q, which has %q", d.name, text[:held], text[held:cut], text[cut:], got, leak)
				}
				if !strings.Contains(got, "[redacted:"+s.Name+"]") {
					t.Fatalf("%s: %q | %q | %q\nbecame %q", d.name, text[:held], text[held:cut], text[cut:], got)
				}
			}
		}
	}
	for _, prompt := range []string{"Login code: ", "Continue? [y/N] ", "45%", `C:\`, "12:34:56", "token? ", "a 1", "Password: "} {
		if n := f.Held(set, []byte(prompt)); n != len(prompt) {
			t.Errorf("of %q only %q is shown", prompt, prompt[:n])
		}
	}
}

func clean(f *Finder, set *Set, text []byte, e Edges) string {
	var b strings.Builder
	pos := 0
	for _, s := range f.Find(set, text, e) {
		b.Write(text[pos:s.From])
		b.WriteString(s.Mark())
		pos = s.To
	}
	b.Write(text[pos:])
	return b.String()
}

func TestCutOffForEver(t *testing.T) {
	set := New(secrets())
	var f Finder
	for _, c := range []struct{ in, want string }{
		{"first\nit is 110201543:AAHdqTcvCH1vGWJ", "first\nit is [redacted:TOKEN]"},
		{"it is 220201543:AAGdqTcvCH1vGWJ", "it is [redacted:TELEGRAM_TOKEN]"},
		{"port 12345:ok", "port 12345:ok"},
		{"it is 1102", "it is 1102"},
	} {
		if got := clean(&f, set, []byte(c.in), Edges{Cut: true}); got != c.want {
			t.Errorf("%q became %q, want %q", c.in, got, c.want)
		}
	}
}

// FuzzDisguises puts a random secret in a random disguise between random words.
func FuzzDisguises(f *testing.F) {
	for i := range 50 {
		f.Add(uint64(i), "secret-value-1", "some words", "more")
	}
	f.Add(uint64(3), `a\nb%41 c"d`, `C:\`, "%")
	f.Add(uint64(5), "pässwörd", "\x1b[", "\x00")
	all := disguises()
	f.Fuzz(func(t *testing.T, seed uint64, value, before, after string) {
		value = strings.Map(func(r rune) rune {
			if r < 0x20 || r == 0x7f || r == 0x9b || r == 0xfffd {
				return -1
			}
			return r
		}, value)
		if value = strings.TrimSpace(value); len(value) < MinValue || strings.ContainsAny(before+after, "\n") {
			return
		}
		rnd := rand.New(rand.NewPCG(seed, 7))
		set := New([]Secret{{"S", value}})
		d := all[rnd.IntN(len(all))]
		shown := d.of(rnd, value)
		// Next to it stands what ends any escape or run of base64.
		line := before + " |" + shown + "| " + after
		got := set.Text(line)
		if !strings.Contains(got, "[redacted:S]") || strings.Contains(got, shown) {
			t.Fatalf("%s: %q in %q became %q", d.name, value, line, got)
		}
	})
}

// FuzzInnocent holds that a text is found to be what it is by any path: spans are in order, within the
// text, without overlap and never over a line's end; and without secrets nothing changes.
func FuzzInnocent(f *testing.F) {
	f.Add([]byte("110201543:AAHdqTcvCH1vGWJxfSe1ofSAs0K5PALDsaw\x1b[0m %41\\u0041"), true)
	f.Add([]byte("12\n34"), false)
	set := New(secrets())
	f.Fuzz(func(t *testing.T, text []byte, open bool) {
		var fd Finder
		end := 0
		for _, s := range fd.Find(set, text, Edges{Open: open, Cut: open}) {
			if s.From < end || s.To <= s.From || s.To > len(text) || strings.Contains(string(text[s.From:s.To]), "\n") {
				t.Fatalf("%q: %+v", text, s)
			}
			end = s.To
		}
		if n := fd.Held(set, text); n < 0 || n > len(text) {
			t.Fatalf("%q: held at %d", text, n)
		}
		words := strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
				return -1 // neither numbers nor randomness: nothing that could be a secret
			}
			return r
		}, strings.ToValidUTF8(string(text), ""))
		if got := New([]Secret{{"S", "ZZZ999ZZZ"}}).Text(words); got != words && !strings.ContainsAny(words, `%\`) {
			t.Fatalf("%q became %q", words, got)
		}
	})
}

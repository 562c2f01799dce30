package bot_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
)

func TestParseCommandLine(t *testing.T) {
	for _, c := range []struct {
		line string
		want []string
	}{
		{"", []string{}},
		{"  python3\tbot.py \n", []string{"python3", "bot.py"}},
		{`sh -c 'echo "$HOME"; ls *'`, []string{"sh", "-c", `echo "$HOME"; ls *`}},
		{`a "b c"d'e f' ''`, []string{"a", "b cde f", ""}},
		{`"a\"b\\c\$d\e"`, []string{`a"b\c$d\e`}},
		{`a\ b \'`, []string{"a b", "'"}},
		{"a \\\n b", []string{"a", "b"}},
		{"a | b > c # d ~", []string{"a", "|", "b", ">", "c", "#", "d", "~"}},
		{"größe ‘x’", []string{"größe", "‘x’"}},
	} {
		got, err := bot.ParseCommandLine(c.line)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("ParseCommandLine(%q) = %q, %v; want %q", c.line, got, err, c.want)
		}
	}
	for _, line := range []string{`a 'b`, `a "b`, `"b\`, `"b\"`, `a \`} {
		if e, ok := fault.As(errorOf(bot.ParseCommandLine(line))); !ok || e.Fields["command"] == "" {
			t.Errorf("ParseCommandLine(%q): error %v, want one at command", line, e)
		}
	}
}

func errorOf(_ []string, err error) error { return err }

// A real shell must read a formatted line as the same arguments.
func TestFormatCommandLineMeansTheSameToAShell(t *testing.T) {
	argv := []string{"a b", "", "'", `"`, `\`, "$HOME", "`id`", "*", "~", "#x", "a\nb", "!", "é", "x=y", "-n"}
	out, err := exec.CommandContext(t.Context(), "/bin/sh", "-c", `printf '%s\001' `+bot.FormatCommandLine(argv)).Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Split(strings.TrimSuffix(string(out), "\x01"), "\x01"); !slices.Equal(got, argv) {
		t.Errorf("shell read %q, want %q", got, argv)
	}
}

func FuzzCommandLineRoundTrip(f *testing.F) {
	f.Add("a", "b c", "")
	f.Add("'", `"\`, "\n\t")
	f.Add("\xff\x00", "$`!", "~#=")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		argv := []string{a, b, c}
		got, err := bot.ParseCommandLine(bot.FormatCommandLine(argv))
		if err != nil || !slices.Equal(got, argv) {
			t.Errorf("%q came back as %q, %v", argv, got, err)
		}
		// Anything that parses must survive the way back.
		if parsed, err := bot.ParseCommandLine(a + " " + b + c); err == nil {
			again, err := bot.ParseCommandLine(bot.FormatCommandLine(parsed))
			if err != nil || !slices.Equal(again, parsed) {
				t.Errorf("%q came back as %q, %v", parsed, again, err)
			}
		}
	})
}

package runtimes

import (
	"strings"

	"github.com/botswain/botswain/app/bot"
)

// Script is the steps as one program for /bin/sh -c: it shows each before it runs it, and ends with
// the first that fails, or with a last word: its exit code isn't always known. One process does it all, so that an installation goes on when Botswain
// itself is restarted, and ends as one.
func Script(steps [][]string) string {
	var b strings.Builder
	b.WriteString("set -e\n")
	for _, argv := range steps {
		line := bot.FormatCommandLine(argv)
		b.WriteString("printf '%s\\n' " + bot.FormatCommandLine([]string{"$ " + line}) + "\n" + line + "\n")
	}
	b.WriteString("printf 'Done.\\n'\n")
	return b.String()
}

// Words is the steps as a person would type them, on one line.
func Words(steps [][]string) string {
	var all []string
	for _, argv := range steps {
		all = append(all, bot.FormatCommandLine(argv))
	}
	return strings.Join(all, " && ")
}

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/botswain/botswain/app"
	"github.com/botswain/botswain/app/config"
	"github.com/botswain/botswain/app/fault"
)

// The exit codes of the contract.
const (
	done   = 0
	failed = 1
	misuse = 2 // wrong usage or bad configuration
)

// cli is one run of the program with its surroundings.
type cli struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	// What a serving Botswain needs to be replaced in place; zero in tests.
	program  string
	upgrade  <-chan os.Signal
	handover *app.Handover
}

// command is one subcommand; its name may be of two words.
type command struct {
	name string
	args string // as the usage shows them
	help string
	run  func(c *cli, ctx context.Context, args []string) error
}

// commands lists all subcommands in the order of the usage.
func commands() []command {
	return []command{
		{"serve", "", "run Botswain: supervise the bots and serve the pages", (*cli).serve},
		{"migrate", "", "bring the database's tables up to date", (*cli).migrate},
		{"user add", "NAME [--password-file FILE]", "make an administrator; the password is read from the file, a pipe or the terminal", (*cli).userAdd},
		{"user list", "", "list the users", (*cli).userList},
		{"user passwd", "NAME [--password-file FILE]", "change a password and end that user's sessions", (*cli).userPasswd},
		{"token create", "--user NAME [--name TEXT] [--ttl DURATION]", "make an API token and print it alone; ttl is like 12h or 30d, 0 never ends", (*cli).tokenCreate},
		{"token list", "", "list the API tokens: whose they are, and when they were used last", (*cli).tokenList},
		{"token revoke", "ID", "take an API token back for good, by its id or the beginning of it", (*cli).tokenRevoke},
		{"bot list", "[--json]", "list the bots", (*cli).botList},
		{"bot start", "BOT... [--yes] | --group NAME | --all", "start bots, by name, beginning of the name, or id", action("start")},
		{"bot stop", "BOT... | --group NAME | --all", "stop bots", action("stop")},
		{"bot restart", "BOT... [--yes] | --group NAME | --all [--rolling] [--pause 5s]", "restart bots; rolling is one after the other", action("restart")},
		{"bot examples", "", "add example bots that need no token, and start them", (*cli).botExamples},
		{"bot logs", "BOT [-f] [-n LINES] [-t]", "print the newest lines of a bot; -f goes on with new ones, -t adds the time", (*cli).botLogs},
		{"key status", "", "say which encryption key the secrets are sealed under", (*cli).keyStatus},
		{"key rotate", "", "seal all secrets under a new encryption key; bots go on, and it can be interrupted", (*cli).keyRotate},
		{"key forget", "--yes", "delete all secrets, when their encryption key is lost", (*cli).keyForget},
		{"healthcheck", "", "ask a running Botswain whether it is up, for containers", (*cli).healthcheck},
		{"version", "", "print the version", (*cli).version},
	}
}

// usageError is a wrong call of the program.
type usageError struct {
	message string
}

func (e *usageError) Error() string { return e.message }

// configError is a setting that can't be.
type configError struct{ err error }

func (e *configError) Error() string { return e.err.Error() }
func (e *configError) Unwrap() error { return e.err }

// run finds the subcommand, runs it and says its exit code. Errors are one line on stderr.
func (c *cli) run(ctx context.Context, args []string) int {
	if len(args) == 0 {
		c.usage(c.stderr)
		return misuse
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		c.usage(c.stdout)
		return done
	case "-v", "-version", "--version":
		args = []string{"version"}
	}
	cmd, rest, err := find(args)
	if err == nil {
		err = cmd.run(c, ctx, rest)
	}
	var wrong *usageError
	var setting *configError
	switch {
	case err == nil:
		return done
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(c.stdout, "usage: botswain %s\n\n%s\n", strings.TrimSpace(cmd.name+" "+cmd.args), cmd.help)
		return done
	case errors.As(err, &wrong):
		hint := "run botswain help"
		if cmd.name != "" {
			hint = "usage: botswain " + strings.TrimSpace(cmd.name+" "+cmd.args)
		}
		fmt.Fprintf(c.stderr, "botswain: %s (%s)\n", wrong.message, hint)
		return misuse
	case errors.As(err, &setting):
		fmt.Fprintf(c.stderr, "botswain: %s\n", words(err))
		return misuse
	}
	fmt.Fprintf(c.stderr, "botswain: %s\n", words(err))
	return failed
}

// find picks the subcommand of two words, or else of one.
func find(args []string) (command, []string, error) {
	for _, n := range []int{2, 1} {
		if len(args) < n {
			continue
		}
		name := strings.Join(args[:n], " ")
		for _, cmd := range commands() {
			if cmd.name == name {
				return cmd, args[n:], nil
			}
		}
	}
	var kin []string
	for _, cmd := range commands() {
		if family, sub, two := strings.Cut(cmd.name, " "); two && family == args[0] {
			kin = append(kin, sub)
		}
	}
	if kin != nil {
		return command{}, nil, &usageError{message: fmt.Sprintf("say what to do: botswain %s %s", args[0], strings.Join(kin, "|"))}
	}
	return command{}, nil, &usageError{message: fmt.Sprintf("there is no command %q", args[0])}
}

func (c *cli) usage(w io.Writer) {
	fmt.Fprint(w, "Botswain runs a crew of bots.\n\nusage: botswain COMMAND\n\n")
	for _, cmd := range commands() {
		fmt.Fprintf(w, "  %s\n        %s\n", strings.TrimSpace(cmd.name+" "+cmd.args), cmd.help)
	}
	fmt.Fprint(w, `
Settings come from the environment (BOTSWAIN_ADDR, BOTSWAIN_DATA_DIR, DATABASE_URL, …): see the README.
The bot commands speak with the Botswain that uses the data directory, or with another one when
BOTSWAIN_URL and BOTSWAIN_TOKEN are set.
`)
}

// words is what a person is told of an error: one line.
func words(err error) string {
	f, ok := fault.As(err)
	if !ok {
		return strings.Join(strings.Fields(err.Error()), " ")
	}
	if len(f.Fields) == 0 {
		return f.Message
	}
	parts := make([]string, 0, len(f.Fields))
	for field, message := range f.Fields {
		parts = append(parts, field+": "+message)
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

// parse reads flags and gives the other arguments, which may stand between them. There must be at
// least least and at most most of those; most -1 is any number.
func parse(flags *flag.FlagSet, args []string, least, most int) ([]string, error) {
	flags.SetOutput(io.Discard)
	var plain []string
	for {
		if err := flags.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, &usageError{message: err.Error()}
		}
		rest := flags.Args()
		if len(rest) == 0 {
			break
		}
		if at := len(args) - len(rest); at > 0 && args[at-1] == "--" {
			plain = append(plain, rest...)
			break
		}
		plain = append(plain, rest[0])
		args = rest[1:]
	}
	switch {
	case len(plain) < least:
		return nil, &usageError{message: "something is missing"}
	case most >= 0 && len(plain) > most:
		return nil, &usageError{message: fmt.Sprintf("%q is too much", plain[most])}
	}
	return plain, nil
}

// noArgs is parse for commands that take none.
func noArgs(name string, args []string) error {
	_, err := parse(flag.NewFlagSet(name, flag.ContinueOnError), args, 0, 0)
	return err
}

// config reads the settings.
func (c *cli) config() (config.Config, error) {
	cfg, err := config.Load(c.getenv)
	if err != nil {
		return cfg, &configError{err}
	}
	return cfg, nil
}

// logger is Botswain's own log as the settings want it, but nothing below least.
func (c *cli) logger(cfg config.Config, least slog.Level) *slog.Logger {
	options := &slog.HandlerOptions{Level: max(cfg.LogLevel, least)}
	if cfg.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(c.stderr, options))
	}
	return slog.New(slog.NewTextHandler(c.stderr, options))
}

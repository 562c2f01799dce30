// Command faketest runs the test servers of Telegram and Discord and a report endpoint for trying a
// bot by hand, in any language:
//
//	go run ./app/platform/faketest
//
// It prints the environment that a bot needs, one NAME=VALUE a line, and then obeys lines on its
// input: see help.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/botswain/botswain/app/platform/discord/discordtest"
	"github.com/botswain/botswain/app/platform/platformtest"
	"github.com/botswain/botswain/app/platform/telegram/telegramtest"
)

const help = `t TEXT           say TEXT to the Telegram bot and show its answer
d TEXT           say TEXT in the Discord bot's server and show its answer
s NAME [TEXT]    use a slash command, with the option "text"
reports          show what was reported
requests         show what was asked for that doesn't exist here
revoke, restore  the tokens
copy             run a second copy of each bot until the end
help`

// patience is how long an answer is waited for.
const patience = 10 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "faketest:", err)
		os.Exit(1)
	}
}

// stage is everything that plays.
type stage struct {
	telegram *telegramtest.Server
	discord  *discordtest.Server
	reports  *platformtest.Reports
	tbot     *telegramtest.Bot
	dbot     *discordtest.Bot
	guild    *discordtest.Guild
}

func run(ctx context.Context, in io.Reader, out io.Writer) error {
	var s stage
	var err error
	if s.telegram, err = telegramtest.Start(telegramtest.Options{}); err != nil {
		return err
	}
	defer s.telegram.Close()
	if s.discord, err = discordtest.Start(discordtest.Options{}); err != nil {
		return err
	}
	defer s.discord.Close()
	if s.reports, err = platformtest.ListenReports("report-token"); err != nil {
		return err
	}
	defer s.reports.Close()
	s.tbot = s.telegram.AddBot(telegramtest.Profile{Name: "Harbour Pilot"})
	s.dbot = s.discord.AddApp(discordtest.App{Name: "Harbour Pilot", Intents: discordtest.Privileged})
	s.guild = s.dbot.AddGuild("Harbour", 41)
	for _, line := range []string{
		"BOTSWAIN_TELEGRAM_API_URL=" + s.telegram.URL(), "BOTSWAIN_DISCORD_API_URL=" + s.discord.URL(),
		"BOTSWAIN_REPORT_URL=" + s.reports.URL, "BOTSWAIN_REPORT_TOKEN=" + s.reports.Token,
		"TELEGRAM_TOKEN=" + s.tbot.Token(), "DISCORD_TOKEN=" + s.dbot.Token(),
		"DISCORD_CDN_URL=" + s.discord.CDN(),
	} {
		fmt.Fprintln(out, line)
	}
	lines := make(chan string)
	go func() { // a read of the terminal can't be ended; the program's end ends it
		defer close(lines)
		for sc := bufio.NewScanner(in); sc.Scan(); {
			select {
			case lines <- sc.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case line, more := <-lines:
			if !more {
				<-ctx.Done() // the input was closed or is /dev/null: go on until a signal
				return nil
			}
			fmt.Fprintln(out, s.obey(ctx, line))
		}
	}
}

// obey does what a line says and gives the answer.
func (s *stage) obey(ctx context.Context, line string) string {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	switch word {
	case "t":
		m, err := s.tbot.Ask(ctx, telegramtest.User{}, rest)
		return answer(m.Text, err)
	case "d":
		m, err := s.dbot.Ask(ctx, s.guild, discordtest.User{}, rest)
		return answer(m.Content, err)
	case "s":
		name, text, has := strings.Cut(rest, " ")
		options := map[string]string{}
		if has {
			options["text"] = text
		}
		m, err := s.dbot.Slash(ctx, s.guild, discordtest.User{}, name, options)
		return answer(m.Content, err)
	case "reports":
		text, err := json.Marshal(s.reports.Sum())
		return answer(string(text), err)
	case "requests":
		return fmt.Sprint(append(s.telegram.Unknown(), s.discord.Unknown()...))
	case "revoke":
		s.tbot.Revoke()
		s.dbot.Revoke()
		return "revoked"
	case "restore":
		s.tbot.Restore()
		s.dbot.Restore()
		return "restored"
	case "copy":
		s.tbot.RunCopy()
		s.dbot.RunCopy()
		return "copies run"
	}
	return help
}

func answer(text string, err error) string {
	if err != nil {
		return "ERROR " + err.Error()
	}
	return text
}

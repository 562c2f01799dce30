package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"strings"

	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"
)

// attempts are how often a wrong code or password may be typed again.
const attempts = 3

// login logs in, when the session file has no login yet, and says who the account is.
func (a *app) login(ctx context.Context) (*tg.User, error) {
	status, err := a.client.Auth().Status(ctx)
	if err != nil {
		return nil, err
	}
	if !status.Authorized {
		if err := a.signIn(ctx); err != nil {
			return nil, err
		}
	}
	return a.client.Self(ctx)
}

func (a *app) signIn(ctx context.Context) error {
	if a.set.phone == "" {
		return errors.New("there is no PHONE; enter the account's number, as +49…, as a secret of this bot")
	}
	sent, err := a.client.Auth().SendCode(ctx, a.set.phone, auth.SendCodeOptions{})
	if err != nil {
		return err
	}
	code, ok := sent.(*tg.AuthSentCode)
	if !ok {
		return nil // it knows the account already
	}
	for range attempts {
		typed, err := a.input.ask(ctx, "Telegram has sent a login code to the account. Type it here and press Enter:")
		if err != nil {
			return err
		}
		_, err = a.client.Auth().SignIn(ctx, a.set.phone, digits(typed), code.PhoneCodeHash)
		switch {
		case err == nil:
			log.Print("INFO Logged in.")
			return nil
		case errors.Is(err, auth.ErrPasswordAuthNeeded):
			return a.password(ctx)
		case tgerr.Is(err, "PHONE_CODE_INVALID", "PHONE_CODE_EMPTY"):
			log.Print("WARN This code is wrong.")
		case tgerr.Is(err, "PHONE_CODE_EXPIRED"):
			return errors.New("this code has expired; start the bot again for a new one")
		default:
			return err
		}
	}
	return fmt.Errorf("the code was wrong %d times", attempts)
}

// password is the second step, for accounts that have one.
func (a *app) password(ctx context.Context) error {
	password := a.set.password
	for range attempts {
		if password == "" {
			var err error
			password, err = a.input.ask(ctx, "The account has two-step verification. Type its password here and press Enter (safer: the secret PASSWORD of this bot):")
			if err != nil {
				return err
			}
		}
		_, err := a.client.Auth().Password(ctx, password)
		if err == nil {
			log.Print("INFO Logged in.")
			return nil
		}
		if !errors.Is(err, auth.ErrPasswordInvalid) {
			return err
		}
		log.Print("WARN This password is wrong.")
		password = ""
	}
	return fmt.Errorf("the password was wrong %d times", attempts)
}

// digits takes a code as people write it: 12-345, 12 345.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, s)
}

// tgerrIs says whether Telegram answered with this kind of error.
func tgerrIs(err error, kind string) bool { return tgerr.Is(err, kind) }

// input is what a person types: into the console line of the bot's page, or into a terminal.
type input struct {
	from  io.Reader
	lines chan string // closed at the end of the input; nil: nothing was asked yet
}

func newInput(from io.Reader) *input { return &input{from: from} }

// ask prints a question and waits for a line.
func (in *input) ask(ctx context.Context, question string) (string, error) {
	if in.lines == nil {
		in.lines = make(chan string)
		go func(lines chan<- string) { // a read of the input can't be ended; the program's end ends it
			defer close(lines)
			for scan := bufio.NewScanner(in.from); scan.Scan(); {
				if line := strings.TrimSpace(scan.Text()); line != "" {
					lines <- line
				}
			}
		}(in.lines)
	}
	log.Print("INPUT ", question)
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case line, more := <-in.lines:
		if !more {
			return "", errors.New("nobody can answer: the input of the bot is closed")
		}
		return line, nil
	}
}

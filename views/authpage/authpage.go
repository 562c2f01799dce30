// Package authpage has the pages before a login: signing in and the first set-up. Both are plain
// forms that work without scripts.
package authpage

import (
	"time"

	"github.com/botswain/botswain/views/ui"
)

// LoginProps describes the sign-in page. Its form posts username, password, next and remember
// ("1") to /login.
type LoginProps struct {
	Host           string // the machine's name
	Username, Next string // what was typed; where to go afterwards
	Remember       bool
	Notice         string // a neutral line, such as "You are signed out."; may be empty
	Error          string // whole sentences; may be empty
	// RetryAfter says for how long sign-in is paused; 0: it isn't.
	RetryAfter time.Duration
}

// SetupProps describes the page that makes the first administrator. Its form posts code, username,
// password and password_again to /setup; passwords are never put back.
type SetupProps struct {
	Host           string
	Code, Username string
	Errors         map[string]string // by field name
	Error          string            // about the whole form; may be empty
	RetryAfter     time.Duration
}

// focus names the field to start in: the first one that has to change, or that is empty.
func (p SetupProps) focus() string {
	for _, f := range []string{"code", "username", "password", "password_again"} {
		if p.Errors[f] != "" {
			return f
		}
	}
	return "code"
}

func (p SetupProps) field(id, label, help string) ui.FieldProps {
	return ui.FieldProps{ID: id, Label: label, Help: help, Error: p.Errors[id]}
}

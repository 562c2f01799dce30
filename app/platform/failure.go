package platform

import (
	"errors"
	"fmt"
	"time"
)

// Kind says why a platform gave no answer.
type Kind string

// The kinds of failure.
const (
	// Refused: the platform knows the token and rejects it, or doesn't know it. Trying again with the
	// same token is of no use.
	Refused Kind = "refused"
	// Limited: asked too often. Until says when it may be asked again.
	Limited Kind = "limited"
	// Unreachable: the network, the platform, or something between didn't answer as it should. It says
	// nothing about the token.
	Unreachable Kind = "unreachable"
)

// Failure is an answer that didn't come. Message is safe to show. It holds no token, and neither
// does its cause: see Scrub.
type Failure struct {
	Kind    Kind      `json:"kind"`
	Message string    `json:"message"`
	Until   time.Time `json:"until,omitzero"` // set with Limited
	// Cause is for the log: the system's words, without the token.
	Cause string `json:"-"`
}

// Error implements error; it is for the log.
func (f *Failure) Error() string {
	if f.Cause == "" {
		return fmt.Sprintf("%s: %s", f.Kind, f.Message)
	}
	return fmt.Sprintf("%s: %s (%s)", f.Kind, f.Message, f.Cause)
}

// AsFailure finds the *Failure in the chain. What is none counts as Unreachable, without its words:
// they may quote an address that has the token in it.
func AsFailure(err error) *Failure {
	if err == nil {
		return nil
	}
	var f *Failure
	if errors.As(err, &f) {
		return f
	}
	return &Failure{Kind: Unreachable, Message: "It could not be asked."}
}

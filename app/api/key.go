package api

import (
	"context"
	"net/http"

	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/secret"
)

// Keys is what the API needs of the encryption key.
type Keys interface {
	Rotate(ctx context.Context, by event.Actor) (secret.Rotated, error)
	Status(ctx context.Context) (secret.Status, error)
}

// KeyRotated is what a rotation of the encryption key did.
type KeyRotated struct {
	From string `json:"from" doc:"The id of the key that was replaced. It tells nothing of the key." example:"5d41402abc4b2a76"`
	To   string `json:"to" doc:"The id of the new key." example:"9719d911017c5920"`
	Todo string `json:"todo" doc:"What is left for a person to do; empty: nothing."`
}

// KeyStatus is how the encryption keys stand.
type KeyStatus struct {
	Key     string `json:"key" doc:"The id of the key that secrets are sealed under." example:"9719d911017c5920"`
	Old     string `json:"old" doc:"The id of the key that a rotation comes from; empty: none goes on."`
	Left    int    `json:"left" doc:"How many secrets are still under the old key."`
	Secrets int    `json:"secrets" doc:"How many secrets there are." example:"12"`
}

type keyRotatedOutput struct{ Body KeyRotated }

type keyStatusOutput struct{ Body KeyStatus }

func (a *API) registerKey() {
	register(a, operation(http.MethodGet, "/key", "get-key", tagKey, "Get how the encryption key stands",
		"For the command line on Botswain's machine: a token isn't enough.", http.StatusForbidden), a.keyStatus)
	register(a, operation(http.MethodPost, "/key/rotate", "rotate-key", tagKey, "Rotate the encryption key",
		"Seals all secrets under a new key; bots go on. For the command line on Botswain's machine: a token isn't enough.",
		http.StatusForbidden, http.StatusConflict), a.rotateKey)
}

// keeper is who owns the data directory, and with it the key.
func keeper(ctx context.Context) error {
	if who, ok := ctx.Value(callerKey).(caller); ok && who.token == "" {
		return nil
	}
	return fault.New(fault.Forbidden, "The encryption key is for the command line on Botswain's machine only: botswain key rotate")
}

func (a *API) keyStatus(ctx context.Context, _ *struct{}) (*keyStatusOutput, error) {
	if err := keeper(ctx); err != nil {
		return nil, err
	}
	st, err := a.Keys.Status(ctx)
	return &keyStatusOutput{KeyStatus(st)}, err
}

// rotateKey goes on when the caller goes away: half a rotation helps nobody.
func (a *API) rotateKey(ctx context.Context, _ *struct{}) (*keyRotatedOutput, error) {
	if err := keeper(ctx); err != nil {
		return nil, err
	}
	done, err := a.Keys.Rotate(context.WithoutCancel(ctx), actor(ctx))
	return &keyRotatedOutput{KeyRotated(done)}, err
}

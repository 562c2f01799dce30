// Package telegram asks Telegram's Bot API about a bot: https://core.telegram.org/bots/api.
package telegram

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/botswain/botswain/app/platform"
)

// Client asks one Bot API server. It implements platform.Client.
type Client struct {
	base string
	http *http.Client
}

// New makes a client. base is such as https://api.telegram.org, without a slash at its end.
func New(base string, c *http.Client) *Client {
	return &Client{base: strings.TrimRight(base, "/"), http: c}
}

// shape is what tokens are made of ("Authorizing your bot" in the documentation has an example).
// What isn't so can't be put into an address.
var shape = regexp.MustCompile(`^[0-9]{1,20}:[A-Za-z0-9_-]{1,100}$`)

func refused(words string) *platform.Failure {
	return &platform.Failure{Kind: platform.Refused, Message: words}
}

// answer is what each method answers ("Making requests").
type answer struct {
	OK          *bool           `json:"ok"`
	Result      json.RawMessage `json:"result"`
	ErrorCode   int             `json:"error_code"`
	Description string          `json:"description"`
	Parameters  struct {
		RetryAfter float64 `json:"retry_after"` // seconds ("ResponseParameters")
	} `json:"parameters"`
}

// call asks a method and reads its result into out.
func (c *Client) call(ctx context.Context, token, method string, params url.Values, out any) error {
	if !shape.MatchString(token) {
		return refused("This is no Telegram bot token: one looks like 123456789:AA… and has no spaces. @BotFather gives it out (/mybots, API Token).")
	}
	address := c.base + "/bot" + token + "/" + method
	if len(params) > 0 {
		address += "?" + params.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil { // its words quote the address
		return &platform.Failure{Kind: platform.Unreachable, Message: "The address of Telegram isn't right."}
	}
	reply, err := platform.Fetch(c.http, platform.Telegram, r, token, platform.MaxBody)
	if err != nil {
		return err
	}
	var a answer
	decodeErr := platform.Decode(platform.Telegram, reply, &a)
	switch {
	case reply.Status == http.StatusTooManyRequests:
		return platform.LimitedBy(platform.Telegram, reply, a.Parameters.RetryAfter)
	case decodeErr != nil || a.OK == nil:
		return platform.Odd(platform.Telegram, reply)
	case *a.OK:
		return platform.Decode(platform.Telegram, platform.Reply{Status: reply.Status, Body: a.Result}, out)
	}
	return a.failure(reply, token)
}

// failure reads an answer with ok false. The Bot API server answers 401 for a token that was
// revoked, and 404 for one that can't be a token (and for a method that it doesn't have, which ours
// aren't): Client.cpp and HttpConnection.cpp of github.com/tdlib/telegram-bot-api.
func (a answer) failure(reply platform.Reply, token string) *platform.Failure {
	switch a.ErrorCode {
	case http.StatusUnauthorized:
		return refused("Telegram refuses the token: it was revoked, or the bot was deleted. Get the present one from @BotFather (/mybots, API Token).")
	case http.StatusNotFound:
		return refused("Telegram doesn't know the token. Compare it with the one that @BotFather shows (/mybots, API Token).")
	case http.StatusTooManyRequests:
		return platform.LimitedBy(platform.Telegram, reply, a.Parameters.RetryAfter)
	}
	f := platform.Odd(platform.Telegram, platform.Reply{Status: a.ErrorCode})
	f.Cause = platform.Scrub(a.Description, token)
	return f
}

package discord

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/botswain/botswain/app/platform"
)

// user is the bot's own ("Get Current User"). Names without a discriminator have "0".
type user struct {
	ID            string `json:"id"`
	Username      string `json:"username"`
	Discriminator string `json:"discriminator"`
	GlobalName    string `json:"global_name"`
	Avatar        string `json:"avatar"` // a hash; null: it has none
}

// application is the bot's ("Get Current Application").
type application struct {
	ID       string `json:"id"`
	Flags    *int64 `json:"flags"`
	Guilds   *int   `json:"approximate_guild_count"`
	Installs *int   `json:"approximate_user_install_count"`
}

// The flags of an application that tell of privileged intents ("Application Flags"): the first of
// each pair is for verified bots, the second for those in fewer than 100 servers.
const (
	presence       = 1<<12 | 1<<13
	members        = 1<<14 | 1<<15
	messageContent = 1<<18 | 1<<19
)

// gatewayBot is how to connect ("Get Gateway Bot"); times are in milliseconds.
type gatewayBot struct {
	URL    string `json:"url"`
	Shards int    `json:"shards"`
	Limit  *struct {
		Total          int   `json:"total"`
		Remaining      int   `json:"remaining"`
		ResetAfter     int64 `json:"reset_after"`
		MaxConcurrency int   `json:"max_concurrency"`
	} `json:"session_start_limit"`
}

// Look asks for the user, the application and the gateway; see platform.Client.
func (c *Client) Look(ctx context.Context, token string) (*platform.Facts, error) {
	var u user
	if err := c.get(ctx, token, "/users/@me", &u); err != nil {
		return nil, err
	}
	out := &platform.DiscordFacts{}
	facts := &platform.Facts{Identity: u.identity(token), Discord: out, Missing: map[string]string{}}
	var first error
	miss := func(part string, err error) {
		facts.Missing[part] = platform.AsFailure(err).Message
		if first == nil {
			first = err
		}
	}
	var app application
	if err := c.get(ctx, token, "/applications/@me", &app); err != nil {
		miss("application", err)
	} else {
		out.ApplicationID, out.Guilds, out.Installs = platform.Scrub(app.ID, token), app.Guilds, app.Installs
		if app.Flags != nil {
			on := func(bits int64) bool { return *app.Flags&bits != 0 }
			out.Intents = &platform.Intents{Presence: on(presence), Members: on(members), MessageContent: on(messageContent)}
		}
	}
	if first != nil { // it was said to wait, or doesn't answer: no use in going on
		facts.Missing["gateway"] = "Not asked any more."
		return facts, first
	}
	var g gatewayBot
	if err := c.get(ctx, token, "/gateway/bot", &g); err != nil {
		miss("gateway", err)
	} else if g.Limit != nil {
		out.Gateway = g.facts(time.Now(), token)
	}
	return facts, first
}

func (u user) identity(token string) platform.Identity {
	id := platform.Identity{
		ID: platform.Scrub(u.ID, token), Name: platform.Scrub(u.GlobalName, token), Username: platform.Scrub(u.Username, token), Picture: platform.Scrub(u.Avatar, token),
	}
	if id.Name == "" {
		id.Name = id.Username
	}
	if u.Discriminator != "" && u.Discriminator != "0" {
		id.Username += "#" + platform.Scrub(u.Discriminator, token)
	}
	return id
}

func (g gatewayBot) facts(now time.Time, token string) *platform.Gateway {
	return &platform.Gateway{
		URL: platform.Scrub(g.URL, token), Shards: g.Shards,
		Limit: platform.SessionLimit{
			Total: g.Limit.Total, Remaining: g.Limit.Remaining, MaxConcurrency: g.Limit.MaxConcurrency,
			ResetsAt: now.Add(time.Duration(g.Limit.ResetAfter) * time.Millisecond).UTC(),
		},
	}
}

// Picture gets the user's avatar from the CDN, 256 pixels wide ("CDN Endpoints"); see
// platform.Client. No token is needed for it, so none is sent.
func (c *Client) Picture(ctx context.Context, _ string, who platform.Identity, have func(string) bool) (platform.Picture, error) {
	if who.Picture == "" || have(who.Picture) {
		return platform.Picture{Ref: who.Picture}, nil
	}
	address := c.cdn + "/avatars/" + url.PathEscape(who.ID) + "/" + url.PathEscape(who.Picture) + ".png?size=256"
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return platform.Picture{}, &platform.Failure{Kind: platform.Unreachable, Message: "Discord has no address for the picture."}
	}
	r.Header.Set("User-Agent", c.agent)
	reply, err := platform.Fetch(c.http, platform.Discord, r, "", platform.MaxPicture)
	if err != nil {
		return platform.Picture{}, err
	}
	switch reply.Status {
	case http.StatusOK:
		return platform.Picture{Ref: who.Picture, Data: reply.Body}, nil
	case http.StatusTooManyRequests:
		return platform.Picture{}, platform.LimitedBy(platform.Discord, reply, 0)
	}
	return platform.Picture{}, platform.Odd(platform.Discord, reply)
}

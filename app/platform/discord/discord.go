// Package discord asks Discord's HTTP API about a bot: https://docs.discord.com/developers/reference.
package discord

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/botswain/botswain/app/platform"
)

// apiVersion is the one in the address of each request ("API Versioning").
const apiVersion = "/v10"

// Client asks Discord. It implements platform.Client.
type Client struct {
	base  string
	cdn   string
	agent string
	http  *http.Client
}

// New makes a client. base is such as https://discord.com/api, without a version. Pictures come
// from Discord's CDN ("Image Formatting"); with another base they come from there too, with "/cdn" in
// place of "/api". The version of Botswain goes into the User-Agent.
func New(base, version string, c *http.Client) *Client {
	base = strings.TrimRight(base, "/")
	return &Client{base: base, cdn: cdnOf(base), agent: userAgent(version), http: c}
}

// userAgent has the form that Discord demands ("User Agent"): requests without it may be blocked.
func userAgent(version string) string {
	if version == "" {
		version = "0"
	}
	return "DiscordBot (https://github.com/botswain/botswain, " + version + ")"
}

func cdnOf(base string) string {
	u, err := url.Parse(base)
	if err == nil && (u.Hostname() == "discord.com" || strings.HasSuffix(u.Hostname(), ".discord.com")) {
		return "https://cdn.discordapp.com"
	}
	return strings.TrimSuffix(base, "/api") + "/cdn"
}

func refused(words string) *platform.Failure {
	return &platform.Failure{Kind: platform.Refused, Message: words}
}

// fits says whether a token can be in a header, and is one in itself: neither "Bot …" nor with spaces.
func fits(token string) bool {
	for _, r := range token {
		if r <= ' ' || r > '~' {
			return false
		}
	}
	return token != "" && len(token) <= 200
}

// get asks for a path and reads the answer into out.
func (c *Client) get(ctx context.Context, token, path string, out any) error {
	if !fits(token) {
		return refused("This is no Discord bot token: one has no spaces and three parts with dots between. The developer portal gives it out (Bot, Reset Token).")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+apiVersion+path, nil)
	if err != nil {
		return &platform.Failure{Kind: platform.Unreachable, Message: "The address of Discord isn't right."}
	}
	r.Header.Set("Authorization", "Bot "+token) // "Authentication"
	r.Header.Set("User-Agent", c.agent)
	reply, err := platform.Fetch(c.http, platform.Discord, r, token, platform.MaxBody)
	if err != nil {
		return err
	}
	switch reply.Status {
	case http.StatusOK:
		return platform.Decode(platform.Discord, reply, out)
	case http.StatusUnauthorized:
		return refused("Discord refuses the token: it was reset, or it isn't a bot's token. Make a new one in the developer portal (Bot, Reset Token).")
	case http.StatusTooManyRequests:
		// retry_after is in seconds, with decimals; Cloudflare's own limit has no JSON but the header
		// ("Exceeding A Rate Limit").
		var limit struct {
			RetryAfter float64 `json:"retry_after"`
		}
		_ = platform.Decode(platform.Discord, reply, &limit)
		return platform.LimitedBy(platform.Discord, reply, limit.RetryAfter)
	}
	return platform.Odd(platform.Discord, reply)
}

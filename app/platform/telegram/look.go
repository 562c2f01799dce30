package telegram

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/botswain/botswain/app/platform"
)

// user is what getMe answers (type "User"); the last three are returned by getMe only.
type user struct {
	ID             int64  `json:"id"`
	FirstName      string `json:"first_name"`
	LastName       string `json:"last_name"`
	Username       string `json:"username"`
	JoinsGroups    bool   `json:"can_join_groups"`
	ReadsAll       bool   `json:"can_read_all_group_messages"`
	InlineQuestion bool   `json:"supports_inline_queries"`
}

// webhookInfo is what getWebhookInfo answers (type "WebhookInfo").
type webhookInfo struct {
	URL       string `json:"url"` // empty when no webhook is set
	Pending   int    `json:"pending_update_count"`
	LastDate  int64  `json:"last_error_date"` // Unix seconds
	LastError string `json:"last_error_message"`
}

// Look asks getMe and getWebhookInfo; see platform.Client.
func (c *Client) Look(ctx context.Context, token string) (*platform.Facts, error) {
	var u user
	if err := c.call(ctx, token, "getMe", nil, &u); err != nil {
		return nil, err
	}
	facts := &platform.Facts{
		Identity: platform.Identity{
			ID:       strconv.FormatInt(u.ID, 10),
			Name:     platform.Scrub(strings.TrimSpace(u.FirstName+" "+u.LastName), token),
			Username: platform.Scrub(u.Username, token),
		},
		Telegram: &platform.TelegramFacts{CanJoinGroups: u.JoinsGroups, ReadsAllMessages: u.ReadsAll, Inline: u.InlineQuestion},
	}
	var w webhookInfo
	if err := c.call(ctx, token, "getWebhookInfo", nil, &w); err != nil {
		facts.Missing = map[string]string{"webhook": platform.AsFailure(err).Message}
		return facts, err
	}
	facts.Telegram.Webhook = w.facts(token)
	return facts, nil
}

func (w webhookInfo) facts(token string) *platform.Webhook {
	out := &platform.Webhook{Pending: w.Pending}
	if w.URL != "" {
		out.Host = "an address that can't be read"
		if u, err := url.Parse(w.URL); err == nil && u.Hostname() != "" {
			out.Host = platform.Scrub(u.Host, token)
		}
	}
	if w.LastDate > 0 {
		out.LastAt = time.Unix(w.LastDate, 0).UTC()
		// It is about the address, and some quote it.
		out.LastError = platform.Scrub(strings.ReplaceAll(w.LastError, w.URL, out.Host), token)
		if w.URL == "" {
			out.LastError = platform.Scrub(w.LastError, token)
		}
	}
	return out
}

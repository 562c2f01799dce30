package telegramtest

import (
	"context"
	"strings"
	"time"
)

// webhook is what is stored about one. Nothing is ever sent to it.
type webhook struct {
	URL            string
	IP             string
	MaxConnections int64
	ErrorAt        time.Time
	Error          string
}

func setWebhook(b *Bot, _ context.Context, a args) any {
	url := a["url"]
	if url == "" {
		return deleteWebhook(b, nil, a)
	}
	if !strings.HasPrefix(url, "https://") {
		return failure{code: 400, words: "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"}
	}
	words := "Webhook was set"
	b.s.board.Do(func() {
		b.allow(a)
		b.drop(a)
		next := webhook{URL: url, IP: a["ip_address"], MaxConnections: a.number("max_connections", 40, 1, 100)}
		if next == b.webhook {
			words = "Webhook is already set"
			return
		}
		b.webhook = next
		b.endPoll(conflictSet)
	})
	return told{true, words}
}

func deleteWebhook(b *Bot, _ context.Context, a args) any {
	words := "Webhook was deleted"
	b.s.board.Do(func() {
		b.drop(a)
		if b.webhook.URL == "" {
			words = "Webhook is already deleted"
		}
		b.webhook = webhook{}
	})
	return told{true, words}
}

func getWebhookInfo(b *Bot, _ context.Context, _ args) any {
	info := map[string]any{}
	b.s.board.Look(func() {
		w := b.webhook
		info["url"], info["has_custom_certificate"], info["pending_update_count"] = w.URL, false, len(b.queue)
		if w.URL != "" {
			info["max_connections"] = w.MaxConnections
			if info["ip_address"] = w.IP; w.IP == "" {
				info["ip_address"] = "<unknown>"
			}
		}
		if !w.ErrorAt.IsZero() {
			info["last_error_date"], info["last_error_message"] = w.ErrorAt.Unix(), w.Error
		}
		if b.allowed != nil {
			info["allowed_updates"] = b.allowed
		}
	})
	return info
}

// drop forgets the queue when a call says so.
func (b *Bot) drop(a args) {
	if a.yes("drop_pending_updates") {
		b.queue = nil
	}
}

// SetWebhook is somebody setting a webhook for the bot from elsewhere; "" deletes it.
func (b *Bot) SetWebhook(url string) {
	setWebhook(b, nil, args{"url": url})
}

// Webhook is the URL that is set, or "".
func (b *Bot) Webhook() (url string) {
	b.s.board.Look(func() { url = b.webhook.URL })
	return url
}

// FailWebhook has the platform remember that sending to the webhook failed, as in "Wrong response
// from the webhook: 502 Bad Gateway".
func (b *Bot) FailWebhook(words string) {
	b.s.board.Do(func() { b.webhook.ErrorAt, b.webhook.Error = time.Now(), words })
}

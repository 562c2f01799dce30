package platform

import (
	"fmt"
	"strings"
	"time"
)

const (
	// manyPending is when waiting updates are a backlog: getUpdates gives out at most 100 at once
	// (https://core.telegram.org/bots/api#getupdates), so a bot that keeps up never has more.
	manyPending = 100
	// lastErrorFor is how long an error of delivery is news: updates aren't kept longer than 24 hours
	// (the same page, "Getting updates").
	lastErrorFor = 24 * time.Hour
)

// Findings are what a person should know, the worst first.
func (r Report) Findings(now time.Time) []Finding {
	var out []Finding
	if r.Facts == nil {
		return nil
	}
	if t := r.Facts.Telegram; t != nil && t.Webhook != nil {
		out = t.Webhook.findings(now)
	}
	if d := r.Facts.Discord; d != nil {
		out = d.findings(r.Session(now))
	}
	return out
}

func (w Webhook) findings(now time.Time) []Finding {
	var out []Finding
	if w.Host != "" && w.LastError != "" && now.Sub(w.LastAt) < lastErrorFor {
		out = append(out, Finding{
			Code: "webhook_error", Tone: Error, Title: "Telegram can't deliver to the webhook",
			Text:   "Last error: " + w.LastError,
			Remedy: "If the bot polls, delete the webhook. If it doesn't, make " + w.Host + " answer Telegram with status 200.",
		})
	}
	if w.Host != "" {
		out = append(out, Finding{
			Code: "webhook", Tone: Warning, Title: "A webhook is set",
			Text:   "Telegram sends updates to " + w.Host + ". A bot that polls gets none of them, only the error 409 Conflict.",
			Remedy: "If the bot polls, have it call deleteWebhook before it begins, and restart it.",
		})
	}
	if w.Pending >= manyPending {
		out = append(out, Finding{
			Code: "pending", Tone: Warning, Title: fmt.Sprintf("%d updates wait", w.Pending),
			Text:   "More than one call of getUpdates takes: the bot doesn't keep up, or doesn't ask. Telegram keeps updates for 24 hours.",
			Remedy: "See in its log whether it still handles updates; restart it if not.",
		})
	}
	return out
}

func (d DiscordFacts) findings(session *SessionLimit) []Finding {
	var out []Finding
	if session != nil && session.Total > 0 && float64(session.Remaining) <= ReserveShare*float64(session.Total) {
		f := Finding{
			Code: "budget", Tone: Warning, Title: fmt.Sprintf("%d of %d sessions left", session.Remaining, session.Total),
			Text:   "Each start takes one for each shard. When they are used up, Discord resets the token.",
			Remedy: "Don't restart the bot more than you need to until the limit is reset. Until then Botswain starts it again after a crash no more, and asks before it starts it for you.",
		}
		if session.Remaining <= 0 {
			f.Tone = Error
		}
		out = append(out, f)
	}
	if d.Intents == nil {
		return out
	}
	var off []string
	for _, x := range []struct {
		on   bool
		name string
	}{{d.Intents.MessageContent, "message content"}, {d.Intents.Members, "server members"}, {d.Intents.Presence, "presence"}} {
		if !x.on {
			off = append(off, x.name)
		}
	}
	if len(off) > 0 {
		out = append(out, Finding{
			Code: "intents", Tone: Info, Title: "Privileged intents off: " + strings.Join(off, ", "),
			Text:   "A bot that asks for one of these is turned away with close code 4014.",
			Remedy: "If its program asks for them, switch them on in the developer portal (Bot, Privileged Gateway Intents).",
		})
	}
	return out
}

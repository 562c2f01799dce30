package api

import (
	"context"
	"net/http"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/platform"
)

// Platforms knows what Telegram and Discord say about bots; *platform.Service is the real one.
type Platforms interface {
	// Known is the last report, without asking anybody.
	Known(context.Context, bot.Bot) platform.Report
	// Look asks, or answers from memory what was said within half a minute.
	Look(context.Context, bot.Bot) (platform.Report, error)
}

// PlatformReport is what a bot's platform says about it.
type PlatformReport struct {
	Platform *string           `json:"platform" enum:"telegram,discord" doc:"Null for bots that belong to none that can be asked." example:"telegram"`
	Reason   string            `json:"reason" doc:"Why the platform isn't asked; empty: it is." example:""`
	Token    *bool             `json:"token_accepted" doc:"What the platform last said about the token; null: nothing yet." example:"true"`
	AskedAt  *time.Time        `json:"asked_at" doc:"When it was asked last; null: not yet."`
	Answered *time.Time        `json:"answered_at" doc:"When identity and figures came; older than asked_at when the last question brought none."`
	Failure  *PlatformFailure  `json:"failure" doc:"Why the last question brought no answer; null: it did."`
	Identity *PlatformIdentity `json:"identity"`
	Telegram *TelegramFigures  `json:"telegram"`
	Discord  *DiscordFigures   `json:"discord"`
	Missing  map[string]string `json:"missing" doc:"Why a part wasn't said, by its name: webhook, application or gateway."`
	Findings []PlatformFinding `json:"findings" nullable:"false" doc:"What a person should know, the worst first."`
}

// PlatformFailure is an answer that didn't come.
type PlatformFailure struct {
	Kind    string     `json:"kind" enum:"refused,limited,unreachable" doc:"refused: the platform rejects the token. limited: asked too often. unreachable: no answer; that says nothing about the token." example:"unreachable"`
	Message string     `json:"message" example:"Telegram did not answer in time."`
	Until   *time.Time `json:"until" doc:"With limited: when it may be asked again."`
}

// PlatformIdentity is who the platform says the bot is.
type PlatformIdentity struct {
	ID       string `json:"id" example:"123456789"`
	Name     string `json:"name" example:"Weather"`
	Username string `json:"username" doc:"Without @." example:"weather_bot"`
}

// TelegramFigures are what only Telegram says.
type TelegramFigures struct {
	CanJoinGroups    bool       `json:"can_join_groups"`
	ReadsAllMessages bool       `json:"can_read_all_group_messages" doc:"False: privacy mode is on."`
	Inline           bool       `json:"supports_inline_queries"`
	WebhookHost      *string    `json:"webhook_host" doc:"Where updates are sent to, without the rest of the address; empty: they wait to be polled for; null: not said."`
	Pending          *int       `json:"pending_update_count" example:"0"`
	LastError        *string    `json:"last_error_message" doc:"Of the delivery to the webhook."`
	LastErrorAt      *time.Time `json:"last_error_at"`
}

// DiscordFigures are what only Discord says.
type DiscordFigures struct {
	Guilds   *int             `json:"approximate_guild_count" example:"212"`
	Installs *int             `json:"approximate_user_install_count" example:"9"`
	Intents  *DiscordIntents  `json:"privileged_intents"`
	Shards   *int             `json:"recommended_shards" example:"1"`
	Sessions *DiscordSessions `json:"session_start_limit" doc:"Null when it wasn't said, or when its time is over."`
}

// DiscordIntents says which privileged intents are switched on.
type DiscordIntents struct {
	Presence       bool `json:"presence"`
	Members        bool `json:"members"`
	MessageContent bool `json:"message_content"`
}

// DiscordSessions is how many gateway sessions may be started.
type DiscordSessions struct {
	Total          int       `json:"total" example:"1000"`
	Remaining      int       `json:"remaining" example:"987"`
	ResetsAt       time.Time `json:"resets_at"`
	MaxConcurrency int       `json:"max_concurrency" example:"1"`
}

// PlatformFinding is something that a person should know.
type PlatformFinding struct {
	Code   string `json:"code" enum:"webhook,webhook_error,pending,intents,budget" example:"webhook"`
	Tone   string `json:"tone" enum:"info,warning,error" example:"warning"`
	Title  string `json:"title" example:"A webhook is set"`
	Text   string `json:"text"`
	Remedy string `json:"remedy"`
}

type platformOutput struct{ Body PlatformReport }

func (a *API) registerPlatform() {
	register(a, operation(http.MethodGet, "/bots/{id}/platform", "get-bot-platform", tagBots, "Get what the platform says",
		"What Telegram or Discord said last about the bot. Nobody is asked for it.", http.StatusNotFound),
		func(ctx context.Context, in *PathID) (*platformOutput, error) {
			v, err := a.find(ctx, *in)
			if err != nil {
				return nil, err
			}
			return &platformOutput{Body: toPlatform(a.Platforms.Known(ctx, v.Bot), a.Now())}, nil
		})
	register(a, operation(http.MethodPost, "/bots/{id}/platform/check", "check-bot-platform", tagBots, "Ask the platform",
		"Asks Telegram or Discord, which takes at most five seconds. An answer of the last 30 seconds is given again instead, and a platform that "+
			"wants to be left alone isn't asked. That no answer came is no error here: see failure.", http.StatusNotFound),
		func(ctx context.Context, in *PathID) (*platformOutput, error) {
			v, err := a.find(ctx, *in)
			if err != nil {
				return nil, err
			}
			r, err := a.Platforms.Look(ctx, v.Bot)
			if err != nil {
				return nil, err
			}
			return &platformOutput{Body: toPlatform(r, a.Now())}, nil
		})
}

func toPlatform(r platform.Report, now time.Time) PlatformReport {
	out := PlatformReport{
		Reason: r.Unasked, Token: r.Holds(), AskedAt: instant(r.AskedAt), Answered: instant(r.FactsAt),
		Missing: map[string]string{}, Findings: []PlatformFinding{},
	}
	if name := string(r.Platform); name != "" {
		out.Platform = &name
	}
	if f := r.Failure; f != nil {
		out.Failure = &PlatformFailure{Kind: string(f.Kind), Message: f.Message, Until: instant(f.Until)}
	}
	for _, f := range r.Findings(now) {
		out.Findings = append(out.Findings, PlatformFinding{Code: f.Code, Tone: string(f.Tone), Title: f.Title, Text: f.Text, Remedy: f.Remedy})
	}
	if r.Facts == nil {
		return out
	}
	for k, v := range r.Facts.Missing {
		out.Missing[k] = v
	}
	who := r.Facts.Identity
	out.Identity = &PlatformIdentity{ID: who.ID, Name: who.Name, Username: who.Username}
	out.Telegram, out.Discord = toTelegram(r.Facts.Telegram), toDiscord(r.Facts.Discord, r.Session(now))
	return out
}

func toTelegram(t *platform.TelegramFacts) *TelegramFigures {
	if t == nil {
		return nil
	}
	out := &TelegramFigures{CanJoinGroups: t.CanJoinGroups, ReadsAllMessages: t.ReadsAllMessages, Inline: t.Inline}
	if w := t.Webhook; w != nil {
		out.WebhookHost, out.Pending, out.LastErrorAt = &w.Host, &w.Pending, instant(w.LastAt)
		if w.LastError != "" {
			out.LastError = &w.LastError
		}
	}
	return out
}

func toDiscord(d *platform.DiscordFacts, session *platform.SessionLimit) *DiscordFigures {
	if d == nil {
		return nil
	}
	out := &DiscordFigures{Guilds: d.Guilds, Installs: d.Installs}
	if d.Intents != nil {
		i := DiscordIntents(*d.Intents)
		out.Intents = &i
	}
	if d.Gateway != nil {
		out.Shards = &d.Gateway.Shards
	}
	if session != nil {
		out.Sessions = &DiscordSessions{Total: session.Total, Remaining: session.Remaining, ResetsAt: session.ResetsAt, MaxConcurrency: session.MaxConcurrency}
	}
	return out
}

package guard

import (
	"context"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/platform"
)

// preflightTime bounds how long a start waits for its platform. It is a little less than what a gate
// may take, so that the rest of its answer still counts.
const preflightTime = 4500 * time.Millisecond

// preflight asks the platform about a bot's token, and says why it must not start; nil: it may. Only a
// clear refusal counts: a platform that is away, slow or wants to be left alone says nothing about a token.
func (g *Guard) preflight(ctx context.Context, b bot.Bot) *bot.Cause {
	ctx, cancel := context.WithTimeout(ctx, preflightTime)
	defer cancel()
	r, err := g.Platforms.Look(ctx, b)
	if err != nil || r.Failure == nil || r.Failure.Kind != platform.Refused {
		return nil
	}
	return refusal(r.Platform, r.Failure)
}

// refusal is the cause for a token that its platform doesn't take. The ids are those of app/cause, which
// recognises the same thing in what a bot prints.
func refusal(name platform.Name, f *platform.Failure) *bot.Cause {
	c := &bot.Cause{
		ID: "telegram-unauthorized", Fatal: true, Title: name.Word() + " refuses the token", Explanation: f.Message,
		Remedy: "Replace the token on the Secrets page of this bot: @BotFather gives it out (/mybots, API Token). Then start the bot.",
	}
	if name == platform.Discord {
		c.ID = "discord-invalid-token"
		c.Remedy = "Replace the token on the Secrets page of this bot: the developer portal gives it out (Bot, Reset Token). Then start the bot."
	}
	return c
}

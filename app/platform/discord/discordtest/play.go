package discordtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
)

// Say has a person write in a guild's channel.
func (b *Bot) Say(g *Guild, u User, text string) {
	u = u.filled()
	b.s.board.Do(func() {
		g.meet(u)
		b.say(b.channels[g.Channel], u, text)
	})
}

// SayDirectly has a person write to the bot in private.
func (b *Bot) SayDirectly(u User, text string) {
	u = u.filled()
	b.s.board.Do(func() { b.say(b.direct(u), u, text) })
}

func (b *Bot) say(ch *channel, u User, text string) {
	ch.last = b.s.snowflake()
	m := ch.message(ch.last, u.json(), text)
	if strings.Contains(text, "<@"+b.ID+">") {
		m["mentions"] = []obj{b.user()}
	}
	b.dispatch("MESSAGE_CREATE", ch.event(m), ch.intent(), ch.guild)
}

// Ask has a person write in a guild's channel and waits for the next message that the bot sends there.
func (b *Bot) Ask(ctx context.Context, g *Guild, u User, text string) (Message, error) {
	before := len(b.sentTo(g.Channel))
	b.Say(g, u, text)
	var answer Message
	err := b.s.Wait(ctx, fmt.Sprintf("an answer to %q", text), func() bool {
		all := b.sentTo(g.Channel)
		if len(all) == before {
			return false
		}
		answer = all[before]
		return true
	})
	return answer, err
}

func (b *Bot) sentTo(channel string) []Message {
	return slices.DeleteFunc(b.Sent(), func(m Message) bool { return m.Channel != channel })
}

// Sent lists the messages that the bot sent to channels, in order.
func (b *Bot) Sent() (all []Message) {
	b.s.board.Look(func() { all = slices.Clone(b.sent) })
	return all
}

// Slash has a person use a slash command in a guild, with options of text by name, and waits for the
// answer, also one that was deferred. It waits until the bot has registered the command first.
func (b *Bot) Slash(ctx context.Context, g *Guild, u User, name string, options map[string]string) (Message, error) {
	u = u.filled()
	var known *command
	err := b.s.Wait(ctx, "the command /"+name, func() bool {
		b.s.board.Look(func() {
			for _, k := range b.commands {
				if k.name == name && (k.guild == "" || k.guild == g.ID) {
					known = k
				}
			}
		})
		return known != nil
	})
	if err != nil {
		return Message{}, err
	}
	var asked *interaction
	b.s.board.Do(func() { asked = b.use(known, g, u, options) })
	var answer Message
	err = b.s.Wait(ctx, "an answer to /"+name, func() (done bool) {
		b.s.board.Look(func() {
			if done = len(asked.answers) > 0; done {
				answer = asked.answers[0]
			}
		})
		return done
	})
	return answer, err
}

// use sends INTERACTION_CREATE. It's called with the lock held.
func (b *Bot) use(k *command, g *Guild, u User, options map[string]string) *interaction {
	g.meet(u)
	ch := b.channels[g.Channel]
	i := &interaction{id: b.s.snowflake(), token: rand.Text() + rand.Text(), bot: b, channel: ch}
	b.s.asks[i.token] = i
	given := []obj{}
	for name, value := range options {
		given = append(given, obj{"name": name, "type": 3, "value": value})
	}
	data := obj{"id": k.id, "name": k.name, "type": 1}
	if len(given) > 0 {
		data["options"] = given
	}
	member := g.member(u.json())
	member["permissions"] = permissions
	where := ch.json()
	where["permissions"] = permissions
	b.dispatch("INTERACTION_CREATE", obj{
		"id": i.id, "application_id": b.ID, "type": 2, "data": data, "guild_id": g.ID, "channel_id": ch.id, "channel": where,
		"guild": obj{"id": g.ID, "locale": "en-US", "features": []string{}}, "member": member, "token": i.token, "version": 1,
		"locale": "en-US", "guild_locale": "en-US", "app_permissions": permissions, "entitlements": []obj{},
		"entitlement_sku_ids": []string{}, "authorizing_integration_owners": obj{"0": g.ID}, "context": 0,
		"attachment_size_limit": 10 << 20,
	}, 0, g)
	return i
}

// Connected is how many sessions of the bot are connected and ready.
func (b *Bot) Connected() (n int) {
	b.s.board.Look(func() { n = len(b.live()) })
	return n
}

// Identifies is how often the bot began a session, in vain or not.
func (b *Bot) Identifies() (n int) {
	b.s.board.Look(func() { n = b.identifies })
	return n
}

// Resumes is how often the bot went on with a session.
func (b *Bot) Resumes() (n int) {
	b.s.board.Look(func() { n = b.resumes })
	return n
}

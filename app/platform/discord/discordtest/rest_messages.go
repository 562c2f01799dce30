package discordtest

import (
	"net/http"
	"time"
	"unicode/utf8"
)

// Message is a message that a bot sent to a channel, or its answer to an interaction.
type Message struct {
	ID        string
	Channel   string
	Content   string
	Embeds    []any // as they came
	Ephemeral bool  // only the person who asked sees it
}

// longestText is how many characters a message may have.
const longestText = 2000

// ephemeral is the flag of a message that only one person sees.
const ephemeral = 1 << 6

// message reads the text of a message, or gives what is wrong with it.
func (c call) message(body obj) (m Message, bad *reply) {
	m.Content, _ = body["content"].(string)
	m.Embeds, _ = body["embeds"].([]any)
	flags, _ := body["flags"].(float64)
	m.Ephemeral = int(flags)&ephemeral != 0
	switch {
	case m.Content == "" && len(m.Embeds) == 0:
		return m, &reply{http.StatusBadRequest, wrong(50006, "Cannot send an empty message")}
	case utf8.RuneCountInString(m.Content) > longestText:
		long := invalid("content", "BASE_TYPE_MAX_LENGTH", "Must be 2000 or fewer in length.")
		return m, &long
	}
	return m, nil
}

func postMessage(s *Server, c call) reply {
	m, bad := c.message(c.body)
	if bad != nil {
		return *bad
	}
	return s.inChannel(c, func(ch *channel) reply {
		m.ID, m.Channel = s.snowflake(), ch.id
		ch.last = m.ID
		c.bot.sent = append(c.bot.sent, m)
		j := ch.message(m.ID, c.bot.user(), m.Content)
		j["embeds"] = list(m.Embeds)
		if nonce, has := c.body["nonce"]; has {
			j["nonce"] = nonce
		}
		c.bot.dispatch("MESSAGE_CREATE", ch.event(j), ch.intent(), ch.guild)
		return ok(j)
	})
}

func postTyping(s *Server, c call) reply {
	return s.inChannel(c, func(*channel) reply { return reply{http.StatusNoContent, nil} })
}

func getMessage(s *Server, c call) reply {
	return s.inChannel(c, func(ch *channel) reply {
		for _, m := range c.bot.sent {
			if m.ID == c.PathValue("message") && m.Channel == ch.id {
				return ok(ch.message(m.ID, c.bot.user(), m.Content))
			}
		}
		return notFound(10008, "Unknown Message")
	})
}

func patchMessage(s *Server, c call) reply {
	next, bad := c.message(c.body)
	if bad != nil {
		return *bad
	}
	return s.inChannel(c, func(ch *channel) reply {
		for i, m := range c.bot.sent {
			if m.ID == c.PathValue("message") && m.Channel == ch.id {
				c.bot.sent[i].Content, c.bot.sent[i].Embeds = next.Content, next.Embeds
				j := ch.message(m.ID, c.bot.user(), next.Content)
				j["edited_timestamp"] = stamp(time.Now())
				return ok(j)
			}
		}
		return notFound(10008, "Unknown Message")
	})
}

// message is a message as the REST API tells it.
func (ch *channel) message(id string, author obj, text string) obj {
	return obj{
		"id": id, "channel_id": ch.id, "author": author, "content": text, "timestamp": stamp(time.Now()), "edited_timestamp": nil,
		"tts": false, "mention_everyone": false, "mentions": []obj{}, "mention_roles": []string{}, "attachments": []obj{},
		"embeds": []any{}, "pinned": false, "type": 0, "flags": 0, "components": []obj{},
	}
}

// event is a message as the gateway tells it.
func (ch *channel) event(message obj) obj {
	if ch.guild != nil {
		message["guild_id"], message["member"] = ch.guild.ID, ch.guild.memberOnly()
	}
	message["channel_type"] = ch.json()["type"]
	return message
}

// intent is the one that events of messages here need.
func (ch *channel) intent() Intents {
	if ch.guild == nil {
		return IntentDirectMessages
	}
	return IntentGuildMessages
}

// list is a list that is never null in JSON.
func list(l []any) []any {
	if l == nil {
		return []any{}
	}
	return l
}

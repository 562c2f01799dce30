package discordtest

import "net/http"

// interaction is a command that somebody used and what the bot did about it.
type interaction struct {
	id, token string
	bot       *Bot
	channel   *channel
	acked     bool
	answers   []Message // the first is the original response
	deferred  bool      // the first is still to come
}

// The kinds of a response to an interaction.
const (
	respondPong     = 1
	respondMessage  = 4
	respondDeferred = 5
)

// asking answers with f, or that the interaction isn't known. f is called with the lock held.
func (s *Server) asking(c call, f func(*interaction) reply) (r reply) {
	r = notFound(10015, "Unknown Webhook")
	s.board.Do(func() {
		if i := s.asks[c.PathValue("token")]; i != nil {
			r = f(i)
		}
	})
	return r
}

func postCallback(s *Server, c call) reply {
	kind, _ := c.body["type"].(float64)
	data, _ := c.body["data"].(obj)
	var m Message
	if kind == respondMessage {
		var bad *reply
		if m, bad = c.message(data); bad != nil {
			return *bad
		}
	}
	var out reply
	s.board.Do(func() {
		i := s.asks[c.PathValue("token")]
		switch {
		case i == nil || i.id != c.PathValue("interaction"):
			out = notFound(10062, "Unknown interaction")
		case i.acked:
			out = reply{http.StatusBadRequest, wrong(40060, "Interaction has already been acknowledged.")}
		case kind != respondMessage && kind != respondDeferred && kind != respondPong:
			out = invalid("type", "BASE_TYPE_CHOICES", "Value must be one of {1, 4, 5}.")
		default:
			i.acked, i.deferred = true, kind == respondDeferred
			if kind == respondMessage {
				i.answer(m)
			}
			out = reply{http.StatusNoContent, nil}
			if c.URL.Query().Get("with_response") == "true" {
				out = ok(i.resource(int(kind)))
			}
		}
	})
	return out
}

// resource is what a callback tells when it's asked to.
func (i *interaction) resource(kind int) obj {
	r := obj{"interaction": obj{
		"id": i.id, "type": 2, "response_message_loading": i.deferred, "response_message_ephemeral": false,
	}, "resource": obj{"type": kind}}
	if len(i.answers) > 0 {
		r["resource"].(obj)["message"] = i.json(i.answers[0])
		r["interaction"].(obj)["response_message_id"] = i.answers[0].ID
	}
	return r
}

func (i *interaction) answer(m Message) Message {
	m.ID, m.Channel = i.bot.s.snowflake(), i.channel.id
	i.answers = append(i.answers, m)
	return m
}

func (i *interaction) json(m Message) obj {
	j := i.channel.message(m.ID, i.bot.user(), m.Content)
	j["embeds"], j["webhook_id"], j["application_id"] = list(m.Embeds), i.bot.ID, i.bot.ID
	if m.Ephemeral {
		j["flags"] = ephemeral
	}
	return j
}

func getOriginal(s *Server, c call) reply {
	return s.asking(c, func(i *interaction) reply {
		if len(i.answers) == 0 {
			return notFound(10008, "Unknown Message")
		}
		return ok(i.json(i.answers[0]))
	})
}

// patchOriginal changes the first response, or gives it when it was deferred.
func patchOriginal(s *Server, c call) reply {
	m, bad := c.message(c.body)
	if bad != nil {
		return *bad
	}
	return s.asking(c, func(i *interaction) reply {
		switch {
		case i.deferred:
			i.deferred = false
			return ok(i.json(i.answer(m)))
		case len(i.answers) == 0:
			return notFound(10008, "Unknown Message")
		}
		i.answers[0].Content, i.answers[0].Embeds = m.Content, m.Embeds
		return ok(i.json(i.answers[0]))
	})
}

// postFollowup is one more response; the first one after a deferral takes its place.
func postFollowup(s *Server, c call) reply {
	m, bad := c.message(c.body)
	if bad != nil {
		return *bad
	}
	return s.asking(c, func(i *interaction) reply {
		if !i.acked {
			return notFound(10015, "Unknown Webhook")
		}
		i.deferred = false
		return ok(i.json(i.answer(m)))
	})
}

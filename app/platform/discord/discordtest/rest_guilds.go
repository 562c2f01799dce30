package discordtest

// inGuild answers with f, or that the guild isn't known. f is called with the lock held.
func (s *Server) inGuild(c call, f func(*Guild) reply) (r reply) {
	r = notFound(10004, "Unknown Guild")
	s.board.Do(func() {
		if g := c.bot.guild(c.PathValue("guild")); g != nil {
			r = f(g)
		}
	})
	return r
}

func getGuild(s *Server, c call) reply {
	return s.inGuild(c, func(g *Guild) reply {
		j := g.base()
		if c.URL.Query().Get("with_counts") == "true" {
			j["approximate_member_count"], j["approximate_presence_count"] = g.Members+1, 1
		}
		return ok(j)
	})
}

func getGuildChannels(s *Server, c call) reply {
	return s.inGuild(c, func(g *Guild) reply { return ok([]obj{c.bot.channels[g.Channel].json()}) })
}

func getMembers(s *Server, c call) reply {
	return s.inGuild(c, func(g *Guild) reply { return ok(g.memberList(c.bot)) })
}

func getMember(s *Server, c call) reply {
	return s.inGuild(c, func(g *Guild) reply {
		for _, m := range g.memberList(c.bot) {
			if m["user"].(obj)["id"] == c.PathValue("user") {
				return ok(m)
			}
		}
		return notFound(10007, "Unknown Member")
	})
}

// inChannel answers with f, or that the channel isn't known. f is called with the lock held.
func (s *Server) inChannel(c call, f func(*channel) reply) (r reply) {
	r = notFound(10003, "Unknown Channel")
	s.board.Do(func() {
		if ch := c.bot.channels[c.PathValue("channel")]; ch != nil {
			r = f(ch)
		}
	})
	return r
}

func getChannel(s *Server, c call) reply {
	return s.inChannel(c, func(ch *channel) reply { return ok(ch.json()) })
}

// postMyChannels opens a direct message with a person.
func postMyChannels(s *Server, c call) (r reply) {
	id, _ := c.body["recipient_id"].(string)
	if id == "" {
		return invalid("recipient_id", "BASE_TYPE_REQUIRED", "This field is required")
	}
	s.board.Do(func() { r = ok(c.bot.direct(User{ID: id}.filled()).json()) })
	return r
}

// direct is the direct message with a person, made when there is none. It's called with the lock held.
func (b *Bot) direct(u User) *channel {
	for _, ch := range b.channels {
		if ch.guild == nil && ch.with.ID == u.ID {
			return ch
		}
	}
	ch := &channel{id: b.s.snowflake(), with: u}
	b.channels[ch.id] = ch
	return ch
}

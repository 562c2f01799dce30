package discordtest

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

func getGateway(s *Server, _ call) reply { return ok(obj{"url": s.gatewayURL()}) }

func getGatewayBot(s *Server, c call) (r reply) {
	s.board.Do(func() {
		l := c.bot.limit.now()
		r = ok(obj{"url": s.gatewayURL(), "shards": c.bot.app.Shards, "session_start_limit": obj{
			"total": l.total, "remaining": l.remaining, "max_concurrency": l.concurrency,
			"reset_after": max(time.Until(l.resetAt).Milliseconds(), 0),
		}})
	})
	return r
}

func getMe(s *Server, c call) (r reply) {
	s.board.Look(func() {
		me := c.bot.user()
		me["verified"], me["email"], me["mfa_enabled"], me["locale"] = true, nil, false, "en-US"
		me["banner"], me["accent_color"], me["bio"] = nil, nil, ""
		r = ok(me)
	})
	return r
}

func getApplication(s *Server, c call) (r reply) {
	s.board.Look(func() {
		b := c.bot
		key := sha256.Sum256([]byte(b.ID)) // any 32 bytes will do: nothing here is signed
		flags := b.app.Intents.flags()
		a := obj{
			"id": b.ID, "name": b.app.Name, "icon": nil, "description": "", "summary": "", "type": nil,
			"bot_public": !b.app.Private, "bot_require_code_grant": false, "verify_key": hex.EncodeToString(key[:]),
			"flags": flags, "team": nil, "owner": User{ID: "100000000000000001", Name: "owner"}.json(), "bot": b.user(),
			"redirect_uris": []string{}, "interactions_endpoint_url": nil, "role_connections_verification_url": nil,
			"approximate_guild_count": b.app.Guilds,
		}
		if b.app.Guilds == 0 {
			a["approximate_guild_count"] = len(b.guilds)
		}
		if b.app.Installs != nil {
			a["approximate_user_install_count"] = *b.app.Installs
		}
		r = ok(a)
	})
	return r
}

func getUser(s *Server, c call) (r reply) {
	r = notFound(10013, "Unknown User")
	s.board.Look(func() {
		id := c.PathValue("user")
		if id == c.bot.ID {
			r = ok(c.bot.user())
		}
		for _, g := range c.bot.guilds {
			for _, u := range g.people {
				if u.ID == id {
					r = ok(u.json())
				}
			}
		}
	})
	return r
}

func getMyGuilds(s *Server, c call) (r reply) {
	s.board.Look(func() {
		list := []obj{}
		for _, g := range c.bot.guilds {
			list = append(list, obj{
				"id": g.ID, "name": g.Name, "icon": nil, "banner": nil, "owner": false, "permissions": permissions, "features": []string{},
				"approximate_member_count": g.Members + 1, "approximate_presence_count": 1,
			})
		}
		r = ok(list)
	})
	return r
}

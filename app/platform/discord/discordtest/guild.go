package discordtest

import (
	"hash/fnv"
	"strconv"
	"time"
)

// User is a person.
type User struct {
	ID   string // "" is a fixed one that depends on the name
	Name string // "" is "ada"
}

func (u User) filled() User {
	if u.Name == "" {
		u.Name = "ada"
	}
	if u.ID == "" {
		h := fnv.New32a()
		_, _ = h.Write([]byte(u.Name))
		u.ID = strconv.FormatUint(200_000_000_000_000_000+uint64(h.Sum32()), 10)
	}
	return u
}

func (u User) json() obj {
	return obj{
		"id": u.ID, "username": u.Name, "discriminator": "0", "global_name": nil, "avatar": nil,
		"bot": false, "public_flags": 0, "flags": 0,
	}
}

// Guild is a server that a bot is in, with one text channel.
type Guild struct {
	ID      string
	Name    string
	Members int    // how many people it has; those who spoke are known by name
	Channel string // the id of its text channel

	people []User
	joined time.Time
}

// channel is a text channel of a guild, or a direct message (guild nil).
type channel struct {
	id    string
	guild *Guild
	with  User // of a direct message
	last  string
}

// AddGuild has the bot join a guild. Sessions that run are told.
func (b *Bot) AddGuild(name string, members int) *Guild {
	g := &Guild{Name: name, Members: members, joined: time.Now()}
	b.s.board.Do(func() {
		g.ID, g.Channel = b.s.snowflake(), b.s.snowflake()
		b.guilds = append(b.guilds, g)
		b.channels[g.Channel] = &channel{id: g.Channel, guild: g}
		b.dispatch("GUILD_CREATE", g.full(b), IntentGuilds, g)
	})
	return g
}

// LeaveGuild has the bot leave a guild. Sessions that run are told.
func (b *Bot) LeaveGuild(g *Guild) {
	b.s.board.Do(func() {
		kept := b.guilds[:0]
		for _, other := range b.guilds {
			if other != g {
				kept = append(kept, other)
			}
		}
		b.guilds = kept
		delete(b.channels, g.Channel)
		b.dispatch("GUILD_DELETE", obj{"id": g.ID}, IntentGuilds, g)
	})
}

// The following are called with the server's lock held.

func (b *Bot) guild(id string) *Guild {
	for _, g := range b.guilds {
		if g.ID == id {
			return g
		}
	}
	return nil
}

// base is what the REST API and GUILD_CREATE both tell about a guild.
func (g *Guild) base() obj {
	return obj{
		"id": g.ID, "name": g.Name, "icon": nil, "splash": nil, "discovery_splash": nil, "banner": nil, "description": nil,
		"owner_id": "100000000000000001", "region": "rotterdam", "afk_channel_id": nil, "afk_timeout": 300,
		"verification_level": 0, "default_message_notifications": 0, "explicit_content_filter": 0, "mfa_level": 0,
		"nsfw_level": 0, "nsfw": false, "premium_tier": 0, "premium_subscription_count": 0, "premium_progress_bar_enabled": false,
		"preferred_locale": "en-US", "system_channel_id": g.Channel, "system_channel_flags": 0, "rules_channel_id": nil,
		"public_updates_channel_id": nil, "safety_alerts_channel_id": nil, "application_id": nil, "vanity_url_code": nil,
		"features": []string{}, "emojis": []obj{}, "stickers": []obj{}, "roles": []obj{g.everyone()},
	}
}

// everyone is the role that all have; its id is the guild's.
func (g *Guild) everyone() obj {
	return obj{
		"id": g.ID, "name": "@everyone", "color": 0, "colors": obj{"primary_color": 0, "secondary_color": nil, "tertiary_color": nil},
		"hoist": false, "icon": nil, "unicode_emoji": nil, "position": 0, "permissions": permissions, "managed": false,
		"mentionable": false, "flags": 0,
	}
}

// permissions are those that everybody has here.
const permissions = "2248473465835073"

// full is a guild as GUILD_CREATE tells it.
func (g *Guild) full(b *Bot) obj {
	j := g.base()
	j["joined_at"], j["large"], j["unavailable"], j["member_count"] = stamp(g.joined), g.Members > 250, false, g.Members+1
	j["channels"], j["members"] = []obj{b.channels[g.Channel].json()}, g.memberList(b)
	for _, none := range []string{"voice_states", "threads", "presences", "stage_instances", "guild_scheduled_events", "soundboard_sounds"} {
		j[none] = []obj{}
	}
	return j
}

// memberList has the bot itself and those who spoke.
func (g *Guild) memberList(b *Bot) []obj {
	list := []obj{g.member(b.user())}
	for _, u := range g.people {
		list = append(list, g.member(u.json()))
	}
	return list
}

func (g *Guild) member(user obj) obj {
	m := g.memberOnly()
	m["user"] = user
	return m
}

// memberOnly is a member without its user, as messages have it.
func (g *Guild) memberOnly() obj {
	return obj{
		"nick": nil, "avatar": nil, "banner": nil, "roles": []string{}, "joined_at": stamp(g.joined), "premium_since": nil,
		"deaf": false, "mute": false, "flags": 0, "pending": false, "communication_disabled_until": nil,
	}
}

// meet remembers a person who spoke.
func (g *Guild) meet(u User) {
	for _, known := range g.people {
		if known.ID == u.ID {
			return
		}
	}
	g.people = append(g.people, u)
}

func (c *channel) json() obj {
	var last any
	if c.last != "" {
		last = c.last
	}
	if c.guild == nil {
		return obj{"id": c.id, "type": 1, "last_message_id": last, "recipients": []obj{c.with.json()}, "flags": 0}
	}
	return obj{
		"id": c.id, "type": 0, "guild_id": c.guild.ID, "name": "general", "position": 0, "topic": nil, "nsfw": false,
		"parent_id": nil, "permission_overwrites": []obj{}, "rate_limit_per_user": 0, "last_message_id": last, "flags": 0,
	}
}

// stamp is a time as Discord writes it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000-07:00") }

package discordtest

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
)

// command is an application command that was registered.
type command struct {
	id    string
	guild string // "" is everywhere
	name  string
	body  obj
}

// nameForm is what the name of a slash command looks like.
var nameForm = regexp.MustCompile(`^[-_'\p{L}\p{N}]{1,32}$`)

// mine answers with f when the application in the path is the bot's own. f is called with the lock held.
func (s *Server) mine(c call, f func() reply) (r reply) {
	if c.PathValue("app") != c.bot.ID {
		return reply{http.StatusForbidden, wrong(20012, "You are not authorized to perform this action on this application")}
	}
	if g := c.PathValue("guild"); g != "" {
		return s.inGuild(c, func(*Guild) reply { return f() })
	}
	s.board.Do(func() { r = f() })
	return r
}

func getCommands(s *Server, c call) reply {
	return s.mine(c, func() reply { return ok(c.bot.commandList(c.PathValue("guild"))) })
}

// putCommands replaces all commands of a guild, or those that are everywhere.
func putCommands(s *Server, c call) reply {
	bodies := []obj{}
	for _, item := range c.list {
		body, _ := item.(obj)
		if bad := checkCommand(body); bad != nil {
			return *bad
		}
		bodies = append(bodies, body)
	}
	return s.mine(c, func() reply {
		guild := c.PathValue("guild")
		c.bot.commands = slices.DeleteFunc(c.bot.commands, func(k *command) bool { return k.guild == guild })
		for _, body := range bodies {
			c.bot.register(guild, body)
		}
		return ok(c.bot.commandList(guild))
	})
}

func postCommand(s *Server, c call) reply {
	if bad := checkCommand(c.body); bad != nil {
		return *bad
	}
	return s.mine(c, func() reply {
		guild := c.PathValue("guild")
		before := len(c.bot.commands)
		c.bot.commands = slices.DeleteFunc(c.bot.commands, func(k *command) bool {
			return k.guild == guild && k.name == c.body["name"]
		})
		status := http.StatusCreated
		if len(c.bot.commands) < before {
			status = http.StatusOK
		}
		return reply{status, c.bot.register(guild, c.body).body}
	})
}

func deleteCommand(s *Server, c call) reply {
	return s.mine(c, func() reply {
		before := len(c.bot.commands)
		c.bot.commands = slices.DeleteFunc(c.bot.commands, func(k *command) bool { return k.id == c.PathValue("command") })
		if len(c.bot.commands) == before {
			return notFound(10063, "Unknown application command")
		}
		return reply{http.StatusNoContent, nil}
	})
}

func checkCommand(body obj) *reply {
	name, _ := body["name"].(string)
	description, _ := body["description"].(string)
	kind, given := body["type"].(float64)
	var bad reply
	switch {
	case !nameForm.MatchString(name):
		bad = invalid("name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
	case (!given || kind == 1) && (description == "" || len(description) > 100):
		bad = invalid("description", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
	default:
		return nil
	}
	return &bad
}

// register stores a command. It's called with the lock held.
func (b *Bot) register(guild string, given obj) *command {
	k := &command{id: b.s.snowflake(), guild: guild}
	k.name, _ = given["name"].(string)
	k.body = maps.Clone(given)
	maps.Copy(k.body, obj{
		"id": k.id, "application_id": b.ID, "version": b.s.snowflake(), "name_localizations": nil,
		"description_localizations": nil, "default_member_permissions": nil, "nsfw": false,
	})
	if k.body["type"] == nil {
		k.body["type"] = 1
	}
	if guild != "" {
		k.body["guild_id"] = guild
	}
	b.commands = append(b.commands, k)
	return k
}

func (b *Bot) commandList(guild string) []obj {
	out := []obj{}
	for _, k := range b.commands {
		if k.guild == guild {
			out = append(out, k.body)
		}
	}
	return out
}

// Commands lists the names of the commands that the bot registered, sorted.
func (b *Bot) Commands() (names []string) {
	b.s.board.Look(func() {
		for _, k := range b.commands {
			names = append(names, k.name)
		}
	})
	slices.Sort(names)
	return names
}

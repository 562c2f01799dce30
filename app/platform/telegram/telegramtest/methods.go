package telegramtest

import (
	"context"
	"encoding/json"
	"slices"
)

// method answers one method of a bot: a result, a told, a failure or nothing.
type method func(b *Bot, ctx context.Context, a args) any

// methods are those that exist here, by their name in lower case, as the Bot API takes any case.
func methods() map[string]method {
	return map[string]method{
		"getme":                getMe,
		"getupdates":           getUpdates,
		"setwebhook":           setWebhook,
		"deletewebhook":        deleteWebhook,
		"getwebhookinfo":       getWebhookInfo,
		"sendmessage":          sendMessage,
		"sendchataction":       sendChatAction,
		"getchat":              getChat,
		"setmycommands":        setMyCommands,
		"getmycommands":        getMyCommands,
		"deletemycommands":     deleteMyCommands,
		"getuserprofilephotos": getUserProfilePhotos,
		"getfile":              getFile,
		"logout":               logOut,
		"close":                closeBot,
	}
}

func getMe(b *Bot, _ context.Context, _ args) any { return b.user(true) }

// logOut is for moving to a server of one's own; this one doesn't know the bot for a while after it.
func logOut(b *Bot, _ context.Context, _ args) any {
	b.s.board.Do(func() {
		b.loggedOut, b.queue = true, nil
		b.endPoll("")
	})
	return true
}

// closeBot ends what the server has open for the bot; the next call opens it again.
func closeBot(b *Bot, _ context.Context, _ args) any {
	b.s.board.Do(func() { b.endPoll("") })
	return true
}

// maxCommands is how many commands a list may have.
const maxCommands = 100

func setMyCommands(b *Bot, _ context.Context, a args) any {
	var list []struct {
		Command     string `json:"command"`
		Description string `json:"description"`
	}
	if json.Unmarshal([]byte(a["commands"]), &list) != nil {
		return failure{code: 400, words: "Bad Request: can't parse commands JSON object"}
	}
	if len(list) > maxCommands {
		return failure{code: 400, words: "Bad Request: BOT_COMMANDS_TOO_MUCH"}
	}
	for _, c := range list {
		switch {
		case c.Command == "" || len(c.Command) > 32:
			return failure{code: 400, words: "Bad Request: BOT_COMMAND_INVALID"}
		case c.Description == "" || len(c.Description) > 256:
			return failure{code: 400, words: "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID"}
		}
	}
	stored, err := json.Marshal(list)
	if err != nil {
		panic(err) // plain strings
	}
	b.s.board.Do(func() { b.commands[commandKey(a)] = stored })
	return true
}

func getMyCommands(b *Bot, _ context.Context, a args) any {
	list := json.RawMessage("[]")
	b.s.board.Look(func() {
		if stored := b.commands[commandKey(a)]; stored != nil {
			list = slices.Clone(stored)
		}
	})
	return list
}

func deleteMyCommands(b *Bot, _ context.Context, a args) any {
	b.s.board.Do(func() { delete(b.commands, commandKey(a)) })
	return true
}

// commandKey tells apart for whom a list of commands is.
func commandKey(a args) string {
	scope := struct {
		Type   string `json:"type"`
		ChatID any    `json:"chat_id"`
	}{}
	_ = json.Unmarshal([]byte(a["scope"]), &scope) // none is the default
	if scope.Type == "" {
		scope.Type = "default"
	}
	key, err := json.Marshal([]any{scope, a["language_code"]})
	if err != nil {
		panic(err) // plain values
	}
	return string(key)
}

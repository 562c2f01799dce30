package telegramtest

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// Message is a message that a bot sent.
type Message struct {
	ID   int64
	Chat Chat
	Text string
	At   time.Time
}

// longestText is how many characters a message may have.
const longestText = 4096

func sendMessage(b *Bot, _ context.Context, a args) any {
	if strings.TrimSpace(a["text"]) == "" {
		return failure{code: 400, words: "Bad Request: message text is empty"}
	}
	if utf8.RuneCountInString(a["text"]) > longestText {
		return failure{code: 400, words: "Bad Request: message is too long"}
	}
	var out any
	b.s.board.Do(func() {
		c, wrong := b.chatOf(a)
		if wrong != nil {
			out = *wrong
			return
		}
		c.last++
		m := Message{ID: c.last, Chat: c.chat, Text: a["text"], At: time.Now()}
		b.sent = append(b.sent, m)
		out = messageJSON(m.ID, c.chat, b.user(false), m.Text, m.At)
	})
	return out
}

func sendChatAction(b *Bot, _ context.Context, a args) any {
	if a["action"] == "" {
		return failure{code: 400, words: "Bad Request: wrong parameter action in request"}
	}
	var out any = true
	b.s.board.Look(func() {
		if _, wrong := b.chatOf(a); wrong != nil {
			out = *wrong
		}
	})
	return out
}

func getChat(b *Bot, _ context.Context, a args) any {
	var out any
	b.s.board.Look(func() {
		c, wrong := b.chatOf(a)
		if wrong != nil {
			out = *wrong
			return
		}
		full := c.chat.json()
		full["accent_color_id"], full["max_reaction_count"] = 0, 11
		out = full
	})
	return out
}

// chatOf is the chat that a call names. A bot knows only chats that it was spoken to in.
func (b *Bot) chatOf(a args) (*chatState, *failure) {
	if a["chat_id"] == "" {
		return nil, &failure{code: 400, words: "Bad Request: chat_id is empty"}
	}
	id, _ := strconv.ParseInt(a["chat_id"], 10, 64)
	c := b.chats[id]
	switch {
	case c == nil:
		return nil, &failure{code: 400, words: "Bad Request: chat not found"}
	case c.blocked && c.chat.private():
		return nil, &failure{code: 403, words: "Forbidden: bot was blocked by the user"}
	case c.blocked:
		return nil, &failure{code: 403, words: "Forbidden: bot was kicked from the group chat"}
	}
	return c, nil
}

var commandForm = regexp.MustCompile(`(?:^|\s)(/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?)`)

// messageJSON is a Message of the Bot API with the commands in its text marked.
func messageJSON(id int64, chat Chat, from map[string]any, text string, at time.Time) map[string]any {
	m := map[string]any{"message_id": id, "from": from, "chat": chat.json(), "date": at.Unix(), "text": text}
	entities := []map[string]any{}
	for _, at := range commandForm.FindAllStringSubmatchIndex(text, -1) {
		entities = append(entities, map[string]any{
			"type": "bot_command", "offset": units(text[:at[2]]), "length": units(text[at[2]:at[3]]),
		})
	}
	if len(entities) > 0 {
		m["entities"] = entities
	}
	return m
}

// units is the length of a text as the Bot API counts it: in UTF-16 code units.
func units(s string) int { return len(utf16.Encode([]rune(s))) }

package telegramtest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Profile is what BotFather knows about a bot.
type Profile struct {
	Token    string // "" is a random one
	Name     string // "" is "Test Bot"
	Username string // without @; "" is made from the id
	Photo    []byte // a JPEG; nil: no photo

	JoinsGroups   bool // can_join_groups
	ReadsGroups   bool // can_read_all_group_messages: privacy mode is off
	InlineQueries bool // supports_inline_queries
}

// Bot is a bot as its maker and its users see it. Its methods may be called from any goroutine.
type Bot struct {
	ID int64

	s *Server
	// What follows is under the server's lock.
	token     string
	profile   Profile
	loggedOut bool
	queue     []update
	nextID    int64 // of the next update
	allowed   []string
	poll      *poll // the one that waits, if any
	conflicts time.Time
	offset    int64     // of the poll before
	polledAt  time.Time // when it came
	webhook   webhook
	commands  map[string]json.RawMessage // by scope and language
	chats     map[int64]*chatState
	sent      []Message
}

type chatState struct {
	chat    Chat
	blocked bool
	last    int64 // message_id of the newest message
}

// AddBot makes a bot. It panics when its token has no number in front or is taken.
func (s *Server) AddBot(p Profile) *Bot {
	b := &Bot{s: s, nextID: 100_000_001, commands: map[string]json.RawMessage{}, chats: map[int64]*chatState{}}
	s.board.Do(func() {
		if p.Token == "" {
			s.nextID++
			p.Token = NewToken(7_000_000_000 + s.nextID)
		}
		if !wellFormed(p.Token) || s.tokens[p.Token] != nil {
			panic("telegramtest: not a token, or taken: " + p.Token)
		}
		number, _, _ := strings.Cut(p.Token, ":")
		b.ID, _ = strconv.ParseInt(number, 10, 64)
		if p.Name == "" {
			p.Name = "Test Bot"
		}
		if p.Username == "" {
			p.Username = fmt.Sprintf("test%d_bot", b.ID)
		}
		b.token, b.profile = p.Token, p
		s.tokens[p.Token] = b
		if p.Photo != nil {
			s.addPhoto(b.ID, p.Photo)
		}
	})
	return b
}

// NewToken is a random token of the real shape: the bot's id, a colon, and 35 characters.
func NewToken(id int64) string {
	return strconv.FormatInt(id, 10) + ":AA" + (rand.Text() + rand.Text())[:33]
}

// Token is the bot's token, also when it was revoked.
func (b *Bot) Token() (token string) {
	b.s.board.Look(func() { token = b.token })
	return token
}

// Username is the bot's, without @.
func (b *Bot) Username() string { return b.profile.Username }

// Revoke has the platform refuse the bot's token from now on. A poll that waits is answered first.
func (b *Bot) Revoke() {
	b.s.board.Do(func() {
		delete(b.s.tokens, b.token)
		b.endPoll("")
	})
}

// Restore has the platform take the bot's token again.
func (b *Bot) Restore() {
	b.s.board.Do(func() { b.s.tokens[b.token] = b })
}

// Commands is what setMyCommands stored for everybody, as JSON; nil when nothing was.
func (b *Bot) Commands() (list json.RawMessage) {
	b.s.board.Look(func() { list = slices.Clone(b.commands[commandKey(args{})]) })
	return list
}

// user is the bot as JSON of a User. full has what getMe alone tells.
func (b *Bot) user(full bool) map[string]any {
	u := map[string]any{"id": b.ID, "is_bot": true, "first_name": b.profile.Name, "username": b.profile.Username}
	if full {
		u["can_join_groups"] = b.profile.JoinsGroups
		u["can_read_all_group_messages"] = b.profile.ReadsGroups
		u["supports_inline_queries"] = b.profile.InlineQueries
		u["can_connect_to_business"] = false
		u["has_main_web_app"] = false
	}
	return u
}

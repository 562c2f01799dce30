package telegramtest

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// User is a person.
type User struct {
	ID        int64 // 0 is a fixed id
	FirstName string
	Username  string
}

// Chat is where people and a bot talk. A private one has the id of its person.
type Chat struct {
	ID    int64 // negative for groups
	Title string
	User  User // of a private chat
}

func (c Chat) private() bool { return c.ID > 0 }

func (c Chat) json() map[string]any {
	if c.private() {
		j := c.User.json()
		delete(j, "is_bot")
		delete(j, "language_code")
		j["type"] = "private"
		return j
	}
	return map[string]any{"id": c.ID, "title": c.Title, "type": "group"}
}

func (u User) filled() User {
	if u.ID == 0 {
		u.ID = 4_242_424
	}
	if u.FirstName == "" {
		u.FirstName = "Ada"
	}
	return u
}

func (u User) json() map[string]any {
	j := map[string]any{"id": u.ID, "is_bot": false, "first_name": u.FirstName, "language_code": "en"}
	if u.Username != "" {
		j["username"] = u.Username
	}
	return j
}

// Say has a person write to the bot in private.
func (b *Bot) Say(u User, text string) {
	u = u.filled()
	b.SayIn(Chat{ID: u.ID, User: u}, u, text)
}

// SayIn has a person write in a chat where the bot is.
func (b *Bot) SayIn(c Chat, u User, text string) {
	u = u.filled()
	b.s.board.Do(func() {
		st := b.chats[c.ID]
		if st == nil {
			st = &chatState{chat: c}
			b.chats[c.ID] = st
		}
		st.last++
		b.push("message", messageJSON(st.last, c, u.json(), text, time.Now()))
	})
}

// Ask has a person write to the bot in private and waits for the next message that it sends them.
func (b *Bot) Ask(ctx context.Context, u User, text string) (Message, error) {
	u = u.filled()
	before := len(b.sentTo(u.ID))
	b.Say(u, text)
	var answer Message
	err := b.s.Wait(ctx, "an answer to "+strconv.Quote(text), func() bool {
		all := b.sentTo(u.ID)
		if len(all) == before {
			return false
		}
		answer = all[before]
		return true
	})
	return answer, err
}

func (b *Bot) sentTo(chat int64) []Message {
	return slices.DeleteFunc(b.Sent(), func(m Message) bool { return m.Chat.ID != chat })
}

// Sent lists the messages that the bot sent, in order.
func (b *Bot) Sent() (all []Message) {
	b.s.board.Look(func() { all = slices.Clone(b.sent) })
	return all
}

// Block has a person block the bot; it can't send to them.
func (b *Bot) Block(u User) {
	u = u.filled()
	b.s.board.Do(func() {
		b.chats[u.ID] = &chatState{chat: Chat{ID: u.ID, User: u}, blocked: true}
	})
}

// AddPending lets n messages wait for the bot, as they do for one that doesn't listen. One that
// listens gets them.
func (b *Bot) AddPending(n int) {
	for i := range n {
		b.Say(User{}, "message "+strconv.Itoa(i+1))
	}
}

// Pending is how many updates wait.
func (b *Bot) Pending() (n int) {
	b.s.board.Look(func() { n = len(b.queue) })
	return n
}

// Polls says whether a getUpdates waits for updates right now.
func (b *Bot) Polls() (polls bool) {
	b.s.board.Look(func() { polls = b.poll != nil })
	return polls
}

// RunCopy runs a second copy of the bot, as if on another machine: it polls over HTTP like any bot,
// takes what it gets, answers nothing, and doesn't mind conflicts. stop ends it and waits for that;
// so does the end of the server.
func (b *Bot) RunCopy() (stop func()) {
	ctx, cancel := context.WithCancel(b.s.ctx)
	done := make(chan struct{})
	b.s.copies.Go(func() {
		defer close(done)
		offset := int64(0)
		for ctx.Err() == nil {
			offset = b.pollOnce(ctx, offset)
		}
	})
	return func() {
		cancel()
		<-done
	}
}

// copyRest is how long a copy waits after a call that failed.
const copyRest = 100 * time.Millisecond

func (b *Bot) pollOnce(ctx context.Context, offset int64) int64 {
	url := b.s.URL() + "/bot" + b.Token() + "/getUpdates?timeout=30&offset=" + strconv.FormatInt(offset, 10)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		panic(err) // made of parts that are right
	}
	var body struct {
		OK     bool `json:"ok"`
		Result []struct {
			ID int64 `json:"update_id"`
		} `json:"result"`
	}
	resp, err := http.DefaultClient.Do(req)
	if err == nil {
		err = json.NewDecoder(resp.Body).Decode(&body)
		_ = resp.Body.Close()
	}
	if err != nil || !body.OK {
		(&poll{}).wait(ctx, copyRest)
		return offset
	}
	for _, u := range body.Result {
		offset = u.ID + 1
	}
	return offset
}

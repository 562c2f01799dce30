package discordtest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"slices"
	"time"
)

// App is what the developer portal knows about an application and its bot.
type App struct {
	Token    string  // "" is a random one
	Name     string  // "" is "Test Bot"; also the bot's user name
	Avatar   []byte  // a PNG; nil: none
	Intents  Intents // the privileged ones that are switched on
	Private  bool    // only its owner may add it
	Shards   int     // how many are recommended; 0 is 1
	Guilds   int     // approximate_guild_count; 0 is the number of guilds that AddGuild made
	Installs *int    // approximate_user_install_count; nil: not told
}

// Bot is an application's bot as its maker and the people in its guilds see it. Its methods may be
// called from any goroutine.
type Bot struct {
	ID string // of the user and of the application

	s *Server
	// What follows is under the server's lock.
	token      string
	app        App
	avatar     string // the hash, or ""
	limit      startLimit
	guilds     []*Guild
	channels   map[string]*channel
	commands   []*command
	sent       []Message
	identifies int
	resumes    int
	mute       bool // heartbeats aren't acknowledged
	frozen     bool // events aren't sent
}

// startLimit is Discord's session_start_limit.
type startLimit struct {
	total, remaining int
	resetAt          time.Time
	concurrency      int
}

// AddApp makes an application with a bot. It panics when its token is taken.
func (s *Server) AddApp(a App) *Bot {
	b := &Bot{s: s, channels: map[string]*channel{}}
	s.board.Do(func() {
		b.ID = s.snowflake()
		if a.Token == "" {
			a.Token = NewToken(b.ID)
		}
		if s.tokens[a.Token] != nil {
			panic("discordtest: that token is taken")
		}
		if a.Name == "" {
			a.Name = "Test Bot"
		}
		a.Shards = max(a.Shards, 1)
		if a.Avatar != nil {
			sum := sha256.Sum256(a.Avatar)
			b.avatar = hex.EncodeToString(sum[:16])
		}
		b.token, b.app = a.Token, a
		b.limit = startLimit{total: 1000, remaining: 1000, resetAt: time.Now().Add(24 * time.Hour), concurrency: 1}
		s.tokens[a.Token], s.bots[b.ID] = b, b
	})
	return b
}

// NewToken is a random token of the real shape: the id in base64, a time, and a signature.
func NewToken(id string) string {
	return base64.RawStdEncoding.EncodeToString([]byte(id)) + ".G" + rand.Text()[:5] + "." + (rand.Text() + rand.Text())[:38]
}

// Token is the bot's token, also when it was revoked.
func (b *Bot) Token() (token string) {
	b.s.board.Look(func() { token = b.token })
	return token
}

// Revoke has the platform refuse the bot's token from now on; its connections are closed with 4004.
func (b *Bot) Revoke() { b.s.board.Do(b.revoke) }

// Restore has the platform take the bot's token again.
func (b *Bot) Restore() { b.s.board.Do(func() { b.s.tokens[b.token] = b }) }

// AllowIntents switches privileged intents on, and all others off. Sessions that run aren't touched.
func (b *Bot) AllowIntents(i Intents) { b.s.board.Do(func() { b.app.Intents = i }) }

// SetStarts sets session_start_limit: of total starts so many remain, for that long.
func (b *Bot) SetStarts(total, remaining int, reset time.Duration) {
	b.s.board.Do(func() {
		b.limit.total, b.limit.remaining, b.limit.resetAt = total, remaining, time.Now().Add(reset)
	})
}

// Starts is how many session starts remain.
func (b *Bot) Starts() (remaining int) {
	b.s.board.Do(func() { remaining = b.limit.now().remaining })
	return remaining
}

// now is the limit with a period that is over begun anew. It's called with the lock held.
func (l *startLimit) now() *startLimit {
	if time.Now().After(l.resetAt) {
		l.remaining, l.resetAt = l.total, time.Now().Add(24*time.Hour)
	}
	return l
}

// revoke is Revoke with the lock held.
func (b *Bot) revoke() {
	delete(b.s.tokens, b.token)
	for _, ses := range b.live() {
		ses.conn.close(4004)
		delete(b.s.sessions, ses.id)
	}
}

// live lists the sessions that are connected, oldest first. It's called with the lock held.
func (b *Bot) live() []*session {
	all := slices.DeleteFunc(slices.Collect(maps.Values(b.s.sessions)), func(ses *session) bool {
		return ses.bot != b || ses.conn == nil
	})
	slices.SortFunc(all, func(a, b *session) int { return a.number - b.number })
	return all
}

// user is the bot as JSON of a user.
func (b *Bot) user() obj {
	u := User{ID: b.ID, Name: b.app.Name}.json()
	u["bot"] = true
	if b.avatar != "" {
		u["avatar"] = b.avatar
	}
	return u
}

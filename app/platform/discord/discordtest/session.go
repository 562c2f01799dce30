package discordtest

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
)

// session is what IDENTIFY begins and RESUME goes on with. Its fields are under the server's lock.
type session struct {
	id       string
	number   int // in the order of identifying
	bot      *Bot
	intents  Intents
	shard    int
	shards   int
	compress bool
	seq      int
	sent     []payload // all events, for whoever resumes
	conn     *conn     // nil while nobody is connected
}

// identify answers IDENTIFY: with a session that is ready, or a close code.
func (c *conn) identify(d json.RawMessage) {
	var in struct {
		Token    string   `json:"token"`
		Intents  *Intents `json:"intents"`
		Shard    []int    `json:"shard"`
		Compress bool     `json:"compress"`
	}
	if json.Unmarshal(d, &in) != nil {
		c.close(4002)
		return
	}
	if c.session != nil {
		c.close(4005)
		return
	}
	b := c.s.tokens[strings.TrimPrefix(in.Token, "Bot ")] // some libraries send it as in the header
	if b == nil {
		c.close(4004)
		return
	}
	b.identifies++
	if l := b.limit.now(); l.remaining == 0 {
		// The token is reset: nobody has the new one.
		b.revoke()
		c.close(4004)
		return
	} else {
		l.remaining--
	}
	if in.Shard == nil {
		in.Shard = []int{0, 1}
	}
	switch {
	case len(in.Shard) != 2 || in.Shard[0] < 0 || in.Shard[0] >= in.Shard[1]:
		c.close(4010)
		return
	case in.Intents == nil || *in.Intents&^knownIntents != 0:
		c.close(4013)
		return
	case *in.Intents&Privileged&^b.app.Intents != 0:
		c.close(4014)
		return
	}
	ses := &session{
		id: c.s.snowflake(), number: b.identifies, bot: b, intents: *in.Intents, compress: in.Compress,
		shard: in.Shard[0], shards: in.Shard[1], conn: c,
	}
	c.s.sessions[ses.id], c.session, c.bot = ses, ses, b
	ses.begin()
}

// begin tells a new session that it's ready and which guilds there are.
func (ses *session) begin() {
	b, here := ses.bot, []*Guild{}
	waiting := []obj{}
	for _, g := range b.guilds {
		if ses.has(g) {
			here = append(here, g)
			waiting = append(waiting, obj{"id": g.ID, "unavailable": true})
		}
	}
	me := b.user()
	me["verified"], me["mfa_enabled"], me["email"] = true, false, nil
	ses.push("READY", obj{
		"v": 10, "user": me, "user_settings": obj{}, "session_id": ses.id, "session_type": "normal",
		"resume_gateway_url": b.s.gatewayURL(), "guilds": waiting, "shard": []int{ses.shard, ses.shards},
		"application": obj{"id": b.ID, "flags": b.app.Intents.flags()}, "private_channels": []obj{}, "relationships": []obj{},
		"presences": []obj{}, "guild_join_requests": []obj{}, "geo_ordered_rtc_regions": []string{}, "_trace": []string{},
	})
	if ses.intents&IntentGuilds == 0 {
		return
	}
	for _, g := range here {
		ses.push("GUILD_CREATE", g.full(b))
	}
}

// has says whether events of a guild come to this session's shard. Direct messages, a nil guild, come to the first.
func (ses *session) has(g *Guild) bool {
	if g == nil {
		return ses.shard == 0
	}
	id, _ := strconv.ParseInt(g.ID, 10, 64)
	return int(id>>22)%ses.shards == ses.shard
}

// push sends an event, now or when somebody resumes.
func (ses *session) push(name string, d any) {
	ses.seq++
	seq := ses.seq
	p := payload{Op: opDispatch, D: d, Seq: &seq, T: &name, packed: ses.compress}
	ses.sent = append(ses.sent, p)
	if ses.conn != nil && !ses.bot.frozen {
		ses.conn.out = append(ses.conn.out, p)
	}
}

// resume answers RESUME: what was missed and RESUMED, or that there is no such session.
func (c *conn) resume(d json.RawMessage) {
	var in struct {
		Token   string `json:"token"`
		Session string `json:"session_id"`
		Seq     *int   `json:"seq"`
	}
	if json.Unmarshal(d, &in) != nil || in.Seq == nil {
		c.close(4002)
		return
	}
	if c.session != nil {
		c.close(4005)
		return
	}
	b := c.s.tokens[strings.TrimPrefix(in.Token, "Bot ")] // some libraries send it as in the header
	if b == nil {
		c.close(4004)
		return
	}
	ses := c.s.sessions[in.Session]
	if ses == nil || ses.bot != b {
		c.send(opInvalidSession, false)
		return
	}
	if *in.Seq < 0 || *in.Seq > ses.seq {
		c.close(4007)
		return
	}
	if ses.conn != nil {
		ses.conn.close(4000)
	}
	b.resumes++
	c.session, c.bot, ses.conn = ses, b, c
	c.out = append(c.out, ses.sent[*in.Seq:]...)
	ses.push("RESUMED", obj{"_trace": []string{}})
}

// dispatch sends an event to all sessions of a bot that it is for.
func (b *Bot) dispatch(name string, d obj, intent Intents, g *Guild) {
	for _, ses := range b.all() {
		if (intent == 0 || ses.intents&intent != 0) && ses.has(g) {
			ses.push(name, ses.censor(name, d))
		}
	}
}

// all lists the bot's sessions, connected or not, oldest first.
func (b *Bot) all() (all []*session) {
	for _, ses := range b.s.sessions {
		if ses.bot == b {
			all = append(all, ses)
		}
	}
	slices.SortFunc(all, func(a, b *session) int { return a.number - b.number })
	return all
}

// censor takes out of a message what a session without the message content intent doesn't get: the
// text, unless it's a direct message, mentions the bot, or is the bot's own.
func (ses *session) censor(name string, d obj) obj {
	if name != "MESSAGE_CREATE" || ses.intents&IntentContent != 0 || d["guild_id"] == nil {
		return d
	}
	author, _ := d["author"].(obj)
	mentions, _ := d["mentions"].([]obj)
	if author["id"] == ses.bot.ID || slices.ContainsFunc(mentions, func(u obj) bool { return u["id"] == ses.bot.ID }) {
		return d
	}
	out := obj{}
	for k, v := range d {
		out[k] = v
	}
	out["content"], out["embeds"], out["attachments"], out["components"] = "", []any{}, []obj{}, []obj{}
	return out
}

// members answers REQUEST_GUILD_MEMBERS with those who are known, in one chunk for each guild.
func (c *conn) members(d json.RawMessage) {
	var in struct {
		Guild json.RawMessage `json:"guild_id"`
		Nonce string          `json:"nonce"`
		Limit int             `json:"limit"`
	}
	if json.Unmarshal(d, &in) != nil {
		c.close(4002)
		return
	}
	if in.Limit == 0 {
		in.Limit = math.MaxInt
	}
	for _, g := range c.bot.guilds {
		if !bytes.Contains(in.Guild, []byte(g.ID)) {
			continue
		}
		list := g.memberList(c.bot)
		chunk := obj{
			"guild_id": g.ID, "members": list[:min(in.Limit, len(list))], "chunk_index": 0, "chunk_count": 1, "not_found": []string{},
		}
		if in.Nonce != "" {
			chunk["nonce"] = in.Nonce
		}
		c.session.push("GUILD_MEMBERS_CHUNK", chunk)
	}
}

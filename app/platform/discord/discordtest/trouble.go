package discordtest

import (
	"context"
	"encoding/json"
	"time"

	"github.com/coder/websocket"
)

// CloseGateway closes the bot's connections with a code. What may be resumed can be.
func (b *Bot) CloseGateway(code int) {
	b.eachLive(func(ses *session) { ses.conn.close(code) })
}

// Drop cuts the bot's connections without a word, as a broken network does.
func (b *Bot) Drop() {
	b.eachLive(func(ses *session) { ses.conn.cut = true })
}

// Reconnect asks the bot's sessions to come back on a new connection.
func (b *Bot) Reconnect() {
	b.eachLive(func(ses *session) { ses.conn.send(opReconnect, nil) })
}

// InvalidateSessions forgets the bot's sessions and tells those that are connected, which have to
// identify anew.
func (b *Bot) InvalidateSessions() {
	b.eachLive(func(ses *session) {
		ses.conn.send(opInvalidSession, false)
		ses.forget()
	})
}

// TakeOver plays a session that goes on elsewhere: the bot's connections are closed, and what they
// would resume isn't there any more.
func (b *Bot) TakeOver() {
	b.eachLive(func(ses *session) {
		ses.conn.close(4000)
		ses.forget()
	})
}

// Mute has heartbeats of the bot unanswered from now on, or answered again.
func (b *Bot) Mute(mute bool) { b.s.board.Do(func() { b.mute = mute }) }

// Freeze has the bot's sessions get no events from now on, or get them again. Heartbeats are
// answered: the connection seems well. Events of that time come to those who resume.
func (b *Bot) Freeze(frozen bool) { b.s.board.Do(func() { b.frozen = frozen }) }

func (b *Bot) eachLive(f func(*session)) {
	b.s.board.Do(func() {
		for _, ses := range b.live() {
			f(ses)
		}
	})
}

// forget ends a session; its connection, if it's still open, has none. It's called with the lock held.
func (ses *session) forget() {
	delete(ses.bot.s.sessions, ses.id)
	if ses.conn != nil {
		ses.conn.session = nil
	}
}

// RunCopy runs a second copy of the bot, as if on another machine: it identifies, stays, gets all
// events as well and answers nothing. ready is closed when it's connected. stop ends it and waits
// for that; so does the end of the server.
func (b *Bot) RunCopy() (ready <-chan struct{}, stop func()) {
	ctx, cancel := context.WithCancel(b.s.ctx)
	up, done := make(chan struct{}), make(chan struct{})
	b.s.copies.Go(func() {
		defer close(done)
		b.copy(ctx, up)
	})
	return up, func() {
		cancel()
		<-done
	}
}

func (b *Bot) copy(ctx context.Context, up chan<- struct{}) {
	ws, _, err := websocket.Dial(ctx, b.s.gatewayURL()+"?v=10&encoding=json", nil)
	if err != nil {
		return
	}
	defer func() { _ = ws.CloseNow() }()
	ws.SetReadLimit(-1)
	identify, err := json.Marshal(payload{Op: opIdentify, D: obj{"token": b.Token(), "intents": IntentGuilds, "properties": obj{}}})
	if err != nil || ws.Write(ctx, websocket.MessageText, identify) != nil {
		return
	}
	beats := time.NewTicker(b.s.opt.Heartbeat)
	defer beats.Stop()
	in := make(chan payload)
	readers := make(chan struct{})
	go func() {
		defer close(readers)
		for {
			_, data, err := ws.Read(ctx)
			var p payload
			if err != nil || json.Unmarshal(data, &p) != nil {
				return
			}
			select {
			case in <- p:
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		select {
		case <-readers:
			return
		case p := <-in:
			if p.T != nil && *p.T == "READY" {
				close(up)
			}
		case <-beats.C:
			_ = ws.Write(ctx, websocket.MessageText, []byte(`{"op":1,"d":null}`))
		}
	}
}

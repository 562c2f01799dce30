// A Telegram userbot with github.com/gotd/td: your own account as a bot. See README.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/message"
	"github.com/gotd/td/telegram/updates"
	"github.com/gotd/td/tg"
)

const (
	beat     = 20 * time.Second // between two signs of life
	answerIn = 10 * time.Second // for a sign of life or an answer
	most     = 100_000          // people and groups that are counted
)

func main() {
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		log.Print("ERROR ", err)
		os.Exit(1)
	}
	log.Print("INFO Stopped.")
}

// app is the bot while it runs.
type app struct {
	set     settings
	answers *Answers
	report  *Reporter
	input   *input
	client  *telegram.Client

	mu     sync.Mutex
	people map[int64]bool // with whom there was talk since it was started; who that was is told nowhere
	groups map[int64]bool
}

// run is the bot until ctx ends or Telegram refuses it.
func run(ctx context.Context) error {
	set, err := readSettings()
	if err != nil {
		return err
	}
	a := &app{
		set: set, answers: NewAnswers(set.prefix, "github.com/gotd/td"), input: newInput(os.Stdin),
		people: map[int64]bool{}, groups: map[int64]bool{},
	}
	a.report = NewReporter()
	defer a.report.Close(2 * time.Second)
	a.report.Gauge("commands", float64(len(commands())))

	news := tg.NewUpdateDispatcher()
	state := updates.New(updates.Config{Handler: news}) // asks for what was missed
	options := set.options()
	options.UpdateHandler = state
	a.client = telegram.NewClient(set.apiID, set.apiHash, options)
	sender := message.NewSender(a.client.API())
	news.OnNewMessage(func(ctx context.Context, e tg.Entities, u *tg.UpdateNewMessage) error {
		a.hear(ctx, sender, e, u)
		return nil
	})
	news.OnNewChannelMessage(func(ctx context.Context, e tg.Entities, u *tg.UpdateNewChannelMessage) error {
		a.hear(ctx, sender, e, u)
		return nil
	})

	err = a.client.Run(ctx, func(ctx context.Context) error {
		me, err := a.login(ctx)
		if err != nil {
			return err
		}
		var looks sync.WaitGroup
		defer looks.Wait()
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		return state.Run(ctx, a.client.API(), me.ID, updates.AuthOptions{OnStart: func(context.Context) {
			log.Printf("INFO Ready as %s.", nameOf(me))
			a.report.Ready()
			looks.Go(func() { a.look(ctx) })
		}})
	})
	if ctx.Err() != nil {
		return nil // it was told to stop
	}
	return a.explain(err)
}

func nameOf(u *tg.User) string {
	if u.Username != "" {
		return "@" + u.Username
	}
	return u.FirstName
}

// look reports, every now and then, that the bot is alive: when Telegram answers it.
func (a *app) look(ctx context.Context) {
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for {
		a.lookOnce(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (a *app) lookOnce(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	began := time.Now()
	if err := a.client.Ping(ctx); err != nil {
		if !errors.Is(err, context.Canceled) {
			log.Print("WARN Telegram doesn't answer: ", a.words(err))
		}
		return
	}
	ping := time.Since(began)
	a.answers.ping.Store(int64(ping))
	a.mu.Lock()
	people, groups := len(a.people), len(a.groups)
	a.mu.Unlock()
	a.report.Gauge("ping_ms", milliseconds(ping))
	a.report.Gauge("users", float64(people))
	a.report.Gauge("guilds", float64(groups))
	a.report.Beat()
}

// hear counts a message, and answers it in its chat when it's a command that the account itself wrote.
func (a *app) hear(ctx context.Context, sender *message.Sender, e tg.Entities, u message.AnswerableMessageUpdate) {
	m, ok := u.GetMessage().(*tg.Message)
	if !ok || m.Message == "" {
		return
	}
	a.meet(m)
	a.answers.messages.Add(1)
	a.report.Count("messages", 1)
	name, rest, ok := a.answers.Parse(m.Message)
	if !ok || !m.Out {
		return
	}
	a.report.Count("commands", 1)
	text := a.answers.Answer(name, rest)
	if _, _, again := a.answers.Parse(text); again {
		text = "» " + text // what it says comes back as a message of its own
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	if _, err := sender.Answer(e, u).Text(ctx, text); err != nil {
		log.Print("WARN The answer was not sent: ", a.words(err))
	}
}

func (a *app) meet(m *tg.Message) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch peer := m.PeerID.(type) {
	case *tg.PeerUser:
		if len(a.people) < most {
			a.people[peer.UserID] = true
		}
	case *tg.PeerChat:
		if len(a.groups) < most {
			a.groups[peer.ChatID] = true
		}
	case *tg.PeerChannel:
		if len(a.groups) < most {
			a.groups[peer.ChannelID] = true
		}
	}
}

// words are those of an error without what belongs to the account alone.
func (a *app) words(err error) string {
	text := err.Error()
	for _, secret := range []string{a.set.apiHash, a.set.phone, a.set.password} {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "[secret]")
		}
	}
	return text
}

// explain says what a person can do about the end of the connection.
func (a *app) explain(err error) error {
	if err == nil {
		return errors.New("the connection to Telegram has ended")
	}
	for kind, remedy := range map[string]string{
		"API_ID_INVALID":          "API_ID and API_HASH don't belong together; take both from my.telegram.org",
		"PHONE_NUMBER_INVALID":    "PHONE is no number that Telegram knows; write it as +49…",
		"PHONE_NUMBER_BANNED":     "Telegram has banned this phone number",
		"AUTH_KEY_DUPLICATED":     "the session file is in use elsewhere as well, so Telegram has ended it; delete it and log in again",
		"SESSION_REVOKED":         "the login was ended from another device; delete the session file and log in again",
		"USER_DEACTIVATED":        "Telegram has deactivated this account",
		"USER_DEACTIVATED_BAN":    "Telegram has banned this account",
		"AUTH_KEY_UNREGISTERED":   "the login isn't valid any more; delete the session file and log in again",
		"PHONE_PASSWORD_FLOOD":    "too many attempts to log in; wait some hours",
		"PHONE_NUMBER_UNOCCUPIED": "there is no account with this PHONE",
	} {
		if tgerrIs(err, kind) {
			return fmt.Errorf("%s (%s)", remedy, kind)
		}
	}
	return errors.New(strings.TrimPrefix(a.words(err), "callback: ")) // the library's word for what is done here
}

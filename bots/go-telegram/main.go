// A Telegram bot with github.com/go-telegram/bot. See README.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	telegram "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

const (
	beat     = 20 * time.Second // between two signs of life
	again    = 5 * time.Second  // before it asks again for what failed
	answerIn = 10 * time.Second // for one answer, also after it was told to stop
	poll     = 50 * time.Second // that Telegram may wait for something to tell
	most     = 100_000          // users and groups that are counted
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
	token   string
	answers *Answers
	report  *Reporter
	name    string // @username, without @
	fail    context.CancelCauseFunc

	mu     sync.Mutex
	users  map[int64]bool // whom it has met since it was started; who that was is told nowhere
	groups map[int64]bool
}

// run is the bot until ctx ends or Telegram refuses it.
func run(ctx context.Context) error {
	a := &app{
		token:   strings.TrimSpace(os.Getenv("TOKEN")),
		answers: NewAnswers(setting("PREFIX", "/"), "github.com/go-telegram/bot"),
		users:   map[int64]bool{}, groups: map[int64]bool{},
	}
	if a.token == "" {
		return errors.New("there is no TOKEN. @BotFather gives one; enter it as the secret TOKEN of this bot")
	}
	a.report = NewReporter()
	defer a.report.Close(2 * time.Second)
	a.report.Gauge("commands", float64(len(commands())))
	ctx, a.fail = context.WithCancelCause(ctx)
	defer a.fail(nil)
	bot, err := telegram.New(a.token,
		telegram.WithServerURL(strings.TrimRight(setting("BOTSWAIN_TELEGRAM_API_URL", "https://api.telegram.org"), "/")),
		telegram.WithHTTPClient(poll, &http.Client{Timeout: poll + 10*time.Second}),
		telegram.WithSkipGetMe(), // begin does that, as often as it takes
		telegram.WithNotAsyncHandlers(),
		telegram.WithAllowedUpdates(telegram.AllowedUpdates{"message"}),
		telegram.WithErrorsHandler(a.trouble),
		telegram.WithDefaultHandler(a.hear),
	)
	if err != nil {
		return errors.New(a.words(err))
	}
	if a.begin(ctx, bot) {
		var looks sync.WaitGroup
		looks.Go(func() { a.look(ctx, bot) })
		bot.Start(ctx)
		looks.Wait()
	}
	if refused := context.Cause(ctx); refused != nil && !errors.Is(refused, context.Canceled) {
		return refused
	}
	return nil
}

// begin asks Telegram who the bot is and sets its commands, until that works; false: ctx has ended.
func (a *app) begin(ctx context.Context, bot *telegram.Bot) bool {
	var list []models.BotCommand
	for _, c := range commands() {
		list = append(list, models.BotCommand{Command: c.name, Description: c.about})
	}
	for ctx.Err() == nil {
		me, err := bot.GetMe(ctx)
		if err == nil {
			a.name = me.Username
			_, err = bot.SetMyCommands(ctx, &telegram.SetMyCommandsParams{Commands: list})
		}
		if err == nil {
			log.Printf("INFO Ready as @%s.", a.name)
			a.report.Ready()
			return true
		}
		a.trouble(err)
		select {
		case <-ctx.Done():
		case <-time.After(again):
		}
	}
	return false
}

// trouble says what went wrong; what a repetition can't mend ends the bot. The library repeats the rest.
func (a *app) trouble(err error) {
	switch {
	case errors.Is(err, context.Canceled):
	case errors.Is(err, telegram.ErrorUnauthorized), errors.Is(err, telegram.ErrorNotFound):
		a.fail(fmt.Errorf("the TOKEN is refused by Telegram (%s): it is wrong or was revoked. @BotFather gives a new one", a.words(err)))
	default:
		log.Print("ERROR ", a.words(err))
	}
}

// words are those of an error without the token: libraries put it into addresses.
func (a *app) words(err error) string {
	return strings.ReplaceAll(err.Error(), a.token, "[token]")
}

// look reports, every now and then, that the bot is alive: when Telegram answers it.
func (a *app) look(ctx context.Context, bot *telegram.Bot) {
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for {
		began := time.Now()
		if _, err := bot.GetMe(ctx); err == nil {
			ping := time.Since(began)
			a.answers.ping.Store(int64(ping))
			a.mu.Lock()
			users, groups := len(a.users), len(a.groups)
			a.mu.Unlock()
			a.report.Gauge("ping_ms", milliseconds(ping))
			a.report.Gauge("users", float64(users))
			a.report.Gauge("guilds", float64(groups))
			a.report.Beat()
		} else if ctx.Err() == nil {
			a.trouble(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// hear counts a message and answers it when it's a command.
func (a *app) hear(ctx context.Context, bot *telegram.Bot, u *models.Update) {
	m := u.Message
	if m == nil || m.Text == "" || m.From == nil {
		return
	}
	a.meet(m)
	a.answers.messages.Add(1)
	a.report.Count("messages", 1)
	// In groups a command may name the bot: /ping@my_bot
	name, rest, ok := a.answers.Parse(strings.Replace(m.Text, "@"+a.name, "", 1))
	if !ok {
		return
	}
	a.report.Count("commands", 1)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerIn)
	defer cancel()
	_, err := bot.SendMessage(ctx, &telegram.SendMessageParams{ChatID: m.Chat.ID, Text: a.answers.Answer(name, rest)})
	if err != nil {
		log.Print("WARN The answer was not sent: ", a.words(err))
	}
}

func (a *app) meet(m *models.Message) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.users) < most {
		a.users[m.From.ID] = true
	}
	if m.Chat.Type != models.ChatTypePrivate && len(a.groups) < most {
		a.groups[m.Chat.ID] = true
	}
}

func setting(name, fallback string) string {
	if v := strings.TrimSpace(os.Getenv(name)); v != "" {
		return v
	}
	return fallback
}

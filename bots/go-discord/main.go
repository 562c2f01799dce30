// A Discord bot with github.com/bwmarrin/discordgo. See README.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"
)

const (
	beat     = 20 * time.Second // between two signs of life
	silence  = 90 * time.Second // without an acknowledged heartbeat the gateway counts as away
	back     = time.Second      // before it connects again after a break
	shortest = 5 * time.Second  // before it tries again what failed, at first
	longest  = 5 * time.Minute  // and at last
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
	gone    chan struct{} // the gateway has closed
}

// run is the bot until ctx ends or Discord refuses it.
func run(ctx context.Context) error {
	a := &app{
		token:   strings.TrimSpace(os.Getenv("TOKEN")),
		answers: NewAnswers(setting("PREFIX", "!"), "discordgo "+discordgo.VERSION),
		gone:    make(chan struct{}, 1),
	}
	if a.token == "" {
		return errors.New("there is no TOKEN. discord.com/developers gives one; enter it as the secret TOKEN of this bot")
	}
	session, err := discordgo.New("Bot " + a.token)
	if err != nil {
		return errors.New(a.words(err))
	}
	if session.Client.Transport, err = elsewhere(os.Getenv("BOTSWAIN_DISCORD_API_URL")); err != nil {
		return err
	}
	a.report = NewReporter()
	defer a.report.Close(2 * time.Second)
	a.report.Gauge("commands", float64(len(commands())))
	a.listen(session)
	return a.stay(ctx, session)
}

// listen says what the session wants to hear, and what is done about it.
func (a *app) listen(s *discordgo.Session) {
	s.Identify.Intents = discordgo.IntentsGuilds | discordgo.IntentsGuildMessages | discordgo.IntentsDirectMessages | discordgo.IntentMessageContent
	s.ShouldReconnectOnError = false // stay does, and knows when it's in vain
	s.AddHandler(func(s *discordgo.Session, r *discordgo.Ready) {
		log.Printf("INFO Ready as %s on %d servers.", r.User.Username, len(r.Guilds))
		a.report.Ready()
		a.register(s, r.User.ID)
	})
	s.AddHandler(func(*discordgo.Session, *discordgo.Resumed) { log.Print("INFO The gateway is back.") })
	s.AddHandler(func(*discordgo.Session, *discordgo.Disconnect) {
		select {
		case a.gone <- struct{}{}:
		default:
		}
	})
	s.AddHandler(a.hear)
	s.AddHandler(a.slash)
}

// stay keeps the session connected until ctx ends or there is no sense in it.
func (a *app) stay(ctx context.Context, s *discordgo.Session) error {
	looks := time.NewTicker(beat)
	defer looks.Stop()
	wait := shortest
	for ctx.Err() == nil {
		select {
		case <-a.gone: // of the connection before
		default:
		}
		if err := s.Open(); err != nil {
			if refused := a.refusal(err); refused != nil {
				return refused
			}
			log.Printf("ERROR Discord can't be reached; trying again in %s: %s", wait, a.words(err))
			pause(ctx, wait)
			wait = min(2*wait, longest)
			continue
		}
		wait = shortest
		if a.watch(ctx, s, looks.C) {
			break
		}
		log.Printf("WARN The gateway is away; connecting again in %s.", back)
		pause(ctx, back)
	}
	_ = s.Close() // there is nothing to be done about it
	return nil
}

// watch reports while the session is connected; true: ctx has ended.
func (a *app) watch(ctx context.Context, s *discordgo.Session, looks <-chan time.Time) bool {
	for {
		a.look(s)
		select {
		case <-ctx.Done():
			return true
		case <-a.gone:
			return false
		case <-looks:
		}
	}
}

// look reports that the bot is alive, unless the gateway doesn't answer: then it hears nothing.
func (a *app) look(s *discordgo.Session) {
	s.RLock()
	sent, acked := s.LastHeartbeatSent, s.LastHeartbeatAck
	s.RUnlock()
	if time.Since(acked) > silence {
		return
	}
	if ping := acked.Sub(sent); ping > 0 && !sent.IsZero() {
		a.answers.ping.Store(int64(ping))
		a.report.Gauge("ping_ms", milliseconds(ping))
	}
	users := 0
	s.State.RLock()
	guilds := len(s.State.Guilds)
	for _, g := range s.State.Guilds {
		users += g.MemberCount
	}
	s.State.RUnlock()
	a.report.Gauge("guilds", float64(guilds))
	a.report.Gauge("users", float64(users))
	a.report.Beat()
}

// refusal is an error for what trying again can't mend, or nil.
func (a *app) refusal(err error) error {
	var rest *discordgo.RESTError
	var closed *websocket.CloseError
	code := 0
	if errors.As(err, &closed) {
		code = closed.Code
	}
	switch {
	case code == 4014:
		return errors.New("disallowed intents (4014): switch on Message Content Intent at discord.com/developers, under Bot")
	case code == 4004, errors.As(err, &rest) && rest.Response.StatusCode == http.StatusUnauthorized:
		return errors.New("the TOKEN is refused by Discord (4004): it is wrong or was reset. Take a new one at discord.com/developers")
	case code == 4010, code == 4011, code == 4012, code == 4013:
		return fmt.Errorf("the connection was closed by Discord for good: %s", a.words(err))
	}
	return nil
}

// register makes the commands known as slash commands.
func (a *app) register(s *discordgo.Session, app string) {
	var list []*discordgo.ApplicationCommand
	for _, c := range commands() {
		k := &discordgo.ApplicationCommand{Name: c.name, Description: c.about}
		if c.name == "echo" {
			k.Options = []*discordgo.ApplicationCommandOption{{
				Type: discordgo.ApplicationCommandOptionString, Name: "text", Description: "what to repeat", Required: true,
			}}
		}
		list = append(list, k)
	}
	if _, err := s.ApplicationCommandBulkOverwrite(app, "", list); err != nil {
		log.Print("WARN The slash commands were not registered: ", a.words(err))
	}
}

// hear counts a message and answers it when it's a command.
func (a *app) hear(s *discordgo.Session, m *discordgo.MessageCreate) {
	if m.Author == nil || m.Author.Bot {
		return
	}
	a.answers.messages.Add(1)
	a.report.Count("messages", 1)
	name, rest, ok := a.answers.Parse(m.Content)
	if !ok {
		return
	}
	a.report.Count("commands", 1)
	_, err := s.ChannelMessageSendComplex(m.ChannelID, &discordgo.MessageSend{
		Content: a.answers.Answer(name, rest), AllowedMentions: &discordgo.MessageAllowedMentions{},
	})
	if err != nil {
		log.Print("WARN The answer was not sent: ", a.words(err))
	}
}

// slash answers a slash command.
func (a *app) slash(s *discordgo.Session, i *discordgo.InteractionCreate) {
	if i.Type != discordgo.InteractionApplicationCommand {
		return
	}
	a.report.Count("commands", 1)
	asked, rest := i.ApplicationCommandData(), ""
	for _, o := range asked.Options {
		rest = o.StringValue()
	}
	err := s.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{
		Type: discordgo.InteractionResponseChannelMessageWithSource,
		Data: &discordgo.InteractionResponseData{
			Content: a.answers.Answer(asked.Name, rest), AllowedMentions: &discordgo.MessageAllowedMentions{},
		},
	})
	if err != nil {
		log.Print("WARN The answer was not sent: ", a.words(err))
	}
}

// words are those of an error without the token.
func (a *app) words(err error) string {
	return strings.ReplaceAll(err.Error(), a.token, "[token]")
}

// transport sends what is for Discord's API to another address.
type transport struct{ base *url.URL }

// elsewhere is a transport for a base URL such as http://127.0.0.1:1234/api; "" is the usual one.
func elsewhere(base string) (http.RoundTripper, error) {
	base = strings.TrimRight(strings.TrimSpace(base), "/")
	if base == "" {
		return http.DefaultTransport, nil
	}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return nil, errors.New("BOTSWAIN_DISCORD_API_URL is no address; the usual one is https://discord.com/api")
	}
	return transport{u}, nil
}

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if path, ok := strings.CutPrefix(r.URL.Path, "/api/"); ok && r.URL.Host == "discord.com" {
		r = r.Clone(r.Context())
		r.URL.Scheme, r.URL.Host, r.Host = t.base.Scheme, t.base.Host, t.base.Host
		r.URL.Path, r.URL.RawPath = t.base.Path+"/"+path, ""
	}
	return http.DefaultTransport.RoundTrip(r)
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func setting(name, fallback string) string {
	if v := strings.TrimSpace(os.Getenv(name)); v != "" {
		return v
	}
	return fallback
}

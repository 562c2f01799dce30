package platform

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
)

// Storage keeps reports; *Store is the real one.
type Storage interface {
	Put(ctx context.Context, id bot.ID, key Key, r Report) error
	All(context.Context) (map[bot.ID]Stored, error)
}

// Bots finds definitions.
type Bots interface {
	All(context.Context) []bot.Bot
	Get(context.Context, bot.ID) (bot.Bot, bool)
}

// Tokens gives a bot's secret token; false when it has none.
type Tokens interface {
	Token(ctx context.Context, id bot.ID) (token string, ok bool)
}

// Events stores what happened.
type Events interface {
	Append(context.Context, event.Event) error
}

// Options are what a Service stands on. All but Tokens, Now and Log are needed.
type Options struct {
	Clients  map[Name]Client
	Tokens   Tokens // nil: tokens are in the bots' environment only
	Bots     Bots
	Store    Storage
	Pictures *Pictures
	// Fingerprint hashes a token with a key of this installation.
	Fingerprint func(string) [32]byte
	Events      Events
	Hub         *event.Hub
	Now         func() time.Time // nil: time.Now
	Log         *slog.Logger
}

// Service answers for bots. Its methods may be called from many goroutines. Run closes it.
type Service struct {
	Options
	asker   *asker
	outages *outages
	budgets *budgets
	poke    chan struct{} // wakes Run: changed has something

	mu      sync.RWMutex
	known   map[bot.ID]*known
	changed map[bot.ID]struct{} // whose token is to be looked at again
}

// known is what is in memory of a bot.
type known struct {
	key      Key // of the token that the report is about
	report   Report
	revision uint64
}

// New makes a service; Run does what nobody asks for.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{
		Options: o, asker: newAsker(o.Now), outages: newOutages(), budgets: newBudgets(),
		poke: make(chan struct{}, 1), known: map[bot.ID]*known{}, changed: map[bot.ID]struct{}{},
	}
}

// Close breaks off questions under way and waits for them.
func (s *Service) Close() { s.asker.close() }

// tokenName is the variable, and the name of the secret, that has a bot's token.
const tokenName = "TOKEN"

// token finds a bot's token: the secret, or else the variable of its environment.
func (s *Service) token(ctx context.Context, b bot.Bot) string {
	if s.Tokens != nil {
		if t, ok := s.Tokens.Token(ctx, b.ID); ok && t != "" {
			return t
		}
	}
	return b.Env[tokenName]
}

// KeyOf stands for a bot's present token; false when its platform can't be asked with one.
func (s *Service) KeyOf(ctx context.Context, b bot.Bot) (Key, bool) {
	if Of(b.Type) == "" {
		return Key{}, false
	}
	return s.KeyFor(b.Type, s.token(ctx, b))
}

// KeyFor stands for a token of a bot of that type; false as in KeyOf.
func (s *Service) KeyFor(t bot.Type, token string) (Key, bool) {
	name := Of(t)
	if name == "" || token == "" {
		return Key{}, false
	}
	return s.key(name, token), true
}

// Words for why a platform isn't asked.
const (
	noPlatform  = "This type of bot belongs to no platform."
	noUserCheck = "Telegram has no check for a person's account over HTTP. Only the bot itself can log in with it."
	noToken     = "The bot has no TOKEN. Add it to its secrets."
)

// unasked says why a bot's platform can't be asked; "" when it can.
func unasked(b bot.Bot, token string) string {
	switch {
	case b.Type == bot.TelegramUserbot:
		return noUserCheck
	case Of(b.Type) == "":
		return noPlatform
	case token == "":
		return noToken
	}
	return ""
}

// Look asks a bot's platform, or answers from memory what it said within the last 30 seconds. It
// takes at most five seconds; that nothing came is in the report, not an error. The error is ctx's,
// or a fault.Unavailable while Botswain ends.
func (s *Service) Look(ctx context.Context, b bot.Bot) (Report, error) {
	token, name := s.token(ctx, b), Of(b.Type)
	if why := unasked(b, token); why != "" || s.Clients[name] == nil {
		s.forget(ctx, b.ID)
		return Report{Platform: name, Unasked: why}, nil
	}
	key := s.key(name, token)
	client := s.Clients[name]
	answer, asked, err := s.asker.ask(ctx, key, question{
		look:  func(ctx context.Context) (*Facts, error) { return client.Look(ctx, token) },
		after: func(ctx context.Context, f *Facts) error { return s.fetchPicture(ctx, client, name, token, f.Identity) },
	})
	if err != nil {
		if ctx.Err() == nil {
			err = fault.Wrap(err, fault.Unavailable, "Botswain is ending.")
		}
		return Report{}, err
	}
	r := s.learn(ctx, b.ID, key, Report{
		Platform: name, Facts: answer.Facts, FactsAt: answer.FactsAt, Failure: answer.Failure, AskedAt: answer.AskedAt,
	})
	if asked {
		s.noteReach(ctx, name, b.ID, answer)
	}
	return s.counted(r), nil
}

// key is a token's place in memory: the same token on two platforms is two.
func (s *Service) key(name Name, token string) Key { return s.Fingerprint(string(name) + ":" + token) }

// learn takes a report in, if it is news: keeps it, stores it, and tells pages. What was known of
// the same token stays when the answer has less, as after a restart.
func (s *Service) learn(ctx context.Context, id bot.ID, key Key, r Report) Report {
	s.budgets.heard(r.Facts, r.FactsAt)
	s.mu.Lock()
	k := s.known[id]
	if k == nil {
		k = &known{}
		s.known[id] = k
	}
	if k.key == key && r.Facts == nil {
		r.Facts, r.FactsAt = k.report.Facts, k.report.FactsAt
	}
	stale := k.key == key && r.AskedAt.Before(k.report.AskedAt)
	same := k.key == key && r.AskedAt.Equal(k.report.AskedAt) && (r.Failure == nil) == (k.report.Failure == nil)
	if stale && !r.AskedAt.IsZero() || same {
		r = k.report
		s.mu.Unlock()
		return r
	}
	k.key, k.report = key, r
	k.revision++
	s.mu.Unlock()
	s.Hub.Publish(event.Topic{Kind: event.TopicPlatform, Bot: id})
	if f := r.Failure; f != nil {
		s.Log.InfoContext(ctx, "a platform gave no answer", "bot", id, "platform", r.Platform, "kind", f.Kind, "why", f.Message, "cause", f.Cause)
	}
	if err := s.Store.Put(ctx, id, key, r); err != nil {
		s.Log.WarnContext(ctx, "what a platform said is not stored", "bot", id, "error", err)
	}
	return r
}

// forget drops what was known of a bot that has no token to ask with any more.
func (s *Service) forget(ctx context.Context, id bot.ID) {
	s.mu.Lock()
	_, had := s.known[id]
	delete(s.known, id)
	s.mu.Unlock()
	s.tellEnded(ctx, s.outages.drop(id))
	if had {
		s.Hub.Publish(event.Topic{Kind: event.TopicPlatform, Bot: id})
	}
}

// Known is the last report about a bot, without asking anybody; Unasked says why there can't be
// one. A report about another token than the bot's present one doesn't count.
func (s *Service) Known(ctx context.Context, b bot.Bot) Report { return s.counted(s.last(ctx, b)) }

// last is Known with Discord's own count of sessions.
func (s *Service) last(ctx context.Context, b bot.Bot) Report {
	token, name := s.token(ctx, b), Of(b.Type)
	if why := unasked(b, token); why != "" {
		return Report{Platform: name, Unasked: why}
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if k := s.known[b.ID]; k != nil && k.key == s.key(name, token) {
		return k.report
	}
	return Report{Platform: name}
}

// Revision grows with each change of a bot's report and picture.
func (s *Service) Revision(id bot.ID) uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if k := s.known[id]; k != nil {
		return k.revision
	}
	return 0
}

// Outages are the platforms that can't be reached now.
func (s *Service) Outages() []Outage { return s.outages.list() }

// PictureOf says which version of a picture is here for the bot of a report; "": none.
func (s *Service) PictureOf(r Report) string {
	if r.Facts == nil {
		return ""
	}
	return s.Pictures.Version(r.Platform, r.Facts.Identity.ID)
}

// ReadPicture gives the picture of a report's bot; fault.NotFound when there is none.
func (s *Service) ReadPicture(r Report) (data []byte, contentType, version string, err error) {
	if r.Facts != nil {
		data, contentType, version, err = s.Pictures.Read(r.Platform, r.Facts.Identity.ID)
		if err == nil {
			return data, contentType, version, nil
		}
	}
	return nil, "", "", fault.Wrap(err, fault.NotFound, "This bot has no picture.")
}

// fetchPicture brings the kept picture up to date.
func (s *Service) fetchPicture(ctx context.Context, c Client, name Name, token string, who Identity) error {
	here := s.Pictures.Version(name, who.ID)
	pic, err := c.Picture(ctx, token, who, func(ref string) bool { return here != "" && versionOf(ref) == here })
	changed := false
	if err == nil {
		changed, err = s.Pictures.Keep(name, who.ID, pic)
	}
	if err != nil {
		s.Log.InfoContext(ctx, "a bot's picture is not here", "platform", name, "error", Scrub(err.Error(), token))
	}
	if changed {
		s.repaint(name, who.ID)
	}
	return err
}

// repaint tells pages that the picture of an identity is another.
func (s *Service) repaint(name Name, identity string) {
	var topics []event.Topic
	s.mu.Lock()
	for id, k := range s.known {
		if f := k.report.Facts; f != nil && k.report.Platform == name && f.Identity.ID == identity {
			k.revision++
			topics = append(topics, event.Topic{Kind: event.TopicPlatform, Bot: id})
		}
	}
	s.mu.Unlock()
	s.Hub.Publish(topics...)
}

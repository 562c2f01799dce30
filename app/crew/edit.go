package crew

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/secret"
)

// Create stores a new bot; it doesn't start it. Wrong input, a name that is taken, a directory or a
// bot to start after that isn't there are a fault.Invalid with Fields.
func (s *Service) Create(ctx context.Context, by event.Actor, spec bot.Spec) (View, error) {
	return s.CreateWith(ctx, by, spec, secret.Change{})
}

// CreateWith is Create of a bot with secrets: both are stored, or nothing is.
func (s *Service) CreateWith(ctx context.Context, by event.Actor, spec bot.Spec, secrets secret.Change) (View, error) {
	spec = spec.Normalize()
	if err := also(check(spec, ""), secrets.Check()); err != nil {
		return View{}, err
	}
	return s.create(ctx, by, spec, secrets, "Created "+spec.Name)
}

func (s *Service) create(ctx context.Context, by event.Actor, spec bot.Spec, secrets secret.Change, message string) (View, error) {
	if err := s.begin(ctx); err != nil {
		return View{}, err
	}
	defer s.change.give()
	if err := s.checkOrder(bot.ID{}, spec); err != nil {
		return View{}, err
	}
	id := bot.NewID()
	change, err := s.prepare(id, secrets)
	if err != nil {
		return View{}, err
	}
	b, err := s.store.Create(ctx, bot.Bot{ID: id, Spec: spec}, event.Event{
		Kind: event.BotCreated, Actor: by, Message: message,
	}, change.inTx(by)...)
	if err != nil {
		return View{}, s.unsure(err)
	}
	change.done()
	s.took(ctx, b, event.Topic{Kind: event.TopicCrew})
	return s.view(b), nil
}

// Update replaces a bot's definition. It applies at the next start; a running process is left
// alone. version is the one that the change was made from (0: any); when it isn't the newest any
// more, the answer is a fault.Conflict. A definition that is the same already changes nothing.
func (s *Service) Update(ctx context.Context, by event.Actor, id bot.ID, version int, spec bot.Spec) (View, error) {
	return s.UpdateWith(ctx, by, id, version, spec, secret.Change{})
}

// UpdateWith is Update that changes secrets as well: both are stored, or nothing is.
func (s *Service) UpdateWith(ctx context.Context, by event.Actor, id bot.ID, version int, spec bot.Spec, secrets secret.Change) (View, error) {
	old, err := s.find(ctx, id)
	if err != nil {
		return View{}, err
	}
	spec = spec.Normalize()
	if err := also(check(spec, old.Dir), secrets.Check()); err != nil {
		return View{}, err
	}
	if err := s.begin(ctx); err != nil {
		return View{}, err
	}
	defer s.change.give()
	if s.roll.isLeaving(id) {
		return View{}, leavingFault()
	}
	if err := s.checkOrder(id, spec); err != nil {
		return View{}, err
	}
	change, err := s.prepare(id, secrets)
	if err != nil {
		return View{}, err
	}
	if now, ok := s.roll.get(id); ok && change.none() && (version == 0 || version == now.Version) && reflect.DeepEqual(now.Spec, spec) {
		return s.view(now), nil // nothing would change, so nobody's form grows old
	}
	b, err := s.store.Update(ctx, bot.Bot{ID: id, Spec: spec}, version, s.updated(by, id, spec, change), change.inTx(by)...)
	if err != nil {
		return View{}, s.unsure(err)
	}
	change.done()
	s.took(ctx, b)
	return s.view(b), nil
}

// updated is the event of a changed definition; none when only secrets change, which have their own.
func (s *Service) updated(by event.Actor, id bot.ID, spec bot.Spec, change prepared) event.Event {
	if old, ok := s.roll.get(id); ok && !change.none() && reflect.DeepEqual(old.Spec, spec) {
		return event.Event{}
	}
	return event.Event{Kind: event.BotUpdated, Actor: by, Message: "Changed the settings of " + spec.Name}
}

// took brings a stored definition everywhere else. s.change is held. The supervisor refuses only
// when Botswain stops; then it reads the definition at the next start.
func (s *Service) took(ctx context.Context, b bot.Bot, topics ...event.Topic) {
	s.roll.set(b)
	if err := s.supervisor.Put(context.WithoutCancel(ctx), b); err != nil {
		s.log.Warn("the supervisor did not take a definition", "bot", b.ID, "err", err)
	}
	s.hub.Publish(append(topics, event.Topic{Kind: event.TopicBot, Bot: b.ID}, event.Topic{Kind: event.TopicEvents})...)
}

// check is what a definition must hold besides what Validate says: its directory is there.
// Whether the program is, shows at the start; it may be built later.
func check(spec bot.Spec, oldDir string) error {
	err := spec.Validate()
	if e, ok := fault.As(err); ok && e.Fields["dir"] != "" || spec.Dir == oldDir {
		return err
	}
	wrong := wrongDir(spec.Dir)
	if wrong == "" {
		return err
	}
	if e, ok := fault.As(err); ok {
		e.Fields["dir"] = wrong
		return e
	}
	return &fault.Error{Code: fault.Invalid, Message: "Please correct: dir.", Fields: map[string]string{"dir": wrong}}
}

// wrongDir says why a directory can't be one of a bot, or "".
func wrongDir(dir string) string {
	info, err := os.Stat(dir)
	switch {
	case os.IsPermission(err):
		return "Botswain may not read this directory. Change its permissions, or choose another."
	case err != nil:
		return "There is no such directory on this machine. Make it first, or choose another."
	case !info.IsDir():
		return "This is a file. Choose the directory that it is in."
	}
	return ""
}

// Duplicate stores a copy of a bot, named "… (copy)" or "… (copy 2)" and so on. Its secrets aren't
// copied: two bots with one token would take each other's messages.
func (s *Service) Duplicate(ctx context.Context, by event.Actor, id bot.ID) (View, error) {
	b, err := s.find(ctx, id)
	if err != nil {
		return View{}, err
	}
	spec := b.Normalize()
	return s.createNamed(ctx, by, spec, func(n int) string { return copyName(b.Name, n) }, "Copied from "+b.Name)
}

// createNamed tries names until one is free: another browser may take the same at once.
func (s *Service) createNamed(ctx context.Context, by event.Actor, spec bot.Spec, name func(n int) string, message string) (View, error) {
	for n := 1; ; n++ {
		spec.Name = name(n)
		if s.taken(spec.Name) {
			continue
		}
		v, err := s.create(ctx, by, spec, secret.Change{}, message)
		if e, ok := fault.As(err); ok && e.Fields["name"] != "" && n < 1000 {
			continue
		}
		return v, err
	}
}

func (s *Service) taken(name string) bool {
	for _, b := range s.roll.all() {
		if strings.EqualFold(b.Name, name) {
			return true
		}
	}
	return false
}

// copyName is the nth name for a copy, cut so that it stays a legal name.
func copyName(name string, n int) string {
	tail := " (copy)"
	if n > 1 {
		tail = fmt.Sprintf(" (copy %d)", n)
	}
	return cut(name, bot.MaxNameLength-utf8.RuneCountInString(tail)) + tail
}

func cut(s string, runes int) string {
	if r := []rune(s); len(r) > runes {
		return strings.TrimSpace(string(r[:runes]))
	}
	return s
}

// deletePatience is how long a deletion waits past the bot's own stop time.
const deletePatience = time.Minute

// Delete stops a bot, waits until nothing of it lives, and forgets it with its runs and its log.
// Once begun it goes on when ctx ends. A second call meanwhile is a fault.Conflict.
func (s *Service) Delete(ctx context.Context, by event.Actor, id bot.ID) error {
	b, err := s.find(ctx, id)
	if err != nil {
		return err
	}
	if !s.roll.leave(id) {
		return leavingFault()
	}
	defer s.roll.stay(id)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), b.Stop.Timeout+deletePatience)
	defer cancel()
	if err := s.supervisor.Retire(ctx, id, by); err != nil && fault.CodeOf(err) != fault.NotFound {
		s.keep(ctx, id)
		return err
	}
	if err := s.remove(ctx, by, b); err != nil {
		s.keep(ctx, id)
		return err
	}
	s.dropped(ctx, id)
	return nil
}

// remove deletes the rows, then forgets the definition.
func (s *Service) remove(ctx context.Context, by event.Actor, b bot.Bot) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.change.give()
	changed, err := s.store.Delete(ctx, b.ID, event.Event{Kind: event.BotDeleted, Actor: by, Message: "Deleted " + b.Name})
	if err != nil {
		return s.unsure(err)
	}
	s.roll.drop(b.ID)
	s.forgetSecrets(b.ID)
	for _, other := range changed {
		s.took(ctx, other)
	}
	return nil
}

// dropped cleans up behind a bot that is gone for people; what fails is for the log.
func (s *Service) dropped(ctx context.Context, id bot.ID) {
	s.hub.Publish(event.Topic{Kind: event.TopicCrew}, event.Topic{Kind: event.TopicEvents})
	if err := s.supervisor.Remove(ctx, id); err != nil {
		s.log.Warn("the supervisor could not let go of a deleted bot", "bot", id, "err", err)
	}
	_ = s.logs.Forget(ctx, id) // it says itself what can't be removed now, and goes on until it is
}

// keep takes a deletion back.
func (s *Service) keep(ctx context.Context, id bot.ID) {
	b, ok := s.roll.get(id)
	if !ok {
		return
	}
	if err := s.supervisor.Put(context.WithoutCancel(ctx), b); err != nil {
		s.log.Warn("the supervisor did not take a bot back", "bot", id, "err", err)
	}
}

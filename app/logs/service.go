package logs

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/logs/redact"
)

const (
	// DefaultRetention is how long lines are kept at least.
	DefaultRetention = 14 * 24 * time.Hour
	// DefaultLimit and MaxLimit bound a page, in lines.
	DefaultLimit = 500
	MaxLimit     = 10_000
	// drainTime bounds how long Run goes on after its context has ended.
	drainTime = 20 * time.Second
	// pageWait bounds how long a settled page waits for lines that were shown already.
	pageWait = time.Second
)

// Options are what a Service needs. Storage, SpoolRoot, Hub and Log must be set.
type Options struct {
	Storage Storage
	// SpoolRoot is the folder with <bot>/<run>/{stdout,stderr}.
	SpoolRoot string
	Hub       *event.Hub
	Log       *slog.Logger
	// Retention is how long lines are kept; 0: DefaultRetention.
	Retention time.Duration
	// MaxBot and MaxTotal cap what is spooled and not stored, of each bot and of all, in bytes; over
	// that the oldest goes. 0: DefaultMaxBot, DefaultMaxTotal.
	MaxBot, MaxTotal int64
	// Searcher answers Search; nil: nothing can be searched for.
	Searcher Searcher
	// Now is the clock that lines are stamped with; nil: time.Now.
	Now func() time.Time

	// Secrets are a bot's secrets, which are blanked out of what it prints; whatever looks like a token
	// of Telegram or Discord is in any case. It is asked when a bot is first met and after
	// SecretsChanged, by any goroutine; it must answer from memory, and not call this service. Nil: none.
	Secrets func(bot.ID) []redact.Secret

	// Polling is told when output begins to be looked for by polling, because the kernel has no
	// inotify watches to give, and when that is over. It must not block. Nil: nobody.
	Polling func(on bool)

	drain   time.Duration
	inotify inotify
	// unredacted is for benchmarks: lines are stored as they are.
	unredacted bool
}

// Service is the log path: it reads what bots print, has it stored, and gives it out. Its methods
// may be called from many goroutines, before Run too.
type Service struct {
	opt     Options
	storage Storage
	hub     *event.Hub
	log     *slog.Logger
	mail    *mailbox
	recent  *recent
	keys    *keyring
	pending atomic.Pointer[pending]
	owed    *owed
	ended   chan struct{}
}

type pending struct {
	bytes  int64
	oldest time.Time
}

// New makes a service; nothing happens until Run.
func New(o Options) *Service {
	if o.Retention <= 0 {
		o.Retention = DefaultRetention
	}
	o.MaxBot, o.MaxTotal = cmp.Or(o.MaxBot, DefaultMaxBot), cmp.Or(o.MaxTotal, DefaultMaxTotal)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.inotify.init == nil {
		o.inotify = kernel()
	}
	if o.drain == 0 {
		o.drain = drainTime
	}
	s := &Service{
		opt: o, storage: o.Storage, hub: o.Hub, log: o.Log,
		mail: newMailbox(), recent: newRecent(), keys: newKeyring(o.Secrets), owed: newOwed(), ended: make(chan struct{}),
	}
	s.pending.Store(&pending{})
	return s
}

// Run carries lines until ctx ends. Then it reads what the spools hold at that moment and returns
// when that is stored, but after 20 seconds at the latest, with an error; the rest stays in the
// spool for the next start. Call it once.
func (s *Service) Run(ctx context.Context) error {
	defer close(s.ended)
	defer s.mail.close()
	// The work outlives ctx: what is left is stored after it has ended.
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer context.AfterFunc(ctx, func() { time.AfterFunc(s.opt.drain, stop) })()
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	st, edition, err := s.begin(work)
	if err != nil {
		return err
	}
	w, c := newWatcher(s.opt.inotify), newCommitter(s.storage, s.log)
	wg.Go(func() { w.run(work) })
	wg.Go(func() { c.run(work) })
	wg.Go(func() { s.maintain(ctx) })
	wg.Go(func() { s.forgetOwed(ctx) })
	if err := newIngest(s, st, edition, w, c).run(ctx, work); err != nil {
		s.log.Error("logs: gave up storing; the rest stays in the spool", "error", err)
		return fmt.Errorf("logs: %w", err)
	}
	return nil
}

// Follow begins to read a run's spool folder, which may come into being later. Runs of one bot are
// stored in the order in which they are followed. A second call for a run does nothing.
func (s *Service) Follow(id bot.ID, run bot.RunID, dir string) {
	s.keys.of(id) // known from here on, however soon they are replaced
	s.mail.put(func(in *ingest) { in.follow(id, run, dir) })
}

// Finish says that nothing will be appended to the run's files any more. They are read to their
// end, and the folder is removed once all is stored. An unknown run is ignored.
func (s *Service) Finish(run bot.RunID) {
	s.mail.put(func(in *ingest) { in.finish(run) })
}

// Note stores Botswain's own words about a bot, in the System stream. A note made after Finish
// comes after that run's last line. Notes wait in memory, not in the spool: a crash may lose them.
func (s *Service) Note(id bot.ID, run bot.RunID, level int, text string) {
	s.mail.put(func(in *ingest) { in.say(id, &note{run, Level(level), text}) })
}

// Echo is Note for a line that is about to be sent to a run: it comes before whatever of the run's
// output hasn't been read yet, and so before what the bot answers.
func (s *Service) Echo(id bot.ID, run bot.RunID, level int, text string) {
	s.mail.put(func(in *ingest) { in.echo(id, &note{run, Level(level), text}) })
}

// Page reads lines that are stored; Recent may know newer ones, which follow on them. Limit 0 means DefaultLimit; it is capped at MaxLimit. The error is a
// fault.Unavailable when the storage is away.
func (s *Service) Page(ctx context.Context, q Query) (Page, error) {
	if q.Limit <= 0 {
		q.Limit = DefaultLimit
	}
	q.Limit = min(q.Limit, MaxLimit)
	if q.Settled {
		s.Settle(ctx, q.Bot)
	}
	if q.searches() {
		return s.pageOf(ctx, q)
	}
	return s.storage.Page(ctx, q)
}

// Recent gives up to limit lines after a seq from memory, without a gap. The newest of them may not
// be stored yet, but they will be, with the seq they have. With ok false they aren't there (too old,
// or from before the start) but are stored: ask Page. Empty and ok means that there is nothing newer.
func (s *Service) Recent(id bot.ID, afterSeq int64, limit int) (lines []Line, ok bool) {
	return s.recent.after(id, afterSeq, limit)
}

// LastSeq is the seq of the bot's newest line that readers can get; 0: none yet.
func (s *Service) LastSeq(id bot.ID) int64 { return s.recent.last(id) }

// StoredSeq is the seq of the bot's newest stored line; 0: none yet.
func (s *Service) StoredSeq(id bot.ID) int64 { return s.recent.storedSeq(id) }

// Pending says how many bytes of spools aren't stored yet, and since when the oldest of those that
// were read wait. It is up to two seconds old.
func (s *Service) Pending() (bytes int64, oldest time.Time) {
	p := s.pending.Load()
	return p.bytes, p.oldest
}

// Forget removes all lines and spools of a bot that is deleted; its processes must have ended. After an
// error, as of a disk that is read-only, it is tried again until it is done or this life ends; the next
// one sweeps up.
func (s *Service) Forget(ctx context.Context, id bot.ID) error {
	select {
	case err := <-s.owed.add(id):
		return err
	case <-s.ended:
		return shuttingDown()
	case <-ctx.Done():
		return fault.Wrap(ctx.Err(), fault.Unavailable, "The log can't be deleted now: the database doesn't answer.")
	}
}

func (s *Service) forget(ctx context.Context, id bot.ID) error {
	free := make(chan struct{})
	if !s.mail.put(func(in *ingest) { in.forget(id, func() { close(free) }) }) {
		return shuttingDown()
	}
	select {
	case <-free:
	case <-s.ended:
		return shuttingDown()
	case <-ctx.Done():
		return shuttingDown()
	}
	if err := removeSpool(s.opt.SpoolRoot, id); err != nil {
		return fmt.Errorf("remove the spool of bot %s: %w", id, err)
	}
	s.keys.forget(id)
	select {
	case s.owed.turn <- struct{}{}:
		defer func() { <-s.owed.turn }()
		return s.storage.Delete(ctx, id)
	case <-ctx.Done():
		return shuttingDown()
	}
}

func shuttingDown() error { return fault.New(fault.Unavailable, "Botswain is shutting down.") }

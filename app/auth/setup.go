package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"strings"
	"sync"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
)

// codeLetters leaves out I, L, O and U: they are misread (Crockford's base 32).
const codeLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// setupCode is made when it is first asked for and gone after use.
type setupCode struct {
	mu    sync.Mutex
	value string
}

// SetupCode gives the one-time code that proves to Setup that its user can read Botswain's
// terminal, such as "7K2M-91XD-QRT4" (60 random bits). One a process.
func (s *Service) SetupCode() string {
	s.code.mu.Lock()
	defer s.code.mu.Unlock()
	if s.code.value == "" {
		s.code.value = newCode()
	}
	return s.code.value
}

func newCode() string {
	var raw [12]byte
	_, _ = rand.Read(raw[:]) // never fails: see crypto/rand
	var b strings.Builder
	for i, r := range raw {
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(codeLetters[int(r)%len(codeLetters)])
	}
	return b.String()
}

// plainCode forgives case, spaces, dashes and the letters that look like digits.
func plainCode(typed string) string {
	return strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(strings.TrimSpace(typed)))
}

func (c *setupCode) matches(typed string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.value == "" {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(plainCode(typed)), []byte(plainCode(c.value))) == 1
}

func (c *setupCode) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.value = ""
}

// NeedsSetup says whether there is no user yet.
func (s *Service) NeedsSetup(ctx context.Context) (bool, error) {
	if s.hasUser.Load() {
		return false, nil
	}
	any, err := s.store.anyUser(ctx)
	if err != nil {
		return false, err
	}
	if any {
		s.hasUser.Store(true)
	}
	return !any, nil
}

// Setup makes the first administrator. Errors: fault.Invalid at the fields "code", "username" and
// "password"; fault.TooMany after too many wrong codes; fault.Conflict when there is a user
// already, also when somebody else was a moment faster.
func (s *Service) Setup(ctx context.Context, code, username, password, remoteIP string) (User, error) {
	needed, err := s.NeedsSetup(ctx)
	if err != nil {
		return User{}, err
	}
	if !needed {
		return User{}, alreadySetUp()
	}
	username = strings.TrimSpace(username)
	address := addressKey(remoteIP)
	if wait := s.limits.codes.begin(address); wait > 0 {
		return User{}, tooMany(wait)
	}
	fields := checkAccount(username, password)
	switch {
	case plainCode(code) == "":
		fields["code"] = "Enter the code that Botswain printed when it started."
		s.limits.codes.undo(address)
	case !s.code.matches(code):
		fields["code"] = "This isn't the code that Botswain printed when it last started."
		s.log.Info("set-up code refused", "ip", remoteIP)
	default:
		s.limits.codes.undo(address)
	}
	if len(fields) > 0 {
		return User{}, invalid(fields)
	}
	user, err := s.addFirst(ctx, username, password)
	if err != nil {
		return User{}, err
	}
	s.code.drop()
	return user, nil
}

// EnsureAdmin makes the first administrator from the settings, when there is no user at all. With
// a user, or without a name, it does nothing. Errors: fault.Invalid with the fields.
func (s *Service) EnsureAdmin(ctx context.Context, username, password string) error {
	if username == "" {
		return nil
	}
	needed, err := s.NeedsSetup(ctx)
	if err != nil || !needed {
		return err
	}
	if fields := checkAccount(username, password); len(fields) > 0 {
		return invalid(fields)
	}
	if _, err = s.addFirst(ctx, username, password); fault.CodeOf(err) == fault.Conflict {
		return nil
	}
	return err
}

// addFirst inserts a user only if there is none, whoever else tries at the same time.
func (s *Service) addFirst(ctx context.Context, username, password string) (User, error) {
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return User{}, err
	}
	u := User{ID: uuid.New(), Username: username, Role: RoleAdmin, CreatedAt: s.now()}
	first, err := s.store.insertFirstUser(ctx, u, hash)
	if err != nil {
		return User{}, err
	}
	s.hasUser.Store(true)
	if !first {
		return User{}, alreadySetUp()
	}
	s.record(ctx, event.UserCreated, event.Actor(username), "The first administrator, "+username+", was created")
	return u, nil
}

func alreadySetUp() error {
	return fault.New(fault.Conflict, "Botswain is set up already; sign in instead.")
}

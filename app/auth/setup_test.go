package auth

import (
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
)

func TestSetup(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	if needed, err := f.NeedsSetup(ctx); err != nil || !needed {
		t.Fatalf("NeedsSetup: %v, %v", needed, err)
	}
	_, err := f.Setup(ctx, "", "admin", goodPassword, home)
	wantFields(t, err, "code")
	code := f.SetupCode()
	if !regexp.MustCompile(`^([0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}$`).MatchString(code) {
		t.Errorf("code %q", code)
	}
	if f.SetupCode() != code {
		t.Error("the code changed")
	}
	_, err = f.Setup(ctx, "AAAA-AAAA-AAAA", "ad min", "short", home)
	wantFields(t, err, "code", "username", "password")
	_, err = f.Setup(ctx, code, "admin", "short", home)
	wantFields(t, err, "password")

	sloppy := " " + strings.ToLower(strings.ReplaceAll(code, "-", " ")) + " "
	u, err := f.Setup(ctx, sloppy, " admin ", goodPassword, home)
	if err != nil || u.Username != "admin" || u.Role != RoleAdmin {
		t.Fatalf("got %+v, %v", u, err)
	}
	if needed, _ := f.NeedsSetup(ctx); needed {
		t.Error("still needs a set-up")
	}
	_, err = f.Setup(ctx, code, "second", goodPassword, home)
	wantCode(t, err, fault.Conflict)
	if f.code.matches(code) {
		t.Error("the code still counts")
	}
	if kinds := f.heard.kinds(); len(kinds) != 1 || kinds[0] != event.UserCreated {
		t.Errorf("recorded %v", kinds)
	}
	if strings.Contains(f.out.String(), code) || strings.Contains(f.out.String(), goodPassword) {
		t.Error("the log holds a secret")
	}
}

func TestSetupCodeIsNotGuessed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	code := f.SetupCode()
	for range freeByName {
		_, err := f.Setup(t.Context(), "0000-0000-0000", "admin", goodPassword, home)
		wantFields(t, err, "code")
	}
	_, err := f.Setup(t.Context(), code, "admin", goodPassword, home)
	if e := wantCode(t, err, fault.TooMany); e.RetryAfter != firstPause {
		t.Errorf("RetryAfter %s", e.RetryAfter)
	}
	if _, err = f.Setup(t.Context(), code, "admin", goodPassword, "198.51.100.1"); err != nil {
		t.Errorf("another address: %v", err)
	}
}

// TestSetupRace: two services, as two processes would be, and many people at once make one user.
func TestSetupRace(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	other := New(Options{Pool: f.pool, Events: f.heard, Clock: f.clock.Now})
	codes := map[*Service]string{f.Service: f.SetupCode(), other: other.SetupCode()}
	var mu sync.Mutex
	var wg sync.WaitGroup
	made, late := 0, 0
	for i := range 8 {
		s := f.Service
		if i%2 == 1 {
			s = other
		}
		wg.Go(func() {
			_, err := s.Setup(t.Context(), codes[s], "admin"+string(rune('a'+i)), goodPassword, home)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				made++
			case fault.CodeOf(err) == fault.Conflict, fault.CodeOf(err) == fault.TooMany, fault.CodeOf(err) == fault.Invalid:
				late++ // conflict, or the code was gone already
			default:
				t.Errorf("got %v", err)
			}
		})
	}
	wg.Wait()
	if made != 1 || f.count("select count(*) from users") != 1 {
		t.Errorf("%d administrators were made (%d late), %d are stored", made, late, f.count("select count(*) from users"))
	}
}

func TestEnsureAdmin(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if err := f.EnsureAdmin(t.Context(), "", ""); err != nil || f.count("select count(*) from users") != 0 {
		t.Fatalf("without settings: %v", err)
	}
	wantFields(t, f.EnsureAdmin(t.Context(), "admin", "short"), "password")
	for _, name := range []string{"admin", "second"} {
		if err := f.EnsureAdmin(t.Context(), name, goodPassword); err != nil {
			t.Fatal(err)
		}
	}
	if f.count("select count(*) from users") != 1 {
		t.Error("the settings made a user although there was one")
	}
	if _, err := f.Login(t.Context(), "ADMIN", goodPassword, home); err != nil {
		t.Error(err)
	}
}

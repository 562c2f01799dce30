package auth

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
)

func TestLogin(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	want := f.user("Ada")
	u, err := f.Login(t.Context(), "aDA", goodPassword, home)
	if err != nil || u.ID != want.ID || u.Username != "Ada" {
		t.Fatalf("got %+v, %v", u, err)
	}
	if !slices.Contains(f.heard.kinds(), event.UserLogin) {
		t.Error("not recorded")
	}

	_, wrong := f.Login(t.Context(), "ada", "not the password", home)
	_, unknown := f.Login(t.Context(), "nobody", "not the password", home)
	_, odd := f.Login(t.Context(), "a\x00\xff'--", strings.Repeat("x", 1<<16), home)
	wantCode(t, wrong, fault.Unauthorized)
	if !reflect.DeepEqual(wrong, unknown) || !reflect.DeepEqual(wrong, odd) {
		t.Errorf("the answers differ: %v, %v, %v", wrong, unknown, odd)
	}
	for _, secret := range []string{goodPassword, "not the password", "nobody"} {
		if strings.Contains(f.out.String(), secret) {
			t.Errorf("the log holds what was typed: %q", secret)
		}
	}
}

// TestLoginPauses: by name, whether the user exists or not, and also for the right password.
func TestLoginPauses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.user("ada")
	for _, name := range []string{"ada", "nobody"} {
		for i := range freeByName {
			_, err := f.Login(t.Context(), name, "wrong password", fmt.Sprintf("192.0.2.%d", i))
			wantCode(t, err, fault.Unauthorized)
		}
		_, err := f.Login(t.Context(), strings.ToUpper(name), goodPassword, "198.51.100.1")
		if e := wantCode(t, err, fault.TooMany); e.RetryAfter != firstPause {
			t.Errorf("%s: RetryAfter %s", name, e.RetryAfter)
		}
	}
	f.clock.add(firstPause)
	if _, err := f.Login(t.Context(), "ada", goodPassword, home); err != nil {
		t.Fatalf("after the pause: %v", err)
	}
	for range freeByName {
		_, err := f.Login(t.Context(), "ada", "wrong password", home)
		wantCode(t, err, fault.Unauthorized)
	}
}

// TestLoginPausesAddress: one address can't go through many names.
func TestLoginPausesAddress(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.user("ada")
	for i := range freeByAddress {
		_, err := f.Login(t.Context(), fmt.Sprintf("name%d", i), "wrong password", home)
		wantCode(t, err, fault.Unauthorized)
	}
	_, err := f.Login(t.Context(), "ada", goodPassword, home)
	wantCode(t, err, fault.TooMany)
	if _, err := f.Login(t.Context(), "ada", goodPassword, "198.51.100.1"); err != nil {
		t.Errorf("another address: %v", err)
	}
}

// TestLoginOutageIsNoFailure: tries that nobody could judge don't count.
func TestLoginOutageIsNoFailure(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.pool.Close()
	for range freeByName + 2 {
		_, err := f.Login(t.Context(), "ada", goodPassword, home)
		wantCode(t, err, fault.Unavailable)
	}
}

func TestUsers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ada := f.user("ada")
	_, err := f.AddUser(t.Context(), "ada", "ADA", goodPassword)
	wantFields(t, err, "username")
	f.user("Bob")
	list, err := f.ListUsers(t.Context())
	if err != nil || len(list) != 2 || list[0].Username != "ada" || list[1].Username != "Bob" || list[0].CreatedAt.IsZero() {
		t.Errorf("got %+v, %v", list, err)
	}
	if u, err := f.UserByName(t.Context(), "Ada"); err != nil || u.ID != ada.ID {
		t.Errorf("got %+v, %v", u, err)
	}
	_, err = f.UserByName(t.Context(), "nobody")
	wantCode(t, err, fault.NotFound)

	wantFields(t, f.SetPassword(t.Context(), ada.ID, "short"), "password")
	wantCode(t, f.SetPassword(t.Context(), [16]byte{1}, goodPassword), fault.NotFound)
	cookie := f.signIn(ada, SignIn{})
	if err := f.SetPassword(t.Context(), ada.ID, "another good one"); err != nil {
		t.Fatal(err)
	}
	if f.who(cookie) != "" {
		t.Error("a new password leaves old sessions open")
	}
	_, err = f.Login(t.Context(), "ada", goodPassword, home)
	wantCode(t, err, fault.Unauthorized)
	f.clock.add(time.Hour)
	if _, err = f.Login(t.Context(), "ada", "another good one", home); err != nil {
		t.Error(err)
	}
}

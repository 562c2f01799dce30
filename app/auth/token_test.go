package auth

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
)

func TestToken(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ada := f.user("ada")
	ctx := t.Context()
	raw, err := f.CreateToken(ctx, ada.ID, " deploy ", 0)
	if err != nil || !regexp.MustCompile(`^bsw_[A-Za-z0-9_-]{43}$`).MatchString(raw) {
		t.Fatalf("a token of %d characters, %v", len(raw), err)
	}
	if u, err := f.UserByToken(ctx, raw); err != nil || u.ID != ada.ID || u.Username != "ada" || u.Role != RoleAdmin {
		t.Errorf("got %+v, %v", u, err)
	}
	for _, wrong := range []string{"", "bsw_", raw[:len(raw)-1], raw[:len(raw)-1] + "!", "xyz_" + raw[4:], strings.ToUpper(raw), raw + "A"} {
		_, err := f.UserByToken(ctx, wrong)
		wantCode(t, err, fault.Unauthorized)
	}
	list, err := f.ListTokens(ctx)
	if err != nil || len(list) != 1 || list[0].Name != "deploy" || list[0].Username != "ada" || list[0].LastUsedAt == nil {
		t.Fatalf("got %+v, %v", list, err)
	}
	if err := f.RevokeToken(ctx, list[0].ID); err != nil {
		t.Fatal(err)
	}
	_, err = f.UserByToken(ctx, raw)
	wantCode(t, err, fault.Unauthorized)
	wantCode(t, f.RevokeToken(ctx, list[0].ID), fault.NotFound)

	_, err = f.CreateToken(ctx, ada.ID, strings.Repeat("n", 101), -time.Second)
	wantFields(t, err, "name", "ttl")
	_, err = f.CreateToken(ctx, uuid.New(), "x", 0)
	wantCode(t, err, fault.NotFound)
	if !slices.Contains(f.heard.kinds(), event.TokenMade) {
		t.Error("not recorded")
	}
	if strings.Contains(f.out.String(), raw) {
		t.Error("the log holds the token")
	}
	for _, e := range f.heard.list {
		if strings.Contains(e.Message, "bsw_") {
			t.Error("an event holds the token")
		}
	}
}

func TestTokenEnds(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	raw, err := f.CreateToken(t.Context(), f.user("ada").ID, "", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	f.clock.add(time.Minute - time.Second)
	if _, err := f.UserByToken(t.Context(), raw); err != nil {
		t.Fatal(err)
	}
	f.clock.add(time.Second) // within the time that a look-up is trusted
	_, err = f.UserByToken(t.Context(), raw)
	wantCode(t, err, fault.Unauthorized)
}

// TestTokenGrace: the look-up is kept for a moment, and longer while the database is away.
func TestTokenGrace(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ada := f.user("ada")
	known, _ := f.CreateToken(t.Context(), ada.ID, "known", 0)
	unseen, _ := f.CreateToken(t.Context(), ada.ID, "unseen", 0)
	if _, err := f.UserByToken(t.Context(), known); err != nil {
		t.Fatal(err)
	}
	f.pool.Close()
	f.clock.add(graceTime - time.Second)
	if u, err := f.UserByToken(t.Context(), known); err != nil || u.Username != "ada" {
		t.Errorf("got %+v, %v", u, err)
	}
	_, err := f.UserByToken(t.Context(), unseen)
	wantCode(t, err, fault.Unavailable)
	f.clock.add(time.Second)
	_, err = f.UserByToken(t.Context(), known)
	wantCode(t, err, fault.Unavailable)
}

func TestTokenUseOnceAMinute(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	raw, _ := f.CreateToken(t.Context(), f.user("ada").ID, "", 0)
	used := func() time.Time {
		if _, err := f.UserByToken(t.Context(), raw); err != nil {
			t.Fatal(err)
		}
		list, err := f.ListTokens(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return *list[0].LastUsedAt
	}
	first := used()
	f.clock.add(59 * time.Second)
	if !used().Equal(first) {
		t.Error("written within the minute")
	}
	f.clock.add(time.Minute)
	if !used().Equal(f.clock.Now()) {
		t.Error("not written after a minute")
	}
}

func TestGraceIsBounded(t *testing.T) {
	t.Parallel()
	c := newClock()
	g := newTokenCache(c.Now)
	for range graceRoom + 10 {
		g.remember(hashToken(uuid.NewString()), storedToken{})
	}
	if len(g.seen) > graceRoom {
		t.Errorf("%d are kept", len(g.seen))
	}
}

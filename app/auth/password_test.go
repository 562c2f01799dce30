package auth

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"
)

func TestCheckAccount(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, password, wrong string }{
		{"admin", goodPassword, ""},
		{"Ada.L-1_x", "ünïcödé-10", ""},
		{"", goodPassword, "username"},
		{strings.Repeat("a", 33), goodPassword, "username"},
		{"ad min", goodPassword, "username"},
		{"ädmin", goodPassword, "username"},
		{"a\x00b", goodPassword, "username"},
		{"admin", "", "password"},
		{"admin", "1234567", "password"},
		{"admin", "ünïcö-7", "password"},
		{"admin", strings.Repeat("x", 1025), "password"},
		{"admin", "bad utf8 \xff\xfe\xfd", "password"},
		{"administrator", "ADMINistrator", "password"},
	} {
		fields := checkAccount(c.name, c.password)
		if c.wrong == "" && len(fields) > 0 || c.wrong != "" && (len(fields) != 1 || fields[c.wrong] == "") {
			t.Errorf("%q, %d characters: got %v, want an error at %q", c.name, len(c.password), fields, c.wrong)
		}
	}
}

func TestHasher(t *testing.T) {
	t.Parallel()
	h := newHasher()
	hash, err := h.hash(t.Context(), goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("unexpected parameters: %.35s", hash)
	}
	for _, c := range []struct {
		password, hash string
		want           bool
	}{
		{goodPassword, hash, true},
		{"something else", hash, false},
		{"", hash, false},
		{"nobody's password", "", false}, // the one behind the hash for unknown users
		{strings.Repeat("x", 1<<20), hash, false},
	} {
		if got, err := h.matches(t.Context(), c.password, c.hash); err != nil || got != c.want {
			t.Errorf("%.20q: got %v, %v, want %v", c.password, got, err, c.want)
		}
	}
	long := strings.Repeat("x", MaxPassword)
	if hash, err = h.hash(t.Context(), long); err != nil {
		t.Fatal(err)
	}
	if ok, _ := h.matches(t.Context(), long+"y", hash); ok {
		t.Error("what is beyond the longest password is ignored")
	}
}

// TestUnknownUserCostsTheSame: the hash for nobody has the parameters of all others.
func TestUnknownUserCostsTheSame(t *testing.T) {
	t.Parallel()
	h := newHasher()
	dummy, err := h.dummy()
	if err != nil {
		t.Fatal(err)
	}
	p, _, _, err := argon2id.DecodeHash(dummy)
	if err != nil || *p != *h.params {
		t.Errorf("parameters %+v, want %+v (%v)", p, h.params, err)
	}
}

// TestHasherWaitsWithContext: who gives up waiting for a slot doesn't hash.
func TestHasherWaitsWithContext(t *testing.T) {
	t.Parallel()
	h := newHasher()
	for range atOnce {
		h.slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.matches(ctx, goodPassword, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := h.hash(ctx, goodPassword); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

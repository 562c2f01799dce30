package secret

import (
	"bytes"
	"strings"
	"testing"

	"github.com/botswain/botswain/app/bot"
)

func sealerOf(t *testing.T, fill byte) *sealer {
	t.Helper()
	s, err := newSealer(bytes.Repeat([]byte{fill}, KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAValueOpensOnlyWhereItBelongs(t *testing.T) {
	s, other := sealerOf(t, 1), sealerOf(t, 2)
	id, value := bot.NewID(), "123456:a token"
	sealed := s.sealValue(id, "TOKEN", value)
	if got, err := s.openValue(id, "TOKEN", sealed); err != nil || got != value {
		t.Fatalf("%q, %v", got, err)
	}
	if again := s.sealValue(id, "TOKEN", value); bytes.Equal(again, sealed) {
		t.Error("a nonce was used twice")
	}
	if bytes.Contains(sealed, []byte("token")) {
		t.Error("it can be read")
	}
	renamed := *s // the same cipher with another id
	renamed.id = other.id
	for name, open := range map[string]func() (string, error){
		"another bot":    func() (string, error) { return s.openValue(bot.NewID(), "TOKEN", sealed) },
		"another name":   func() (string, error) { return s.openValue(id, "TOKEN2", sealed) },
		"another key":    func() (string, error) { return other.openValue(id, "TOKEN", sealed) },
		"another key id": func() (string, error) { return renamed.openValue(id, "TOKEN", sealed) },
		"as a subkey":    func() (string, error) { b, err := s.unwrap("TOKEN", sealed); return string(b), err },
		"nothing":        func() (string, error) { return s.openValue(id, "TOKEN", nil) },
		"cut":            func() (string, error) { return s.openValue(id, "TOKEN", sealed[:len(sealed)-1]) },
	} {
		if got, err := open(); err == nil || got != "" {
			t.Errorf("%s: %q", name, got)
		} else if strings.Contains(err.Error(), value) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := range sealed {
		b := bytes.Clone(sealed)
		b[i] ^= 1
		if _, err := s.openValue(id, "TOKEN", b); err == nil {
			t.Errorf("byte %d can be changed", i)
		}
	}
}

func TestKeyProof(t *testing.T) {
	s, other := sealerOf(t, 1), sealerOf(t, 2)
	if !s.proves(s.proof()) || other.proves(s.proof()) || s.proves(nil) {
		t.Error("a key proves the wrong thing")
	}
	if s.id == other.id || len(s.id) != 2*idBytes {
		t.Errorf("ids %s and %s", s.id, other.id)
	}
	if _, err := newSealer([]byte("short")); err == nil {
		t.Error("a short key is taken")
	}
}

func TestHint(t *testing.T) {
	for value, want := range map[string]string{"": "", "12345678901": "", "123456789012": "9012", "ääääääääääöü☂x": "öü☂x"} {
		if got := hint(value); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}

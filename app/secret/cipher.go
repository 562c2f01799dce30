package secret

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/botswain/botswain/app/bot"
)

// KeyBytes is the length of an installation's key.
const KeyBytes = 32

// The labels keep the uses of the installation's key apart (RFC 5869's info), and what is sealed for
// one purpose from being taken for another (additional data).
const (
	sealLabel   = "botswain secrets v1"
	idLabel     = "botswain key id v1"
	proofLabel  = "botswain key proof v1"
	valueLabel  = "botswain secret value v1"
	subkeyLabel = "botswain subkey v1"
)

// proofText is what a key proves itself with.
const proofText = "this is the right key"

// idBytes is the length of a key's id before it is written in hex: enough to tell keys apart, and
// nothing of the key can be learnt from it.
const idBytes = 8

// KeyID names an installation's key without telling it: 16 hex digits.
func KeyID(key []byte) (string, error) {
	b, err := derive(key, idLabel, idBytes)
	return hex.EncodeToString(b), err
}

func derive(key []byte, label string, n int) ([]byte, error) {
	if len(key) != KeyBytes {
		return nil, fmt.Errorf("a key has %d bytes, not %d", KeyBytes, len(key))
	}
	b, err := hkdf.Key(sha256.New, key, nil, label, n)
	if err != nil {
		return nil, fmt.Errorf("derive a key: %w", err)
	}
	return b, nil
}

// sealer seals and opens under one installation's key.
type sealer struct {
	id   string
	root []byte // the installation's key
	aead cipher.AEAD
}

func newSealer(key []byte) (*sealer, error) {
	id, err := KeyID(key)
	if err != nil {
		return nil, err
	}
	under, err := derive(key, sealLabel, chacha20poly1305.KeySize)
	if err != nil {
		return nil, err
	}
	aead, err := chacha20poly1305.NewX(under)
	if err != nil {
		return nil, fmt.Errorf("make the cipher: %w", err)
	}
	return &sealer{id: id, root: key, aead: aead}, nil
}

// errSealed is all that is said of what doesn't open: another key, another place, or changed bytes.
var errSealed = errors.New("it does not open with this key in this place")

// seal gives nonce and ciphertext. Nonces of 24 bytes may be drawn at random for ever.
func (s *sealer) seal(plain, bound []byte) []byte {
	out := make([]byte, chacha20poly1305.NonceSizeX, chacha20poly1305.NonceSizeX+len(plain)+chacha20poly1305.Overhead)
	_, _ = rand.Read(out) // never fails
	return s.aead.Seal(out, out, plain, bound)
}

func (s *sealer) open(sealed, bound []byte) ([]byte, error) {
	if len(sealed) < chacha20poly1305.NonceSizeX {
		return nil, errSealed
	}
	nonce, text := sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:]
	plain, err := s.aead.Open(nil, nonce, text, bound)
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}

// bound is additional data without two readings: each part ends with a NUL, which none contains.
func (s *sealer) bound(label string, parts ...string) []byte {
	b := append([]byte(label), 0)
	for _, p := range append(parts, s.id) {
		b = append(append(b, p...), 0)
	}
	return b
}

func (s *sealer) sealValue(id bot.ID, name, value string) []byte {
	return s.seal([]byte(value), s.bound(valueLabel, id.String(), name))
}

func (s *sealer) openValue(id bot.ID, name string, sealed []byte) (string, error) {
	b, err := s.open(sealed, s.bound(valueLabel, id.String(), name))
	return string(b), err
}

func (s *sealer) wrap(purpose string, subkey []byte) []byte {
	return s.seal(subkey, s.bound(subkeyLabel, purpose))
}

func (s *sealer) unwrap(purpose string, wrapped []byte) ([]byte, error) {
	b, err := s.open(wrapped, s.bound(subkeyLabel, purpose))
	if err == nil && len(b) != KeyBytes {
		return nil, errSealed
	}
	return b, err
}

// proof is stored beside the key's id.
func (s *sealer) proof() []byte { return s.seal([]byte(proofText), s.bound(proofLabel)) }

func (s *sealer) proves(proof []byte) bool {
	b, err := s.open(proof, s.bound(proofLabel))
	return err == nil && string(b) == proofText
}

package config

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const (
	keyFile        = "encryption.key"
	keyBytes       = 32
	keySetting     = "BOTSWAIN_ENCRYPTION_KEY"
	nextKeySetting = "BOTSWAIN_ENCRYPTION_KEY_NEW"
)

// key is nil when the setting is unset.
func (r *reader) key(name string) []byte {
	v := r.text(name, "")
	if v == "" {
		return nil
	}
	key, err := decodeKey(v)
	if err != nil {
		r.fail(name, "%v", err)
	}
	return key
}

func decodeKey(v string) ([]byte, error) {
	v = strings.TrimSpace(v)
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if key, err := enc.DecodeString(v); err == nil && len(key) == keyBytes {
			return key, nil
		}
	}
	return nil, errors.New("must be 32 bytes as base64; make one with: openssl rand -base64 32")
}

// keyFromFile reads the key, making it first when there is none. A key that can't be read is never
// replaced: what it encrypted would be lost.
func keyFromFile(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		if err := makeKey(path); err != nil {
			return nil, fmt.Errorf("a new one can't be written to %s: %w", path, cause(err))
		}
		b, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("%s can't be read: %w", path, cause(err))
	}
	key, err := decodeKey(string(b))
	if err != nil {
		return nil, fmt.Errorf("what is in %s is not one: it %w", path, err)
	}
	return key, nil
}

// makeKey writes a new key so that no crash leaves half of one, and so that of two starters one
// wins and both read the same.
func makeKey(path string) error {
	key := make([]byte, keyBytes)
	_, _ = rand.Read(key)                                       // never fails
	tmp, err := os.CreateTemp(filepath.Dir(path), keyFile+".*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := os.Link(tmp.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return nil
}

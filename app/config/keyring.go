package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Keyring is where the encryption keys of the installation are: both in settings, or both in files of
// the data directory.
type Keyring struct {
	path      string // of encryption.key
	set, next []byte // from settings; set is nil when the key is in its file
}

// FoundKey is a key and where it is, in words.
type FoundKey struct {
	Bytes []byte
	From  string
}

// pending is the file of the key that a rotation goes to.
func (k Keyring) pending() string { return k.path + ".new" }

// Held lists the key in use, then the one that a rotation goes to, if there is one. Files are read anew.
func (k Keyring) Held() ([]FoundKey, error) {
	if k.set != nil {
		held := []FoundKey{{k.set, "the setting " + keySetting}}
		if k.next != nil {
			held = append(held, FoundKey{k.next, "the setting " + nextKeySetting})
		}
		return held, nil
	}
	var held []FoundKey
	for _, path := range []string{k.path, k.pending()} {
		b, err := readKey(path)
		if errors.Is(err, fs.ErrNotExist) && path != k.path {
			continue
		}
		if err != nil {
			return nil, err
		}
		held = append(held, FoundKey{b, path})
	}
	return held, nil
}

// Unused lists the keys in files while settings have the key, and those that rotations have left.
func (k Keyring) Unused() []FoundKey {
	paths, _ := filepath.Glob(k.path + ".old-*")
	if k.set != nil {
		paths = append([]string{k.path, k.pending()}, paths...)
	}
	var found []FoundKey
	for _, path := range paths {
		if b, err := readKey(path); err == nil {
			found = append(found, FoundKey{b, path})
		}
	}
	return found
}

// ErrNoNextKey says that the key is a setting, so that the next one has to be one too.
var ErrNoNextKey = errors.New("BOTSWAIN_ENCRYPTION_KEY_NEW isn't set")

// Next gives the key to rotate to. One in a file is made when there is none; it is on the disk then.
func (k Keyring) Next() (FoundKey, error) {
	if k.set != nil {
		if k.next == nil {
			return FoundKey{}, ErrNoNextKey
		}
		return FoundKey{k.next, "the setting " + nextKeySetting}, nil
	}
	b, err := keyFromFile(k.pending())
	if err != nil {
		return FoundKey{}, err
	}
	return FoundKey{b, k.pending()}, syncDir(k.path)
}

// Rotated puts the next key in the place of the one in use, which stays beside it as
// encryption.key.old-ID: backups of the database from before need it. It may be called again. The
// words say what is left to do; "" when nothing is.
func (k Keyring) Rotated(oldID string) (todo string, err error) {
	if k.set != nil {
		return "Set " + keySetting + " to the value of " + nextKeySetting + ", and take the latter away. " +
			"Until then Botswain needs both. Keep the old key for as long as you keep backups of the database from before.", nil
	}
	old := k.path + ".old-" + oldID
	if _, err := os.Stat(k.pending()); errors.Is(err, fs.ErrNotExist) {
		return "", nil // done already
	}
	if err := os.Link(k.path, old); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("keep the old key as %s: %w", old, cause(err))
	}
	if err := os.Rename(k.pending(), k.path); err != nil {
		return "", fmt.Errorf("put the new key to %s: %w", k.path, cause(err))
	}
	return "The new key is in " + k.path + ": back it up. The old one is kept as " + old +
		"; backups of the database from before need it. Delete it when there are none.", syncDir(k.path)
}

// readKey reads a key from a file; the error says which, and never what is in it.
func readKey(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s can't be read: %w", path, cause(err))
	}
	key, err := decodeKey(string(b))
	if err != nil {
		return nil, fmt.Errorf("what is in %s is not a key: it %w", path, err)
	}
	return key, nil
}

// syncDir sees to it that a power cut doesn't undo a new or renamed file.
func syncDir(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("open the data directory: %w", cause(err))
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil {
		return fmt.Errorf("sync the data directory: %w", cause(err))
	}
	return nil
}

package secret

import (
	"slices"
	"time"

	"github.com/botswain/botswain/app/fault"
)

// lost is the way out for who has no copy of a key.
const lost = "If that key is lost for good, botswain key forget deletes the secrets that nobody can read any more. Nothing was changed."

// wrongKey says what is wrong with the keys that there are and what to do. missing says that it is the
// current one that isn't there, else it is the one that a rotation goes to.
func (v *Vault) wrongKey(held []Key, rows []keyRow, current keyRow, following *keyRow, missing bool) error {
	if !missing {
		return fault.New(fault.Invalid, "A rotation of the encryption key was interrupted, and the new key (id %s) isn't here any more. "+
			"Put it back where it was (the file encryption.key.new in the data directory, or the setting BOTSWAIN_ENCRYPTION_KEY_NEW), and start again. %s", following.id, lost)
	}
	for _, k := range v.keys.Unused() {
		if id, err := KeyID(k.Bytes); err == nil && id == current.id {
			return fault.New(fault.Invalid, "The encryption key in %s is not the one that the secrets in the database are sealed under (id %s); the one in %s is. "+
				"Use that one. Nothing was changed.", held[0].From, current.id, k.From)
		}
	}
	for _, k := range held {
		id, err := KeyID(k.Bytes)
		if err != nil {
			continue
		}
		if id == current.id {
			return fault.New(fault.Invalid, "The encryption key in %s has the right id (%s), but doesn't open its proof in the database: the table encryption_keys was changed. "+
				"Restore the database from a backup. Nothing was changed.", k.From, id)
		}
		if i := slices.IndexFunc(rows, func(r keyRow) bool { return r.id == id && r.state == keyRetired && r.retired != nil }); i >= 0 {
			return fault.New(fault.Invalid, "The encryption key in %s (id %s) was replaced by a rotation on %s. Put the one with the id %s in its place, and start again. %s",
				k.From, id, rows[i].retired.UTC().Format(time.DateOnly), current.id, lost)
		}
	}
	id, _ := KeyID(held[0].Bytes)
	return fault.New(fault.Invalid, "The encryption key in %s (id %s) is not the one that the secrets in the database are sealed under (id %s). "+
		"Put the right key back (from a backup of the data directory, or of the settings), or use the database that belongs to this key. %s", held[0].From, id, current.id, lost)
}

package web

import (
	"encoding/base64"
	"encoding/binary"
	"hash/maphash"
	"net/http"
	"slices"
)

// hasHeader is where a page's first connection says what it was drawn with: marks of its parts, one after another.
// Those needn't be sent again, which for a bot's page is nearly all of it, and a phone is busy with them for as long
// as with the page itself. Later connections don't say it, as the page has changed since.
const hasHeader = "Botswain-Has"

const (
	markLen  = 6 // characters; 36 bits
	maxMarks = 64
)

// marker names parts at their revs. Revs count from the start of this process, so names of another one fit nothing.
type marker struct{ seed maphash.Seed }

func newMarker() marker { return marker{maphash.MakeSeed()} }

func (m marker) mark(target, rev string) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], maphash.String(m.seed, target+"\x00"+rev))
	return base64.RawURLEncoding.EncodeToString(b[:])[:markLen]
}

// has is what a page says that shows these parts.
func (m marker) has(parts []part) string {
	var s []byte
	for _, p := range parts {
		s = append(s, m.mark(p.target, p.rev)...)
	}
	return string(s)
}

// both is what of has holds for these parts, too: for what is drawn between the two.
func (m marker) both(has string, parts []part) string {
	before := split(has)
	return m.has(slices.DeleteFunc(parts, func(p part) bool { return !before[m.mark(p.target, p.rev)] }))
}

// marksOf reads what a page has. What nobody of ours has written is nothing.
func marksOf(r *http.Request) map[string]bool {
	s := r.Header.Get(hasHeader)
	if s == "" || len(s)%markLen != 0 || len(s) > maxMarks*markLen {
		return nil
	}
	return split(s)
}

// split takes a whole number of marks apart.
func split(s string) map[string]bool {
	marks := make(map[string]bool, len(s)/markLen)
	for ; len(s) > 0; s = s[markLen:] {
		marks[s[:markLen]] = true
	}
	return marks
}

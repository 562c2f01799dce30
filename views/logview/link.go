package logview

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// maxLink bounds an address that becomes a link, in bytes.
const maxLink = 2000

// links finds the addresses in a shown text, as pairs of offsets: http and https only, with a host and
// without a user name, which would pose as the host ("https://bank.example@evil.example").
func links(s string) (found [][2]int) {
	for from := 0; ; {
		i := strings.Index(s[from:], "://")
		if i < 0 {
			return found
		}
		i += from
		from = i + 3
		start := schemeAt(s, i)
		if start < 0 {
			continue
		}
		end := trimLink(s, start, linkEnd(s, i+3))
		if u, err := url.Parse(s[start:end]); err == nil && u.Host != "" && u.Hostname() != "" && u.User == nil && end-start <= maxLink {
			found = append(found, [2]int{start, end})
		}
		from = max(from, end)
	}
}

// schemeAt gives where the scheme begins that ends at i, or -1 when it is another one than ours.
func schemeAt(s string, i int) int {
	for _, scheme := range [...]string{"https", "http"} {
		start := i - len(scheme)
		if start >= 0 && strings.EqualFold(s[start:i], scheme) && (start == 0 || !isLetter(s[start-1])) {
			return start
		}
	}
	return -1
}

func isLetter(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.' || c >= utf8.RuneSelf
}

// linkEnd gives where an address ends at the latest. What turns the direction of text is no part of
// one: it would show another address than it leads to.
func linkEnd(s string, i int) int {
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r <= ' ' || strings.ContainsRune("\"'<>`|\\^{}", r) || isControl(r) || r == utf8.RuneError || isTurning(r) || r == 0xa0 || r == 0x3000 {
			break
		}
		i += size
	}
	return i
}

func isTurning(r rune) bool {
	return r >= 0x200b && r <= 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2060 && r <= 0x2069 || r == 0xfeff || r == 0x061c
}

// trimLink leaves out what more likely belongs to the sentence around an address.
func trimLink(s string, start, end int) int {
	for end > start {
		switch c := s[end-1]; {
		case strings.IndexByte(".,;:!?*_~", c) >= 0:
		case c == ')' && strings.Count(s[start:end], "(") < strings.Count(s[start:end], ")"):
		case c == ']' && strings.Count(s[start:end], "[") < strings.Count(s[start:end], "]"):
		default:
			return end
		}
		end--
	}
	return end
}

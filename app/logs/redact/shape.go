package redact

import "bytes"

// The shapes of tokens, all over the alphabet of base64url.
//
// Telegram: the bot's number, a colon and 35 characters, which for all that were given out begin
// with A. https://core.telegram.org/bots/api#authorizing-your-bot, and what scanners look for:
// gitleaks has [0-9]{5,16}:A[a-zA-Z0-9_-]{34}, detect-secrets \d{8,10}:[0-9A-Za-z_-]{35}.
//
// Discord: the bot's number in base64, 6 characters of time, 27 of HMAC; since 2022 38 of them.
// Tokens of users with two factors were mfa. and 84 characters.
// https://discord.com/developers/docs/reference#authentication, and what libraries take for one:
// @sapphire/discord-utilities has [a-z0-9_-]{23,28}\.[a-z0-9_-]{6,7}\.[a-z0-9_-]{27}.
//
// Botswain's own: bsw_ and 43 characters for programs that use its API (app/auth), bsr_ and 64 for
// runs of bots that report (app/report).
const (
	telegramSecret = 35
	telegramDigits = 5 // of the number at least

	discordID, discordIDMost     = 23, 28
	discordTime, discordTimeMost = 6, 7
	discordHMAC                  = 27
	discordMFA                   = 20

	botswainAPI, botswainRun = 43, 64

	// runLeast is the shortest run of the alphabet that may be the end of a token.
	runLeast = min(telegramSecret, discordHMAC)
	// encodedLeast is the shortest run that may be base64 of one: of the shortest of Telegram's.
	encodedLeast = (telegramDigits + 1 + telegramSecret) * 8 / 6
)

// Classes of bytes.
const (
	inURL   = 1 << iota // base64url
	inStd               // base64, either alphabet
	isDigit             //
	isUpper
	isLower
)

// classes is of which classes each byte is.
var classes = func() (t [256]uint8) {
	for c := range t {
		switch {
		case c >= '0' && c <= '9':
			t[c] = inURL | inStd | isDigit
		case c >= 'A' && c <= 'Z':
			t[c] = inURL | inStd | isUpper
		case c >= 'a' && c <= 'z':
			t[c] = inURL | inStd | isLower
		case c == '-' || c == '_':
			t[c] = inURL | inStd
		case c == '+' || c == '/':
			t[c] = inStd
		}
	}
	return t
}()

// runs calls found with each longest run of either alphabet of base64 that has at least runLeast
// characters. It looks at no more than every so manieth byte and the word that it is in.
func runs(text []byte, found func(from, to int)) {
	for i := runLeast - 1; i < len(text); {
		j := i
		for j > i-runLeast && classes[text[j]]&inStd != 0 {
			j--
		}
		if j > i-runLeast {
			i = j + runLeast
			continue
		}
		from, to := j+1, i+1
		for from > 0 && classes[text[from-1]]&inStd != 0 {
			from--
		}
		for to < len(text) && classes[text[to]]&inStd != 0 {
			to++
		}
		found(from, to)
		i = to + runLeast
	}
}

// shapes calls found with each token in a run, which may begin before it. With open the text goes on
// from another, so a token may lack its beginning.
func shapes(text []byte, from, to int, open bool, found func(from, to int, name string)) {
	for x := from; x < to; {
		y := x + span(text[x:to], inURL)
		if y-x >= botswainAPI {
			botswain(text, x, y, open, found)
		}
		if y-x >= runLeast && x > 0 {
			if at, end, ok := telegram(text, x, y, open); ok {
				found(at, end, TelegramToken)
			}
			if at, ok := discord(text, x, y, open); ok {
				found(at, y, DiscordToken)
			}
		}
		x = y + 1
	}
}

// span is how many bytes at the start of b are of a class.
func span(b []byte, class uint8) int {
	for i, c := range b {
		if classes[c]&class == 0 {
			return i
		}
	}
	return len(b)
}

// spanBack is how many bytes at the end of b are of a class, most at most.
func spanBack(b []byte, class uint8, most int) int {
	n := 0
	for n < len(b) && n < most && classes[b[len(b)-1-n]]&class != 0 {
		n++
	}
	return n
}

// botswainPrefixes begin Botswain's tokens; after them come so many characters.
func botswainPrefixes() [2]struct {
	text string
	rest int
} {
	return [2]struct {
		text string
		rest int
	}{{"bsw_", botswainAPI}, {"bsr_", botswainRun}}
}

// botswain calls found with each of Botswain's own tokens in text[x:y]. With open the first may lack up to
// three characters of its beginning.
func botswain(text []byte, x, y int, open bool, found func(from, to int, name string)) {
	for _, p := range botswainPrefixes() {
		for i := x; ; {
			n := bytes.Index(text[i:y], []byte(p.text))
			if n < 0 || i+n+len(p.text)+p.rest > y {
				break
			}
			from := i + n
			i = from + len(p.text) + p.rest
			found(from, i, BotswainToken)
		}
		for k := 1; open && x == 0 && k < len(p.text); k++ {
			if to := len(p.text) - k + p.rest; to <= y && bytes.HasPrefix(text, []byte(p.text[k:])) {
				found(0, to, BotswainToken)
			}
		}
	}
}

// telegram says whether text[x:y] begins with the secret part of a token, and where that begins and ends.
// One that doesn't begin with A must end there as well: a UUID after a number is none.
func telegram(text []byte, x, y int, open bool) (from, to int, ok bool) {
	if text[x-1] != ':' || y-x < telegramSecret || (y-x > telegramSecret && text[x] != 'A') {
		return 0, 0, false
	}
	digits := spanBack(text[:x-1], isDigit, x)
	from = x - 1 - digits
	return from, x + telegramSecret, digits >= telegramDigits || (open && from == 0)
}

// discord says whether text[x:y] is the last part of a token, and where that begins.
func discord(text []byte, x, y int, open bool) (from int, ok bool) {
	if text[x-1] != '.' {
		return 0, false
	}
	random := mixed(text[x:y])
	before := text[:x-1]
	if n := len(before); random && n >= 3 && string(before[n-3:]) == "mfa" && spanBack(before, inURL, 4) == 3 {
		return n - 3, true
	}
	n := spanBack(before, inURL, discordTimeMost+1)
	if open && n == len(before) && n <= discordTimeMost {
		return 0, random
	}
	if n < discordTime || n > discordTimeMost || n == len(before) || before[len(before)-n-1] != '.' {
		return 0, false
	}
	before = before[:len(before)-n-1]
	n = spanBack(before, inURL, len(before))
	if open && n == len(before) && n < discordID {
		return 0, random
	}
	if n < discordID {
		return 0, false
	}
	if at, ok := number(before, n); ok {
		return at, true
	}
	return len(before) - n, n <= discordIDMost && random
}

// number says where at the end of b, whose last n bytes are base64url, a bot's number begins. A word
// may stand before it: token-MTk4…, Bot_MTk4…
func number(b []byte, n int) (at int, ok bool) {
	for id := min(n, discordIDMost); id >= discordID; id-- {
		if at := len(b) - id; isNumber(b[at:]) {
			return at, true
		}
	}
	return 0, false
}

// isNumber says whether b is base64 of digits only.
func isNumber(b []byte) bool {
	bits, have := uint(0), 0
	for _, c := range b {
		bits, have = bits<<6|uint(sextet(c)), have+6
		if have >= 8 {
			have -= 8
			if d := byte(bits >> have); d < '0' || d > '9' {
				return false
			}
		}
	}
	return true
}

// mixed says whether b looks random: names of modules and hosts hardly have letters of both cases
// and digits or signs at once.
func mixed(b []byte) bool {
	all, sign := uint8(0), false
	for _, c := range b {
		all |= classes[c]
		sign = sign || c == '-' || c == '_'
	}
	return all&(isUpper|isLower) == isUpper|isLower && (sign || all&isDigit != 0)
}

package platform

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// MaxBody bounds an answer in JSON, in bytes.
const MaxBody = 1 << 20

// maxWait bounds what a platform may ask Botswain to wait: a longer one is a mistake or a ban, and
// asking again once an hour does no harm.
const maxWait = time.Hour

// defaultWait is how long a rate limit lasts that doesn't say how long.
const defaultWait = 30 * time.Second

// NewHTTPClient makes the client that asks platforms. It follows no redirect: an address may hold a
// token that nobody else may see. Time-outs come from the context.
func NewHTTPClient() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 4
	return &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Reply is an answer as it came over HTTP.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
	// At is when it came.
	At time.Time
}

// Fetch makes a request and reads at most max bytes of the answer. Any answer is a Reply, whatever
// its status; the error is an Unreachable *Failure that doesn't hold secret.
func Fetch(c *http.Client, name Name, r *http.Request, secret string, max int64) (Reply, error) {
	resp, err := c.Do(r)
	if err != nil {
		return Reply{}, unreachable(name, err, secret)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, max+1))
	if err != nil {
		return Reply{}, unreachable(name, err, secret)
	}
	if int64(len(body)) > max {
		return Reply{}, &Failure{Kind: Unreachable, Message: name.Word() + " sent more than Botswain reads."}
	}
	return Reply{Status: resp.StatusCode, Header: resp.Header, Body: body, At: time.Now()}, nil
}

// Odd is the failure for an answer that is neither what was asked for nor a clear refusal.
func Odd(name Name, r Reply) *Failure {
	if r.Status >= 500 {
		return &Failure{Kind: Unreachable, Message: name.Word() + " has trouble: it answered with status " + strconv.Itoa(r.Status) + "."}
	}
	return &Failure{Kind: Unreachable, Message: "What answers at the address of " + name.Word() + " does not speak its protocol (status " +
		strconv.Itoa(r.Status) + "). Check the setting of its address, and a proxy in between."}
}

// Decode reads the JSON of an answer.
func Decode(name Name, r Reply, into any) error {
	if err := json.Unmarshal(r.Body, into); err != nil {
		return Odd(name, r)
	}
	return nil
}

// LimitedBy is the failure for status 429. body is the time in the answer, in seconds; what isn't
// there (0) is read from the Retry-After header, which RFC 9110, 10.2.3 has in seconds or as a date.
func LimitedBy(name Name, r Reply, body float64) *Failure {
	wait := defaultWait
	text := r.Header.Get("Retry-After")
	if seconds, err := strconv.ParseFloat(text, 64); body <= 0 && err == nil {
		body = seconds
	} else if at, err := http.ParseTime(text); body <= 0 && err == nil {
		body = at.Sub(r.At).Seconds()
	}
	if body > 0 && !math.IsInf(body, 0) && !math.IsNaN(body) {
		wait = time.Duration(min(body, maxWait.Seconds()) * float64(time.Second))
	}
	return &Failure{Kind: Limited, Until: r.At.Add(wait), Message: name.Word() + " asks Botswain to wait before it asks again."}
}

// unreachable puts a transport's error into words.
func unreachable(name Name, err error, secret string) *Failure {
	f := &Failure{Kind: Unreachable, Cause: Scrub(inner(err).Error(), secret)}
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.Is(err, context.DeadlineExceeded) || timedOut(err):
		f.Message = name.Word() + " did not answer in time."
	case errors.As(err, &dns):
		f.Message = "The address of " + name.Word() + " can't be looked up (DNS)."
	case errors.As(err, &op) && op.Op == "dial":
		f.Message = "No connection to " + name.Word() + " can be made."
	default:
		f.Message = "The connection to " + name.Word() + " broke off."
	}
	return f
}

func timedOut(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}

// inner takes off net/http's wrapping, which quotes the address.
func inner(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// maxText bounds what is kept of a platform's words, in characters.
const maxText = 300

// Scrub makes a platform's or the system's words fit to be shown and logged: without secret, also
// as it looks in an address, on one line, not too long.
func Scrub(text, secret string) string {
	if secret != "" {
		for _, form := range []string{secret, url.PathEscape(secret), url.QueryEscape(secret)} {
			text = strings.ReplaceAll(text, form, "[redacted:TOKEN]")
		}
	}
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r) || r == unicode.ReplacementChar || unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, text)
	if runes := []rune(text); len(runes) > maxText {
		text = string(runes[:maxText]) + "…"
	}
	return strings.TrimSpace(text)
}

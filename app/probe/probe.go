package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"

	"github.com/botswain/botswain/app/bot"
)

// maxBody is how much of an answer is read, in bytes; more is of no interest.
const maxBody = 4 << 10

// Prober makes checks. It keeps no connections: one that is kept would say nothing about whether
// the bot still takes new ones.
type Prober struct {
	client *http.Client
	dialer net.Dialer
}

// New makes a prober.
func New() *Prober {
	return &Prober{client: &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: 64 << 10},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Check asks once: HTTP with GET, where a status of 200 to 399 is well and redirects aren't
// followed, or TCP with a connection that is closed again. ctx bounds it. The error's text is for
// people: "127.0.0.1:80: connection refused"; it holds no credentials.
func (p *Prober) Check(ctx context.Context, by bot.Probe, target string) error {
	switch by {
	case bot.ProbeHTTP:
		return p.http(ctx, target)
	case bot.ProbeTCP:
		conn, err := p.dialer.DialContext(ctx, "tcp", target)
		if err != nil {
			return fmt.Errorf("%s: %s", target, words(err))
		}
		conn.Close()
		return nil
	}
	return fmt.Errorf("there is no check by %q", by)
}

func (p *Prober) http(ctx context.Context, target string) error {
	name := public(target)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return fmt.Errorf("%s: not a usable address", name)
	}
	req.Header.Set("User-Agent", "botswain")
	res, err := p.client.Do(req)
	if err != nil {
		return fmt.Errorf("%s: %s", name, words(err))
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, maxBody)
	if res.StatusCode < 200 || res.StatusCode > 399 {
		return fmt.Errorf("%s: answered %d", name, res.StatusCode)
	}
	return nil
}

// public is an address without what may be secret in it: user, password and query.
func public(target string) string {
	u, err := url.Parse(target)
	if err != nil {
		return "the address"
	}
	u.User, u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = nil, "", false, "", ""
	return u.String()
}

// words says in few words why there was no answer.
func words(err error) string {
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var timeout net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case errors.As(err, &dns):
		return "no such host"
	case errors.As(err, &cert):
		return "its certificate isn't valid"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed without an answer"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "no way there"
	}
	return "no usable answer"
}

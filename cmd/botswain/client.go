package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/botswain/botswain/app/api"
)

// client speaks REST with a running Botswain.
type client struct {
	http  *http.Client
	base  string // without the path
	token string // "" on the socket, where none is needed
}

// notRunning is said when nobody answers on the socket.
type notRunning struct{ dataDir string }

func (e *notRunning) Error() string {
	return fmt.Sprintf("no Botswain is running with the data directory %s; start it with: botswain serve", e.dataDir)
}

// connect makes the client: for BOTSWAIN_URL when that is set, else for the socket in the data directory.
func (c *cli) connect() (*client, error) {
	base, token := strings.TrimRight(c.getenv("BOTSWAIN_URL"), "/"), strings.TrimSpace(c.getenv("BOTSWAIN_TOKEN"))
	if base != "" {
		u, err := url.Parse(base)
		switch {
		case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
			return nil, &configError{errors.New("BOTSWAIN_URL must be like https://bots.example.org")}
		case token == "":
			return nil, &configError{errors.New("BOTSWAIN_TOKEN is needed with BOTSWAIN_URL; make one with: botswain token create --user NAME")}
		}
		return &client{http: &http.Client{}, base: base, token: token}, nil
	}
	cfg, err := c.config()
	if err != nil {
		return nil, err
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		conn, err := api.Dial(ctx, cfg.DataDir)
		if err != nil {
			return nil, &notRunning{cfg.DataDir}
		}
		return conn, nil
	}
	return &client{http: &http.Client{Transport: &http.Transport{DialContext: dial}}, base: "http://botswain"}, nil
}

// do makes a request below /api/v1 and reads the answer into out (nil: not wanted).
func (c *client) do(ctx context.Context, method, path string, out any) error {
	return c.send(ctx, method, path, nil, out)
}

// send is do with a body, written as JSON (nil: none).
func (c *client) send(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	header := http.Header{}
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("write the request: %w", err)
		}
		body = bytes.NewReader(b)
		header.Set("Content-Type", "application/json")
	}
	res, err := c.request(ctx, method, path, header, body)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(res.Body).Decode(out); err != nil {
		return fmt.Errorf("the answer of Botswain can't be read: %w", err)
	}
	return nil
}

// open makes a request and gives the answer when it is a success; the caller closes its body.
func (c *client) open(ctx context.Context, method, path string, header http.Header) (*http.Response, error) {
	return c.request(ctx, method, path, header, nil)
}

func (c *client) request(ctx context.Context, method, path string, header http.Header, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+api.Prefix+path, body)
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	for k, v := range header {
		req.Header[k] = v
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		var down *notRunning
		if errors.As(err, &down) {
			return nil, down
		}
		return nil, fmt.Errorf("no answer from Botswain: %w", err)
	}
	if res.StatusCode >= 200 && res.StatusCode < 300 {
		return res, nil
	}
	defer res.Body.Close()
	return nil, refusal(res)
}

// refused is an answer that says no.
type refused struct {
	status int
	text   string
}

func (e *refused) Error() string { return e.text }

func refusal(res *http.Response) error {
	var problem struct {
		Detail string
		Errors []struct{ Location, Message string }
	}
	body, _ := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err := json.NewDecoder(bytes.NewReader(body)).Decode(&problem); err != nil || problem.Detail == "" {
		return &refused{res.StatusCode, "Botswain answered " + res.Status}
	}
	text := problem.Detail
	for _, e := range problem.Errors {
		if e.Location == "query.confirm" {
			text += " To do it all the same, add --yes."
			continue
		}
		text += " " + e.Location + ": " + e.Message
	}
	return &refused{res.StatusCode, text}
}

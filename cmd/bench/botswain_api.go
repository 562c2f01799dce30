package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
)

// atOnce is how many requests run at the same time when something is asked for all bots.
const atOnce = 8

// botswainAPI speaks REST, as any program would.
type botswainAPI struct {
	url, token string
	client     *http.Client
}

func newBotswainAPI(url, token string) *botswainAPI {
	return &botswainAPI{url, token, &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: atOnce}}}
}

// open makes a request below /api/v1; the caller closes the body.
func (a *botswainAPI) open(ctx context.Context, method, path string, in any) (*http.Response, error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, a.url+"/api/v1"+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+a.token)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := a.client.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode >= 300 {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 500))
		res.Body.Close()
		return nil, fmt.Errorf("%s %s: %s: %s", method, path, res.Status, text)
	}
	return res, nil
}

// call makes a request and reads the answer into out, if it is wanted.
func (a *botswainAPI) call(ctx context.Context, method, path string, in, out any) error {
	res, err := a.open(ctx, method, path, in)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if out != nil {
		return json.NewDecoder(res.Body).Decode(out)
	}
	_, err = io.Copy(io.Discard, res.Body) // so that the connection can be used again
	return err
}

func (a *botswainAPI) create(ctx context.Context, spec botSpec) (id string, err error) {
	restart := map[string]any{"policy": "always", "initial_delay": "0s", "reset_after": "0s"}
	if spec.once {
		restart["policy"] = "never"
	}
	var made struct{ ID string }
	err = a.call(ctx, "POST", "/bots", map[string]any{"name": spec.name, "command": spec.command, "restart": restart}, &made)
	return made.ID, err
}

// lines reads a bot's whole log, without what Botswain itself says in it.
func (a *botswainAPI) lines(ctx context.Context, id string, line func(string)) error {
	after := int64(0)
	for {
		var page struct {
			Lines []struct {
				Seq             int64
				Stream, Message string
			}
		}
		if err := a.call(ctx, "GET", "/bots/"+id+"/logs?limit=10000&after_seq="+strconv.FormatInt(after, 10), nil, &page); err != nil {
			return err
		}
		if len(page.Lines) == 0 {
			return nil
		}
		for _, l := range page.Lines {
			if l.Stream != "system" {
				line(l.Message)
			}
			after = l.Seq
		}
	}
}

// tail follows the log's event stream. The whole data of an event is given on: it has the message
// in it.
func (a *botswainAPI) tail(ctx context.Context, id string, line func([]byte)) error {
	res, err := a.open(ctx, "GET", "/bots/"+id+"/logs/stream", nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	in := bufio.NewReaderSize(res.Body, 1<<20)
	for {
		text, err := in.ReadSlice('\n')
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if data, ok := bytes.CutPrefix(text, []byte("data: ")); ok {
			line(data)
		}
	}
}

// dashboard signs in as a browser does and holds the first page's live stream open until ctx ends.
func (a *botswainAPI) dashboard(ctx context.Context) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	c := &http.Client{Jar: jar}
	form := url.Values{"username": {adminName}, "password": {adminPassword}}
	req, err := http.NewRequestWithContext(ctx, "POST", a.url+"/login", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := c.Do(req)
	if err != nil {
		return err
	}
	res.Body.Close()
	if req, err = http.NewRequestWithContext(ctx, "GET", a.url+"/live?page=dashboard", nil); err != nil {
		return err
	}
	if res, err = c.Do(req); err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the dashboard's stream: %s", res.Status)
	}
	_, err = io.Copy(io.Discard, res.Body)
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("the dashboard's stream ended: %v", err)
}

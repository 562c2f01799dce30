package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// botJSON is what these tests read of the contract's Bot.
type botJSON struct {
	ID      string  `json:"id"`
	Name    string  `json:"name"`
	Status  string  `json:"status"`
	Reason  string  `json:"status_reason"`
	Desired *string `json:"desired"`
	PID     int     `json:"pid"`
}

var errNotListening = errors.New("nobody listens")

// call makes a REST call and decodes the answer into out. The code is 0 when there was no answer.
func (s *ship) call(method, path string, body, out any) (int, error) {
	url := s.url()
	if url == "" || !s.running() {
		return 0, errNotListening
	}
	text, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), 8*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url+path, bytes.NewReader(text))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	if res.StatusCode >= 300 {
		return res.StatusCode, fmt.Errorf("%s %s: %d %s", method, path, res.StatusCode, answer)
	}
	if raw, ok := out.(*string); ok {
		*raw = string(answer)
		return res.StatusCode, nil
	}
	if out != nil {
		err = json.Unmarshal(answer, out)
	}
	return res.StatusCode, err
}

// bots gives what Botswain says of all bots.
func (s *ship) bots() (map[string]botJSON, error) {
	var page struct{ Bots []botJSON }
	if _, err := s.call("GET", "/api/v1/bots?page_size=100", nil, &page); err != nil {
		return nil, err
	}
	all := map[string]botJSON{}
	for _, b := range page.Bots {
		all[b.ID] = b
	}
	return all, nil
}

func (s *ship) ready() error {
	if err := s.listening(); err != nil {
		return err
	}
	_, err := s.call("GET", "/readyz", nil, new(string))
	return err
}

package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/botswain/botswain/app/fault"
)

// healthcheck asks /healthz at the address that the settings say.
func (c *cli) healthcheck(ctx context.Context, args []string) error {
	if err := noArgs("healthcheck", args); err != nil {
		return err
	}
	cfg, err := c.config()
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(cfg.Addr)
	if err != nil {
		return &configError{fmt.Errorf("BOTSWAIN_ADDR: %w", err)}
	}
	// What listens on all addresses is asked on the loopback one.
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/healthz", nil)
	if err != nil {
		return fmt.Errorf("make the request: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "nobody answers at %s", cfg.Addr)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fault.New(fault.Unavailable, "the answer at %s is %s", cfg.Addr, res.Status)
	}
	return nil
}

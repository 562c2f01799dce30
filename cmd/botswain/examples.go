package main

import (
	"context"

	"github.com/botswain/botswain/app/api"
	"github.com/botswain/botswain/app/bot"
)

// botExamples adds all example bots and starts them.
func (c *cli) botExamples(ctx context.Context, args []string) error {
	if err := noArgs("bot examples", args); err != nil {
		return err
	}
	server, err := c.connect()
	if err != nil {
		return err
	}
	var added struct {
		Bots []api.Bot `json:"bots"`
	}
	if err := server.do(ctx, "POST", "/examples", &added); err != nil {
		return err
	}
	for _, b := range added.Bots {
		if err := c.act(ctx, server, bot.Start, b.ID, false); err != nil {
			return err
		}
	}
	return nil
}

package main

import (
	"context"
	"fmt"
	"slices"
)

// peer is what Botswain is compared with: a supervisor, or the limit of the machine.
type peer struct {
	name string
	find func(context.Context, *lab) (maker, error)
}

func peers() []peer {
	return []peer{{"pm2", makePM2}, {"supervisord", makeSupervisord}, {"process-compose", makeProcessCompose}, {"file", makeBare}}
}

func peerNames() []string {
	var names []string
	for _, p := range peers() {
		names = append(names, p.name)
	}
	return names
}

// findSystems gives Botswain and those of the wanted peers that are there; it notes the others.
func findSystems(ctx context.Context, l *lab) ([]maker, error) {
	own, err := makeBotswain(ctx, l)
	if err != nil {
		return nil, err
	}
	found := []maker{own}
	for _, p := range peers() {
		if !slices.Contains(l.peers, p.name) {
			continue
		}
		m, err := p.find(ctx, l)
		if err != nil {
			l.absent = append(l.absent, fmt.Sprintf("%s: left out, it isn't here (%v)", p.name, err))
			l.say("%s is left out: %v", p.name, err)
			continue
		}
		found = append(found, m)
	}
	return found, nil
}

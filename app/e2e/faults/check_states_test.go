package faults

import (
	"fmt"
	"slices"
)

// checkCrew finds out who is left, where that wasn't told, and replaces those who are gone.
func (v *voyage) checkCrew() error {
	told, err := v.bots()
	if err != nil {
		return err
	}
	for _, h := range slices.Clone(v.crew) {
		if _, there := told[h.id]; !there && h.parting {
			v.departed(h)
		}
		if _, there := told[h.id]; there && h.hired { // longer than it should
			v.note("delete %s: %s", h.name, v.discharge(h))
			return fmt.Errorf("%s shall be deleted", h.name)
		}
		h.parting = false
	}
	for id, b := range told {
		if !v.aboard(id) {
			return fmt.Errorf("%s was deleted, and is among the bots", b.Name)
		}
	}
	for _, c := range characters() {
		if !slices.ContainsFunc(v.crew, func(h *hand) bool { return h.name == c.name }) {
			if err := v.hire(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// hire makes a bot and starts it.
func (v *voyage) hire(c character) error {
	h, err := v.sign(c)
	if err != nil {
		return err
	}
	v.crew = append(v.crew, h)
	v.note("start %s: %s", h.name, v.order(h, "start", false))
	return nil
}

// checkWishes compares what was asked for with what Botswain and the database say was asked for.
// A wish that nobody can know is taken from Botswain.
func (v *voyage) checkWishes() error {
	told, err := v.bots()
	if err != nil {
		return err
	}
	stored := map[string]*string{}
	rows, err := v.db.Query(v.t.Context(), "select id::text, desired from bots")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var desired *string
		if err := rows.Scan(&id, &desired); err != nil {
			return err
		}
		stored[id] = desired
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, h := range v.crew {
		b, ok := told[h.id]
		if !ok {
			return fmt.Errorf("%s isn't among the bots", h.name)
		}
		said := word(b.Desired)
		if h.wish == "" {
			h.wish = said
		}
		h.shaky = false
		if h.wish == "none" && said == "none" {
			continue
		}
		// An end with success that the policy leaves clears the wish.
		if said != h.wish && !(h.leaves && said == "none" && b.Status == "exited") {
			return fmt.Errorf("%s shall be %s, and Botswain says %s (%s)", h.name, h.wish, said, b.Status)
		}
		if kept := word(stored[h.id]); kept != said {
			return fmt.Errorf("%s shall be %s, and the database says %s", h.name, said, kept)
		}
	}
	return nil
}

func word(s *string) string {
	if s == nil {
		return "none"
	}
	return *s
}

// checkStates compares states with wishes.
func (v *voyage) checkStates() error {
	told, err := v.bots()
	if err != nil {
		return err
	}
	for _, h := range v.crew {
		b := told[h.id]
		if fit := h.may(); !slices.Contains(fit, b.Status) {
			return fmt.Errorf("%s is %s (%s); wished: %s, may be %v", h.name, b.Status, b.Reason, h.wish, fit)
		}
	}
	return nil
}

// may lists the states that a bot may rest in.
func (h *hand) may() []string {
	switch {
	case h.wish == "none":
		return []string{"exited", "stopped"}
	case h.wish == "down":
		return []string{"stopped"}
	case h.leaves:
		return []string{"running", "exited", "crashed"}
	case h.lasts:
		return []string{"running"}
	}
	return []string{"running", "starting", "waiting"}
}

package ui

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"
)

// Slots are what stands in the places of a text, by name.
type Slots map[string]templ.Component

// Rich is a text of the catalogue with elements inside: a slot is put where the text has its name in
// braces, as in "Restarts in {time}", so that each language has its own order of words. A name without
// a slot stays as it is.
func Rich(text string, slots Slots) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		for text := text; text != ""; {
			before, name, after, slot := nextSlot(text, slots)
			if _, err := io.WriteString(w, templ.EscapeString(before)); err != nil {
				return err
			}
			if slot != nil {
				if err := slot.Render(ctx, w); err != nil {
					return err
				}
			} else if _, err := io.WriteString(w, templ.EscapeString(name)); err != nil {
				return err
			}
			text = after
		}
		return nil
	})
}

// nextSlot takes a text apart at its first name in braces.
func nextSlot(text string, slots Slots) (before, name, after string, slot templ.Component) {
	from := strings.IndexByte(text, '{')
	if from < 0 {
		return text, "", "", nil
	}
	length := strings.IndexByte(text[from:], '}')
	if length < 0 {
		return text, "", "", nil
	}
	name = text[from : from+length+1]
	return text[:from], name, text[from+length+1:], slots[name[1:length]]
}

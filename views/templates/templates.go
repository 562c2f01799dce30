// Package templates draws the gallery of example bots and the form that makes a bot of one.
package templates

import (
	"context"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/layout"
	"github.com/botswain/botswain/views/ui"
)

// Template is one example bot.
type Template struct {
	Key, Name, Language, Library, Text string
	Type                               bot.Type
}

// Gallery is the page to choose from.
type Gallery struct {
	Page layout.Props
	List []Template
}

// Form is the page that makes a bot of a template.
type Form struct {
	Page     layout.Props
	Template Template
	Name     string
	Dir      string // as typed; "": DefaultDir
	// DefaultDir is where the files go when nothing is typed.
	DefaultDir string
	Install    bool // install what it needs at once
	// Missing are programs that the machine lacks, in words.
	Missing []string
	Notice  string
	// Errors by field name: "name", "dir", "secrets.TOKEN".
	Errors map[string]string
}

func (f Form) field(name, id, label, help string) ui.FieldProps {
	return ui.FieldProps{ID: id, Label: label, Help: help, Error: f.Errors[name]}
}

func (f Form) secret(ctx context.Context, s bot.SecretField) ui.FieldProps {
	p := f.field("secrets."+s.Name, "secret-"+s.Name, i18n.Say(ctx, s.Label), i18n.Say(ctx, s.Looks))
	p.Note = s.Name
	if s.Optional {
		p.Note = i18n.T(ctx, "secrets.name-optional", s.Name)
	}
	return p
}

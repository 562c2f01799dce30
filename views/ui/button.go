package ui

import (
	"github.com/a-h/templ"

	"github.com/botswain/botswain/views/icon"
)

// Kind is how much a button asks for attention. One Primary a screen; Danger only where something is lost.
type Kind string

// The kinds of buttons; Quiet is the usual one.
const (
	Quiet         Kind = "btn-quiet"
	Primary       Kind = "btn-primary"
	Ghost         Kind = "btn-ghost"
	Danger        Kind = "btn-error"
	DangerOutline Kind = "btn-outline btn-error"
)

// Size is the height of a button: 24, 32 (the usual) or 40 px.
type Size string

// The sizes; the zero value is SM.
const (
	XS Size = "btn-xs"
	SM Size = "btn-sm"
	MD Size = "btn-md"
)

// ButtonProps describes a button or a link that looks like one.
type ButtonProps struct {
	Kind Kind // "": Quiet
	Size Size // "": SM
	// Type is the button's type; "" is "button", so that a button in a form doesn't send it by accident.
	Type string
	Icon icon.Name
	// Label names a button that shows only an icon; it makes the button square.
	Label string
	// Busy is what the button says while its request runs ("Restarting…"); it can't be pressed twice.
	Busy string
	// Open is the id of a dialog that the button opens, with or without JavaScript.
	Open     string
	Disabled bool
	Class    string
	// Attrs are added as they are: hx-post, name, value, form, …
	Attrs templ.Attributes
}

func (p ButtonProps) class() string {
	kind, size := p.Kind, p.Size
	if kind == "" {
		kind = Quiet
	}
	if size == "" {
		size = SM
	}
	c := "btn " + string(size) + " " + string(kind)
	if p.Label != "" {
		c += " btn-square"
	}
	if p.Class != "" {
		c += " " + p.Class
	}
	return c
}

func (p ButtonProps) kind() string {
	if p.Type == "" {
		return "button"
	}
	return p.Type
}

func (p ButtonProps) iconSize() string {
	switch {
	case p.Label != "" && p.Size != XS:
		return "size-4"
	case p.Size == XS:
		return "size-3"
	}
	return "size-3.5"
}

func (p ButtonProps) attrs() templ.Attributes {
	a := templ.Attributes{}
	for k, v := range p.Attrs {
		a[k] = v
	}
	if p.Label != "" {
		a["aria-label"] = p.Label
	}
	if p.Busy != "" {
		a["data-busy"] = p.Busy
	}
	if p.Open != "" {
		// commandfor does it where browsers know it; data-open is for the others.
		a["commandfor"], a["command"], a["data-open"] = p.Open, "show-modal", p.Open
	}
	if p.Disabled {
		a["disabled"] = true
	}
	return a
}

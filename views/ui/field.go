package ui

import "github.com/a-h/templ"

// FieldProps describes what is around an input: label above, help or error below, never both.
type FieldProps struct {
	ID    string // the input's id
	Label string
	Note  string // after the label, lighter
	Help  string
	Error string
	Class string
}

// DescribedBy gives the id of the line below an input, for aria-describedby; "" when there is none.
func (p FieldProps) DescribedBy() string {
	switch {
	case p.Error != "":
		return p.ID + "-err"
	case p.Help != "":
		return p.ID + "-hint"
	}
	return ""
}

// TextProps describes a text input with its field.
type TextProps struct {
	FieldProps
	Name        string // "": the ID
	Value       string
	Type        string // "": text
	Placeholder string
	// Prefix and Suffix are shown inside the box: "$", "s".
	Prefix, Suffix string
	Mono           bool // for paths, commands, code
	Numeric        bool // a digit keyboard on phones
	Required       bool
	Autofocus      bool
	Autocomplete   string
	// Reveal adds a button that shows a password.
	Reveal bool
	Attrs  templ.Attributes
}

func (p TextProps) name() string {
	if p.Name == "" {
		return p.ID
	}
	return p.Name
}

func (p TextProps) attrs() templ.Attributes {
	a := templ.Attributes{"type": "text"}
	if p.Type != "" {
		a["type"] = p.Type
	}
	if p.Placeholder != "" {
		a["placeholder"] = p.Placeholder
	}
	if p.Numeric {
		a["inputmode"] = "decimal"
	}
	if p.Autocomplete != "" {
		a["autocomplete"] = p.Autocomplete
	}
	if p.Mono {
		a["spellcheck"], a["autocapitalize"] = "false", "off"
	}
	if d := p.DescribedBy(); d != "" {
		a["aria-describedby"] = d
	}
	if p.Error != "" {
		a["aria-invalid"] = "true"
	}
	for _, flag := range []struct {
		name string
		on   bool
	}{{"required", p.Required}, {"autofocus", p.Autofocus}} {
		if flag.on {
			a[flag.name] = true
		}
	}
	for k, v := range p.Attrs {
		a[k] = v
	}
	return a
}

// AreaProps describes a box of several lines with its field. Of TextProps it has no Type, no Prefix, no
// Suffix and no Reveal.
type AreaProps struct {
	TextProps
	Rows   int
	Masked bool // shows dots for what is typed, as a password's box does
}

func (p AreaProps) attrs() templ.Attributes {
	a := p.TextProps.attrs()
	delete(a, "type")
	return a
}

// Option is one choice of a Select.
type Option struct{ Value, Label string }

// SelectProps describes a choice from a list.
type SelectProps struct {
	FieldProps
	Name    string // "": the ID
	Value   string
	Options []Option
}

func (p SelectProps) name() string {
	if p.Name == "" {
		return p.ID
	}
	return p.Name
}

// RadioOption is one card of RadioCards.
type RadioOption struct {
	Value string
	Label string
	Help  string
	// Picture, when set, is drawn in a tile at the left; the radio button then moves to the corner.
	Picture templ.Component
}

// RadioProps describes a choice that deserves an explanation for each option.
type RadioProps struct {
	ID      string // of the group
	Name    string
	Legend  string // for screen readers; the card around it has the visible title
	Value   string
	Options []RadioOption
	Error   string
	// Columns holds the grid's column classes, such as "sm:grid-cols-3".
	Columns string
}

// ToggleProps describes a switch.
type ToggleProps struct {
	ID      string
	Name    string // "": the ID
	Label   string
	Help    string
	Checked bool
}

func (p ToggleProps) name() string {
	if p.Name == "" {
		return p.ID
	}
	return p.Name
}

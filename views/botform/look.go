package botform

import "github.com/a-h/templ"

// Look is what was found in a folder.
type Look struct {
	Problem string // why it can't be looked into; "" when it could
	Kind    string // in words, "Python"; "": nothing was recognised
	Found   []string
	Command string // as typed
	Install string
	Env     []string // names
	Secrets []string
	Present []string // programs with their paths
	Missing []string // what to install, in words
	Notes   []string
	// Filled says that the form has taken it over already.
	Filled bool
}

// lookAttrs have the panel show what is in the folder as soon as it is named.
func lookAttrs(when string) templ.Attributes {
	return templ.Attributes{
		"hx-post": "/bots/look", "hx-trigger": when, "hx-target": "#look", "hx-swap": "outerHTML", "hx-sync": "this:replace",
	}
}

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
	// Filled says that the form has taken it over already; Kept that another command stands there, which a person
	// typed and which stays.
	Filled, Kept bool
	// Editing is set when the form changes a bot that exists.
	Editing bool
	// SecretsAgain says that secrets were typed and have to be typed again.
	SecretsAgain bool
}

// FilledInput is the name of the hidden input with the command that was filled in.
const FilledInput = "filled-command"

// Fill is what is put into a form that is open, where nothing was typed. The rest of the form stays as it is, with the
// values of secrets.
type Fill struct {
	Look *Look
	// Command is what is filled in, Argv how it is understood; "": the one that is there stays.
	Command string
	Argv    []string
	Env     []EnvRow
	Secrets []FilledSecret
}

// FilledSecret is a name that goes into a row for secrets: an empty one of the form, or a New one behind them.
type FilledSecret struct {
	Row int
	New bool
	SecretRow
}

// fillAttrs make a button fill the form. Without scripts it sends the form, which comes back filled in; with them only
// what is filled in comes. It waits for nothing that the folder's own look asks at the same time.
func fillAttrs() templ.Attributes {
	return templ.Attributes{
		"formaction": "/bots/new/look", "hx-post": "/bots/new/look", "hx-target": "#look", "hx-swap": "outerHTML", "hx-sync": "#dir:replace",
	}
}

// lookAttrs have the panel show what is in the folder as soon as it is named.
func lookAttrs(when string) templ.Attributes {
	return templ.Attributes{
		"hx-post": "/bots/look", "hx-trigger": when, "hx-target": "#look", "hx-swap": "outerHTML", "hx-sync": "this:replace",
	}
}

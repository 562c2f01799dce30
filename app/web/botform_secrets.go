package web

import (
	"net/url"
	"strings"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/secret"
	"github.com/botswain/botswain/views/botform"
)

// postedSecrets reads the secrets of the chosen type from the form; what is left empty stays as it is.
// It writes what is wrong into wrong and the rows. Values never get into the form's values: a form that
// comes back has to be given them again.
func postedSecrets(v *botform.Values, form url.Values, wrong fieldProblems) secret.Change {
	c := secret.Change{Set: map[string]string{}}
	kind := bot.Type(v.Type)
	for _, s := range bot.SecretFields(kind) {
		value := strings.TrimSpace(form.Get(botform.SecretInput(v.Type, s.Name)))
		if value == "" {
			continue
		}
		c.Set[s.Name] = value
		wrong.add(secret.Field(s.Name), s.Check(value))
	}
	if kind == bot.Generic {
		freeSecrets(v, form, wrong, c.Set)
	}
	wrong.addAll(c.Check())
	return c
}

// freeSecrets reads the rows of a bot without a platform.
func freeSecrets(v *botform.Values, form url.Values, wrong fieldProblems, set map[string]string) {
	values := form["secret_value"]
	for i, name := range form["secret_name"] {
		name, value := strings.TrimSpace(name), ""
		if i < len(values) {
			value = strings.TrimSpace(values[i])
		}
		if name == "" && value == "" {
			continue
		}
		row := botform.SecretRow{}
		if bot.VariableName(name) { // else it may be a value in the wrong box
			row.Name = name
		}
		_, twice := set[name]
		switch {
		case name == "":
			row.Error = "Give this secret a name, and its value again."
		case twice:
			row.Error = name + " is there twice. Keep one of them."
		default:
			if f, bad := fault.As(secret.Change{Set: map[string]string{name: value}}.Check()); bad {
				row.Error = f.Fields["secrets"] + f.Fields[secret.Field(name)]
			} else {
				set[name] = value
			}
		}
		wrong.add("secrets", row.Error)
		v.Secrets = append(v.Secrets, row)
	}
}

// secretNames are the rows of a form as they may be shown again: the names, as far as they are some. What can't be a
// name may be a value in the wrong box.
func secretNames(form url.Values) []botform.SecretRow {
	var rows []botform.SecretRow
	for _, name := range form["secret_name"] {
		if name = strings.TrimSpace(name); bot.VariableName(name) {
			rows = append(rows, botform.SecretRow{Name: name})
		}
	}
	return rows
}

// secretTyped says whether the form came with the value of a secret.
func secretTyped(form url.Values) bool {
	for name, values := range form {
		if (name == "secret_value" || strings.HasPrefix(name, "secret.")) && strings.TrimSpace(strings.Join(values, "")) != "" {
			return true
		}
	}
	return false
}

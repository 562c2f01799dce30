package api

import (
	"maps"
	"slices"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/secret"
)

// definition is spec with the secrets, for a bot that has some already (nil: a new one).
func (in BotInput) definition(have []secret.Info) (bot.Spec, secret.Change, error) {
	spec, err := in.spec()
	var c secret.Change
	wrong := map[string]string{}
	switch given := in.Secrets.(type) {
	case nil:
	case map[string]any:
		c.Set, c.Only = map[string]string{}, true
		readSecrets(given, wrong, func(name string, value *string) {
			if value == nil {
				wrong["secrets"] = "Give values of secrets as strings; null removes one with PATCH only."
				return
			}
			c.Set[name] = *value
		})
	default:
		wrong = notValues(given, have)
	}
	return spec, c, joined(err, problemsOf(wrong, c))
}

// patchedSecrets reads the secrets of a merge patch: null removes one, or all.
func patchedSecrets(given any, there bool, have []secret.Info) (c secret.Change, err error) {
	wrong := map[string]string{}
	switch given := given.(type) {
	case nil:
		c.Only = there
	case map[string]any:
		c.Set = map[string]string{}
		readSecrets(given, wrong, func(name string, value *string) {
			if value == nil {
				c.Remove = append(c.Remove, name)
				return
			}
			c.Set[name] = *value
		})
	default:
		wrong = notValues(given, have)
	}
	return c, problemsOf(wrong, c)
}

// readSecrets calls take for each member that is a string or null (nil). What else is wrong is told
// without the value, and without a name that can't be one, which may be a value in the wrong place.
func readSecrets(given map[string]any, wrong map[string]string, take func(name string, value *string)) {
	for name, v := range given {
		switch v := v.(type) {
		case string:
			take(name, &v)
		case nil:
			take(name, nil)
		default:
			field := "secrets"
			if bot.VariableName(name) {
				field = secret.Field(name)
			}
			wrong[field] = "Write the value as a string."
		}
	}
}

// notValues lets a list of names through that the bot has: it was read and is sent back.
func notValues(given any, have []secret.Info) map[string]string {
	list, ok := given.([]any)
	for _, name := range list {
		ok = ok && slices.ContainsFunc(have, func(i secret.Info) bool { return i.Name == name })
	}
	if ok {
		return nil
	}
	return map[string]string{"secrets": `Give values by name, such as {"TOKEN": "value"}. A list may only have names that the bot has, and changes nothing.`}
}

func problemsOf(wrong map[string]string, c secret.Change) error {
	if f, bad := fault.As(c.Check()); bad {
		all := maps.Clone(f.Fields)
		maps.Copy(all, wrong)
		wrong = all
	}
	if len(wrong) == 0 {
		return nil
	}
	return &fault.Error{Code: fault.Invalid, Message: "Please correct what errors names.", Fields: wrong}
}

// joined has the fields of both.
func joined(a, b error) error {
	x, ok := fault.As(a)
	y, bad := fault.As(b)
	switch {
	case b == nil:
		return a
	case a == nil:
		return b
	case !ok || !bad:
		return a
	}
	all := maps.Clone(x.Fields)
	maps.Copy(all, y.Fields)
	return &fault.Error{Code: fault.Invalid, Message: "Please correct what errors names.", Fields: all}
}

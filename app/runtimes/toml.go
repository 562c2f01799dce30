package runtimes

import "strings"

// section has the keys of one table of a TOML file with their values as they are written: enough
// for names and versions. It is nil when the table isn't there. Keys of dotted or inline tables
// aren't understood.
func section(text, table string) map[string]string {
	var keys map[string]string
	inside := false
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			inside = strings.TrimSpace(strings.Trim(line, "[]")) == table && !strings.HasPrefix(line, "[[")
			if inside && keys == nil {
				keys = map[string]string{}
			}
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if inside && ok && !strings.HasPrefix(line, "#") {
			keys[strings.Trim(strings.TrimSpace(key), `"'`)] = strings.Trim(strings.TrimSpace(value), `"'`)
		}
	}
	return keys
}

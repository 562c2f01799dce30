package layout

import (
	"context"
	"strings"

	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/palette"
)

// goKey is the key that leads to a page of the navigation after g; "" when it has none.
func goKey(id string) string {
	return map[string]string{Dashboard: "d", NewBot: "n", "logs": "l", "host": "h"}[id]
}

func upper(key string) string { return strings.ToUpper(key) }

// Places are the pages of the navigation, for the palette, in the language of the context.
func Places(ctx context.Context) []palette.Page {
	var out []palette.Page
	for _, l := range links() {
		p := palette.Page{Href: l.href, Label: i18n.T(ctx, l.label), Icon: l.icon}
		if k := goKey(l.id); k != "" {
			p.Keys = []string{"G", upper(k)}
		}
		out = append(out, p)
	}
	return out
}

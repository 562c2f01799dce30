package icon

import (
	"context"
	"html"
	"io"
	"strings"

	"github.com/a-h/templ"
)

// spriteNames are the pictures that bots are drawn with: on a page with hundreds of them a reference
// to one is a quarter of the bytes, and fewer elements, than the picture itself.
func spriteNames() []Name {
	return []Name{
		// states, notes and figures
		CirclePlay, LoaderCircle, Hourglass, OctagonX, HeartPulse, CircleCheck, CircleStop, CircleX, Skull, Timer, TriangleAlert, History, Clock, Terminal,
		// actions
		Play, Square, RotateCw, Zap, EllipsisVertical,
		// avatars
		Package, Globe, Radio, Sparkles, Megaphone, LifeBuoy, Shield, Waves, Mail, Gauge, BellRing, Box, Rocket, Anchor, Compass, Fish,
		Wind, Music, Star, CloudSun, TreePalm, LampDesk, Bot,
	}
}

// Names of the drawn glyphs within the sprite.
const (
	telegramName Name = "telegram"
	discordName  Name = "discord"
)

// Sprite holds the pictures that Sprited refers to: once on a page, before it.
func Sprite() templ.Component {
	var out strings.Builder
	out.WriteString(`<svg width="0" height="0" class="absolute" aria-hidden="true">`)
	symbol := func(n Name, attrs, body string) {
		out.WriteString(`<symbol id="i-` + string(n) + `" ` + attrs + `>` + body + `</symbol>`)
	}
	for _, n := range spriteNames() {
		symbol(n, lucide, paths(n))
	}
	symbol(telegramName, filled, telegram)
	symbol(discordName, filled, discord)
	out.WriteString(`</svg>`)
	return templ.Raw(out.String())
}

type spriteKey struct{}

// Sprited draws a component whose icons refer to the page's Sprite, where that has them.
func Sprited(c templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		known := map[Name]bool{telegramName: true, discordName: true}
		for _, n := range spriteNames() {
			known[n] = true
		}
		return c.Render(context.WithValue(ctx, spriteKey{}, known), w)
	})
}

// draw writes a picture, or a reference to the one in the sprite.
func draw(n Name, class, attrs, body string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if known, _ := ctx.Value(spriteKey{}).(map[Name]bool); known[n] {
			_, err := io.WriteString(w, `<svg class="`+html.EscapeString(class)+`" aria-hidden="true"><use href="#i-`+string(n)+`"/></svg>`)
			return err
		}
		_, err := io.WriteString(w, `<svg class="`+html.EscapeString(class)+`" `+attrs+` aria-hidden="true">`+body+`</svg>`)
		return err
	})
}

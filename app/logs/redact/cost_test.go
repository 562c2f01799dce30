package redact

import (
	"strings"
	"testing"
)

// BenchmarkWorst is what long lines cost that look like something in each place.
func BenchmarkWorst(b *testing.B) {
	set := New(twenty())
	for name, unit := range map[string]string{
		"base64": "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5eg", "percent": "%41", "escapes": `\u0041`, "layers": `%5c`, "colours": "\x1b[0m1",
		"torn": "\x1b]8;;", "dots": "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.", "digits": "1234567:", "secrets": "110201543:AAHdqTcvCH1vGWJxfSe1ofSAs0K5PALDsaw ",
	} {
		text := []byte(strings.Repeat(unit, 256<<10/len(unit)))
		b.Run(name, func(b *testing.B) {
			var f Finder
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				f.Find(set, text, Edges{Open: true, Cut: true})
				f.Held(set, text)
			}
		})
	}
}

package logs

import (
	"encoding/binary"
	"slices"

	"github.com/botswain/botswain/app/logs/redact"
)

// appendSpans encodes names, each once, and for each span what is before it, its length and its
// name's place.
func appendSpans(b []byte, spans []redact.Span) []byte {
	var names []string
	for _, s := range spans {
		if !slices.Contains(names, s.Name) {
			names = append(names, s.Name)
		}
	}
	b = binary.AppendUvarint(b, uint64(len(names)))
	for _, n := range names {
		b = append(binary.AppendUvarint(b, uint64(len(n))), n...)
	}
	b = binary.AppendUvarint(b, uint64(len(spans)))
	pos := 0
	for _, s := range spans {
		b = binary.AppendUvarint(b, uint64(s.From-pos))
		b = binary.AppendUvarint(b, uint64(s.To-s.From))
		b = binary.AppendUvarint(b, uint64(slices.Index(names, s.Name)))
		pos = s.To
	}
	return b
}

// parseSpans reads what appendSpans wrote, and gives what follows it.
func parseSpans(b []byte) (spans []redact.Span, rest []byte, ok bool) {
	ok = true
	number := func(most int) int {
		n, used := binary.Uvarint(b)
		if used <= 0 || n > uint64(most) {
			ok = false
			return 0
		}
		b = b[used:]
		return int(n)
	}
	var names []string
	for range number(chunk) {
		n := number(len(b))
		if !ok || n > len(b) {
			return nil, nil, false
		}
		names, b = append(names, string(b[:n])), b[n:]
	}
	pos := 0
	for range number(chunk) {
		from := pos + number(chunk)
		to := from + number(chunk)
		name := number(len(names))
		if !ok || name >= len(names) || to <= from || to > chunk {
			return nil, nil, false
		}
		spans, pos = append(spans, redact.Span{From: from, To: to, Name: names[name]}), to
	}
	return spans, b, ok
}

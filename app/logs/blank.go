package logs

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"github.com/botswain/botswain/app/logs/redact"
)

// What must not be seen is replaced before a line goes anywhere, the numbering included. Where it
// stood is a part of the decision, so that repeating it gives the same lines even when other secrets
// are known by then; what is known then is replaced as well.

// edges says what pieces of a stream are to be looked through as; open: the stream stands in a line.
func edges(pieces []piece, open bool) redact.Edges {
	last := pieces[len(pieces)-1]
	return redact.Edges{Open: open, Cut: !last.more && last.to == last.next}
}

// secretsIn gives the parts of pieces of data that must not be seen. They are valid until the next call.
func (in *ingest) secretsIn(s *stream, data []byte, pieces []piece) []redact.Span {
	if in.opt.unredacted {
		return nil
	}
	return in.finder.Find(in.keys.of(s.run.bot.id), data[:pieces[len(pieces)-1].to], edges(pieces, s.head != 0))
}

// holdBack shortens the last of pieces, when its line goes on, by what may be the beginning of a
// secret: a later piece will have all of it.
func (in *ingest) holdBack(s *stream, data []byte, pieces []piece) []piece {
	n := len(pieces) - 1
	last := &pieces[n]
	if !last.more {
		return pieces
	}
	to := last.from + in.finder.Held(in.keys.of(s.run.bot.id), data[last.from:last.to])
	if to == last.from {
		return pieces[:n]
	}
	if to < last.to {
		last.to, last.next = to, to
	}
	return pieces
}

// refit cuts pieces that would be too long with marks in place of the spans.
func refit(data []byte, pieces []piece, spans []redact.Span) []piece {
	out := make([]piece, 0, len(pieces))
	for _, p := range pieces {
		for len(spans) > 0 && spans[0].To <= p.from {
			spans = spans[1:]
		}
		n := 0
		for n < len(spans) && spans[n].From < p.to {
			n++
		}
		out = fit(out, data, p, spans[:n])
	}
	return out
}

func fit(dst []piece, data []byte, p piece, spans []redact.Span) []piece {
	size := p.to - p.from
	if p.dirty {
		size *= escapeCost
	}
	for _, s := range spans {
		if s.From < p.to && s.To > p.from {
			size += len(s.Mark())
		}
	}
	if len(spans) == 0 || size <= maxPiece {
		return append(dst, p)
	}
	at := middle(data, p, spans)
	if at <= p.from || at >= p.to {
		return append(dst, p)
	}
	a, b := p, p
	a.to, a.next, a.more, b.from = at, at, true, at
	return fit(fit(dst, data, a, spans), data, b, spans)
}

// middle is a place in a piece that is neither within a span nor within a character.
func middle(data []byte, p piece, spans []redact.Span) int {
	at := p.from + (p.to-p.from)/2
	for at > p.from && !utf8.RuneStart(data[at]) {
		at--
	}
	for _, s := range spans {
		if s.From < at && at < s.To {
			if at = s.From; at <= p.from {
				at = s.To
			}
		}
	}
	return at
}

// blank gives data with marks in place of the spans, and the pieces as they are then.
func blank(data []byte, pieces []piece, spans []redact.Span) ([]byte, []piece) {
	out, pos := make([]byte, 0, len(data)+len(spans)*32), 0
	// to takes over data up to a place, which must not be before the last one.
	to := func(at int) int {
		for len(spans) > 0 && spans[0].From < at {
			out = append(append(out, data[pos:max(pos, spans[0].From)]...), spans[0].Mark()...)
			pos, spans = max(pos, spans[0].To), spans[1:]
		}
		if at > pos {
			out, pos = append(out, data[pos:at]...), at
		}
		return len(out)
	}
	moved := make([]piece, len(pieces))
	for i, p := range pieces {
		p.from, p.to, p.next = to(p.from), to(p.to), to(p.next)
		moved[i] = p
	}
	return out, moved
}

// both makes one list of two, in order and without overlap. Where both have something, a's names hold.
func both(a, b []redact.Span) []redact.Span {
	if len(a) == 0 || len(b) == 0 {
		return append(a, b...)
	}
	all := slices.Concat(a, b)
	slices.SortStableFunc(all, func(a, b redact.Span) int { return cmp.Compare(a.From, b.From) })
	out := all[:1]
	for _, s := range all[1:] {
		if last := &out[len(out)-1]; s.From < last.To {
			last.To = max(last.To, s.To)
		} else {
			out = append(out, s)
		}
	}
	return out
}

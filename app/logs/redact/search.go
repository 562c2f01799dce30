package redact

// search finds many patterns at once by skipping, after Wu and Manber, "A Fast Algorithm for
// Multi-Pattern Searching" (1994): it looks at the last two bytes of a window as long as the
// shortest pattern, and they tell how far the window may move. Of a longer pattern the end is
// searched for, which in tokens is the part that is random.
type search struct {
	window   int // 0: there are no patterns
	table    []uint8
	buckets  [][]uint16
	patterns []pattern
}

const (
	pairBits = 14
	// maxWindow keeps the moves from being more than the table has room for.
	maxWindow = 16
	// bucket and above in the table name one; below is how far to move.
	bucket = 128
)

// pair is exact for ASCII.
func pair(a, b byte) uint { return (uint(a) | uint(b)<<7) & (1<<pairBits - 1) }

func newSearch(patterns []pattern) search {
	if len(patterns) == 0 {
		return search{}
	}
	s := search{window: maxWindow, patterns: patterns, table: make([]uint8, 1<<pairBits)}
	for i := range patterns {
		s.window = min(s.window, len(patterns[i].text))
	}
	for i := range s.table {
		s.table[i] = uint8(s.window - 1)
	}
	for i := range patterns {
		text := patterns[i].text
		end := text[len(text)-s.window:]
		for at := 1; at < s.window-1; at++ {
			h := pair(end[at-1], end[at])
			if s.table[h] < bucket {
				s.table[h] = min(s.table[h], uint8(s.window-1-at))
			}
		}
		s.place(uint16(i), pair(end[s.window-2], end[s.window-1]))
	}
	return s
}

// place puts a pattern in the bucket of its last two bytes.
func (s *search) place(i uint16, h uint) {
	if s.table[h] < bucket {
		n := len(s.buckets)
		if n < 256-bucket {
			s.buckets = append(s.buckets, nil)
		} else {
			n = int(h) % n // shared from here on
		}
		s.table[h] = uint8(bucket + n)
	}
	b := s.table[h] - bucket
	s.buckets[b] = append(s.buckets[b], i)
}

// lanes is how many parts of a text are looked through at once: where to look next is known only
// after two loads from memory, and those of one part needn't wait for those of another.
const (
	lanes     = 4
	lanesFrom = 4 << 10 // bytes of text that make it worth while
)

// each calls found with each pattern and where it starts, in no order.
func (s *search) each(text []byte, found func(p *pattern, at int)) {
	if s.window == 0 {
		return
	}
	first := s.window - 1
	if len(text) < lanesFrom {
		s.part(text, first, len(text), found)
		return
	}
	size := (len(text) - first) / lanes
	b, c, d := first+size, first+2*size, first+3*size
	i, j, k, l := first, b, c, d
	table := (*[1 << pairBits]uint8)(s.table)
	for i < b && j < c && k < d && l < len(text) {
		m, n, o, p := table[pair(text[i-1], text[i])], table[pair(text[j-1], text[j])], table[pair(text[k-1], text[k])], table[pair(text[l-1], text[l])]
		if (m|n|o|p)&bucket != 0 {
			i, j = i+s.move(m, text, i, found), j+s.move(n, text, j, found)
			k, l = k+s.move(o, text, k, found), l+s.move(p, text, l, found)
			continue
		}
		i, j, k, l = i+int(m), j+int(n), k+int(o), l+int(p)
	}
	s.part(text, i, b, found)
	s.part(text, j, c, found)
	s.part(text, k, d, found)
	s.part(text, l, len(text), found)
}

// part looks for patterns that end from i on and before to.
func (s *search) part(text []byte, i, to int, found func(p *pattern, at int)) {
	table := (*[1 << pairBits]uint8)(s.table)
	for i < to {
		i += s.move(table[pair(text[i-1], text[i])], text, i, found)
	}
}

// move is how far to go on from i, where the table has m; it looks at the patterns that may end there.
func (s *search) move(m uint8, text []byte, i int, found func(p *pattern, at int)) int {
	if m < bucket {
		return int(m)
	}
	for _, n := range s.buckets[m-bucket] {
		p := &s.patterns[n]
		at := i + 1 - len(p.text)
		if at >= 0 && string(text[at:i+1]) == p.text {
			found(p, at)
		}
	}
	return 1
}

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

// each calls found with each pattern and where it starts.
func (s *search) each(text []byte, found func(p *pattern, at int)) {
	if s.window == 0 {
		return
	}
	table := (*[1 << pairBits]uint8)(s.table)
	for i := s.window - 1; i < len(text); {
		move := table[pair(text[i-1], text[i])]
		if move < bucket {
			i += int(move)
			continue
		}
		for _, n := range s.buckets[move-bucket] {
			p := &s.patterns[n]
			at := i + 1 - len(p.text)
			if at >= 0 && string(text[at:i+1]) == p.text {
				found(p, at)
			}
		}
		i++
	}
}

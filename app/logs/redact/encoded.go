package redact

// sextets is the value of each character of base64, of either alphabet.
var sextets = func() (t [256]byte) {
	for i := range 64 {
		t["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[i]] = byte(i)
	}
	t['-'], t['_'] = 62, 63
	return t
}()

func sextet(c byte) byte { return sextets[c] }

// decodeRun appends what a run of base64 means to dst, without the bits that are left over.
func decodeRun(dst, run []byte) []byte {
	for len(run) >= 4 {
		n := uint(sextet(run[0]))<<18 | uint(sextet(run[1]))<<12 | uint(sextet(run[2]))<<6 | uint(sextet(run[3]))
		dst = append(dst, byte(n>>16), byte(n>>8), byte(n))
		run = run[4:]
	}
	switch len(run) {
	case 3:
		n := uint(sextet(run[0]))<<12 | uint(sextet(run[1]))<<6 | uint(sextet(run[2]))
		dst = append(dst, byte(n>>10), byte(n>>2))
	case 2:
		dst = append(dst, sextet(run[0])<<2|sextet(run[1])>>4)
	}
	return dst
}

// encodedShapes calls found with each token by its shape in a run of base64. Where the groups of
// four begin isn't known: the run may begin with something else, such as a path.
func (f *Finder) encodedShapes(text []byte, from, to int, found func(from, to int, name string)) {
	for offset := range 4 {
		f.decoded = decodeRun(f.decoded[:0], text[from+offset:to])
		runs(f.decoded, func(a, b int) {
			shapes(f.decoded, a, b, false, func(a, b int, name string) {
				found(from+offset+a*8/6, min(to, from+offset+(b*8+5)/6), name)
			})
		})
	}
}

package logs

// jsonLevel finds the level among the keys of the outer object of a (possibly cut off) JSON line.
// Keys of inner objects don't count: they tell of something else than the line.
func jsonLevel(s string) Level {
	depth, key := 0, false
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '{':
			depth++
			key = true
		case '[':
			depth++
			key = false
		case '}', ']':
			depth--
		case ',':
			key = true
		case ':':
			key = false
		case '"':
			end := stringEnd(s, i+1)
			if end < 0 {
				return Unknown
			}
			if depth == 1 && key && isLevelKey(s[i+1:end]) {
				return jsonValue(s[end+1:])
			}
			i = end
		}
	}
	return Unknown
}

// jsonValue reads the level after a key's closing quote.
func jsonValue(s string) Level {
	for i := range len(s) {
		switch s[i] {
		case ' ', ':', '"', '\t':
		default:
			return levelOf(s[i:])
		}
	}
	return Unknown
}

// stringEnd gives the index of the quote that closes the string whose text starts at i, or -1.
func stringEnd(s string, i int) int {
	for ; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

package logview

import "strconv"

// colour is a place in xterm's palette of 256 plus one; 0 is none.
type colour int

// themed gives the class of one of the first eight colours as text, and of their bright twins: these are the
// theme's. White is the text's own colour; black would be unreadable on one of the themes, so it is dim.
func (c colour) themed() (class string, ok bool) {
	if c < 1 || c > 16 {
		return "", false
	}
	return [8]string{"ansi-dim", "ansi-red", "ansi-green", "ansi-yellow", "ansi-blue", "ansi-magenta", "ansi-cyan", ""}[(c-1)%8], true
}

// class names the colour in static/src/ansi.css, which keeps it readable on both themes.
func (c colour) class() string { return "x" + strconv.Itoa(int(c)-1) }

// nearest is the colour of the palette's cube or greys that is nearest to a true colour: a page's policy
// allows no style attributes.
func nearest(r, g, b int) colour {
	ri, gi, bi := step(r), step(g), step(b)
	cube := far(r, level(ri)) + far(g, level(gi)) + far(b, level(bi))
	grey := min(23, max(0, ((r+g+b)/3-3)/10))
	v := 8 + 10*grey
	if far(r, v)+far(g, v)+far(b, v) < cube {
		return colour(232 + grey + 1)
	}
	return colour(16 + 36*ri + 6*gi + bi + 1)
}

// level is the brightness of a step of the cube, 0…5.
func level(i int) int {
	if i == 0 {
		return 0
	}
	return 55 + 40*i
}

func step(v int) int {
	switch {
	case v < 48:
		return 0
	case v < 115:
		return 1
	}
	return min(5, (v-35)/40)
}

func far(a, b int) int { return (a - b) * (a - b) }

package ui

import (
	"math"
	"strconv"
	"strings"
)

// Number writes a value with commas between thousands, and with decimals only when it has some.
func Number(v float64) string {
	if math.Abs(v) >= 1e15 {
		return strconv.FormatFloat(v, 'g', 4, 64)
	}
	whole, rest := math.Modf(v)
	if rest == 0 {
		return Count(int64(whole))
	}
	if math.Abs(v) < 0.01 {
		return strconv.FormatFloat(v, 'g', 2, 64)
	}
	digits := strconv.FormatFloat(math.Abs(v), 'f', 2, 64) // may round up to a whole number
	whole64, _ := strconv.ParseInt(digits[:len(digits)-3], 10, 64)
	sign := ""
	if v < 0 {
		sign = "-"
	}
	return sign + strings.TrimSuffix(strings.TrimRight(Count(whole64)+digits[len(digits)-3:], "0"), ".")
}

// Short writes a value for where there is little room: whole numbers of up to six digits as they
// are, larger ones as in "1.2M".
func Short(v float64) string {
	size := math.Abs(v)
	switch {
	case size >= 1e15:
		return strconv.FormatFloat(v, 'g', 3, 64)
	case size < 999_999.5 && size >= 100:
		return Count(int64(math.Round(v)))
	case size < 100:
		return Number(math.Round(v*10) / 10)
	}
	for _, u := range []struct {
		size float64
		name string
	}{{1e6, "M"}, {1e9, "G"}, {1e12, "T"}} {
		if short := v / u.size; math.Abs(short) < 999.95 {
			return strconv.FormatFloat(math.Round(short*10)/10, 'f', -1, 64) + u.name
		}
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

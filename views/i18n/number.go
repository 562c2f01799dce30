package i18n

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// numberStyle is how a language writes numbers; made of "number.decimal" and "number.group".
type numberStyle struct{ decimal, group string }

// local rewrites a number in English form.
func (n numberStyle) local(s string) string {
	if n.decimal == "." && n.group == "," {
		return s
	}
	return strings.NewReplacer(".", n.decimal, ",", n.group).Replace(s)
}

// Count writes a whole number with its thousands apart: "12,408", "12.408".
func Count(ctx context.Context, n int64) string { return Of(ctx).Count(n) }

// Number writes a value with its thousands apart, and with at most two decimals when it has some.
func Number(ctx context.Context, v float64) string { return Of(ctx).Number(v) }

// Short writes a value for where there is little room: whole numbers of up to six digits as they
// are, larger ones as in "1.2M".
func Short(ctx context.Context, v float64) string { return Of(ctx).Short(v) }

// Bytes writes a size with three digits and a binary unit, as in "512 MB" or "15.6 GB".
func Bytes(ctx context.Context, n int64) string { return Of(ctx).Bytes(n) }

// Percent writes a share of 1 as "6.8%" or "6,8 %", without the decimal from 10 % on.
func Percent(ctx context.Context, share float64) string { return Of(ctx).Percent(share) }

// Local writes a number that is text in English form, "99.95", as the language does.
func (l *Language) Local(number string) string { return l.number.local(number) }

// Count is Count for one language.
func (l *Language) Count(n int64) string { return l.number.local(count(n)) }

// Number is Number for one language.
func (l *Language) Number(v float64) string { return l.number.local(number(v)) }

// Short is Short for one language.
func (l *Language) Short(v float64) string { return l.number.local(short(v)) }

// Bytes is Bytes for one language.
func (l *Language) Bytes(n int64) string {
	v, units := float64(n), []string{"B", "kB", "MB", "GB", "TB", "PB"}
	i := 0
	for v >= 1000 && i < len(units)-1 {
		v /= 1024
		i++
	}
	if i == 0 || v >= 100 {
		return fmt.Sprintf("%.0f %s", v, units[i])
	}
	return l.number.local(strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0")) + " " + units[i]
}

// Percent is Percent for one language.
func (l *Language) Percent(share float64) string {
	p, digits := share*100, 1
	if p >= 10 || p == 0 {
		digits = 0
	}
	return l.T("number.percent", l.number.local(strconv.FormatFloat(p, 'f', digits, 64)))
}

func count(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

func number(v float64) string {
	if math.Abs(v) >= 1e15 {
		return strconv.FormatFloat(v, 'g', 4, 64)
	}
	whole, rest := math.Modf(v)
	if rest == 0 {
		return count(int64(whole))
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
	return sign + strings.TrimSuffix(strings.TrimRight(count(whole64)+digits[len(digits)-3:], "0"), ".")
}

func short(v float64) string {
	size := math.Abs(v)
	switch {
	case size >= 1e15:
		return strconv.FormatFloat(v, 'g', 3, 64)
	case size < 999_999.5 && size >= 100:
		return count(int64(math.Round(v)))
	case size < 100:
		return number(math.Round(v*10) / 10)
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

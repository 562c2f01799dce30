package ui_test

import (
	"testing"

	"github.com/botswain/botswain/views/ui"
)

func TestNumbers(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 12: "12", 1234567: "1,234,567", -1234: "-1,234", 41.5: "41.5", 1234.567: "1,234.57", -0.5: "-0.5",
		0.999: "1", 999.999: "1,000", 0.0012345: "0.0012", -0.001: "-0.001", 1e18: "1e+18", 2.5e300: "2.5e+300", 1.10: "1.1",
	} {
		if got := ui.Number(v); got != want {
			t.Errorf("%g is %q, want %q", v, got, want)
		}
	}
	for v, want := range map[float64]string{
		0: "0", 41.53: "41.5", 99.96: "100", 1234.5: "1,235", 999_999: "999,999", 999_999.7: "1M", 1_234_567: "1.2M", -2_500_000: "-2.5M",
		999_960_000: "1G", 7.5e9: "7.5G", 3e12: "3T", 2e15: "2e+15", 1e300: "1e+300",
	} {
		if got := ui.Short(v); got != want {
			t.Errorf("%g in short is %q, want %q", v, got, want)
		}
	}
}

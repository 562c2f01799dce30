package botpage

import "testing"

func TestFigures(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 12: "12", 1234567: "1,234,567", -1234: "-1,234", 41.5: "41.5", 1234.567: "1,234.57", -0.5: "-0.5",
		0.999: "1", 999.999: "1,000", 0.0012345: "0.0012", -0.001: "-0.001", 1e18: "1e+18", 2.5e300: "2.5e+300", 1.10: "1.1",
	} {
		if got := (Figure{Value: v}).text(); got != want {
			t.Errorf("%g is %q, want %q", v, got, want)
		}
	}
	if got := (Figure{Name: "ping_ms"}).label(); got != "Ping ms" {
		t.Errorf("label %q", got)
	}
}

package main

import (
	"math"
	"testing"
)

func TestQuantile(t *testing.T) {
	values := []float64{4, 1, 3, 2}
	for q, want := range map[float64]float64{0: 1, 0.5: 2.5, 1: 4, 0.99: 3.97} {
		if got := quantile(values, q); math.Abs(got-want) > 1e-9 {
			t.Errorf("quantile %v = %v, want %v", q, got, want)
		}
	}
	if values[0] != 4 {
		t.Error("the argument was sorted")
	}
	if !math.IsNaN(median(nil)) || median([]float64{7}) != 7 {
		t.Error("median of none and of one")
	}
}

func TestHuman(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 3: "3", 0.0123: "0.012", 1.234: "1.23", 12.34: "12.3", 123.4: "123", 9999: "9999",
		236_400: "236k", 1_300_000: "1.30M", math.NaN(): "-",
	} {
		if got := human(v); got != want {
			t.Errorf("human(%v) = %q, want %q", v, got, want)
		}
	}
}

func TestSummaryAndRatio(t *testing.T) {
	if got := summary([]float64{3, 1, 2}); got != "2 (1-3)" {
		t.Errorf("summary: %q", got)
	}
	if got := summary(nil); got != "-" {
		t.Errorf("summary of none: %q", got)
	}
	if got := ratio([]float64{1, 2, 3}, []float64{4}); got != "0.50x" {
		t.Errorf("ratio: %q", got)
	}
	if ratio(nil, []float64{1}) != "-" || ratio([]float64{1}, []float64{0}) != "-" {
		t.Error("a ratio that says nothing")
	}
}

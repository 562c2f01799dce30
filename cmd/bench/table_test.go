package main

import (
	"errors"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	var tb table
	for _, v := range []float64{2, 4, 3} {
		tb.add("botswain", []figure{{"restart", "ms", v, false}})
		tb.add("pm2", []figure{{"restart", "ms", 2 * v, false}})
	}
	tb.add("botswain", []figure{{"only ours", "MiB", 5, false}})
	tb.fail("kill", "pm2", errors.New("it broke"))
	var out strings.Builder
	tb.print(&out, []maker{{name: "botswain", version: "v1"}, {name: "pm2", version: "7"}}, &lab{absent: []string{"supervisord: left out"}})
	for _, want := range []string{"botswain: v1", "supervisord: left out", "3 (2-4)", "6 (4-8)", "0.50x", "failed: kill, pm2: it broke"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, out.String())
		}
	}
}

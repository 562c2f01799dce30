package web

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/views/charts"
)

// TestChartsOfAYoungBot begin with its last minutes; what the address asks for comes first.
func TestChartsOfAYoungBot(t *testing.T) {
	for _, c := range []struct {
		age              time.Duration
		query, key, home string
	}{
		{time.Minute, "", charts.Live, charts.Live},
		{time.Minute, "?range=7d", "7d", charts.Live},
		{time.Minute, "?from=100&to=200", "", charts.Live},
		{time.Hour, "", charts.Default, charts.Default},
		{time.Hour, "?range=live", charts.Live, charts.Default},
	} {
		ctx := echo.New().NewContext(httptest.NewRequest("GET", "/bots/1"+c.query, nil), httptest.NewRecorder())
		span, home := ofBot(ctx, time.Now().Add(-c.age))
		if span.choice.Key != c.key || home != c.home {
			t.Errorf("%s %q: %q, home %q", c.age, c.query, span.choice.Key, home)
		}
	}
}

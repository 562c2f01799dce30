// Package metrics shows Botswain to Prometheus. It keeps next to nothing: the services are asked
// when somebody scrapes.
package metrics

import (
	"context"
	"log/slog"
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/health"
)

// Deps are what is asked; all are needed but Log.
type Deps struct {
	Crew interface {
		All(context.Context) []crew.View
	}
	Logs interface {
		LastSeq(bot.ID) int64
		Pending() (bytes int64, oldest time.Time)
	}
	Streams interface{ Open() int }
	Health  interface{ State() health.State }
	Version string
	Log     *slog.Logger
}

// collector asks the services at each scrape.
type collector struct {
	Deps
	build, bots, up, restarts, lines, pending, streams, database *prometheus.Desc

	mu    sync.Mutex
	count map[bot.ID]*restarts
}

// restarts makes a number that only grows of one that a person's start sets back to 0.
type restarts struct {
	seen  int
	total float64
}

// Handler answers scrapes with a registry of its own. It asks nobody for a token: the caller must.
func Handler(d Deps) http.Handler {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	one := []string{"bot_id", "bot"}
	c := &collector{
		Deps: d, count: map[bot.ID]*restarts{},
		build:    prometheus.NewDesc("botswain_build_info", "Always 1; the labels say what runs.", []string{"version", "goversion"}, nil),
		bots:     prometheus.NewDesc("botswain_bots", "Bots by state.", []string{"state"}, nil),
		up:       prometheus.NewDesc("botswain_bot_up", "1 while the bot is running.", one, nil),
		restarts: prometheus.NewDesc("botswain_bot_restarts_total", "Automatic restarts of the bot that were seen since Botswain started.", one, nil),
		lines:    prometheus.NewDesc("botswain_bot_log_lines_total", "Log lines stored of the bot, ever.", one, nil),
		pending:  prometheus.NewDesc("botswain_spool_pending_bytes", "What bots printed and is not stored yet.", nil, nil),
		streams:  prometheus.NewDesc("botswain_sse_connections", "Open live connections of pages and programs.", nil, nil),
		database: prometheus.NewDesc("botswain_database_up", "1 while the database answers.", nil, nil),
	}
	reg := prometheus.NewRegistry()
	reg.MustRegister(c, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(reg, promhttp.HandlerOpts{ErrorLog: slog.NewLogLogger(d.Log.Handler(), slog.LevelWarn)})
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.build, c.bots, c.up, c.restarts, c.lines, c.pending, c.streams, c.database} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	gauge(c.build, 1, c.Version, runtime.Version())
	pending, _ := c.Logs.Pending()
	gauge(c.pending, float64(pending))
	gauge(c.streams, float64(c.Streams.Open()))
	gauge(c.database, one(!c.Health.State().DatabaseDown))

	// Prometheus gives collectors no context; this one reads memory.
	all := c.Crew.All(context.Background())
	states := map[bot.State]int{}
	for _, v := range all {
		states[v.Status.State]++
		id := v.ID.String()
		gauge(c.up, one(v.Status.State == bot.Running), id, v.Name)
		counter(c.lines, float64(c.Logs.LastSeq(v.ID)), id, v.Name)
	}
	for _, s := range bot.States() {
		gauge(c.bots, float64(states[s]), string(s))
	}
	for i, total := range c.grow(all) {
		counter(c.restarts, total, all[i].ID.String(), all[i].Name)
	}
}

// grow adds what is new to the counts of restarts, forgets bots that are gone, and gives the
// totals in the order of all.
func (c *collector) grow(all []crew.View) []float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	kept := make(map[bot.ID]*restarts, len(all))
	totals := make([]float64, len(all))
	for i, v := range all {
		r := c.count[v.ID]
		if r == nil {
			r = &restarts{seen: v.Status.Restarts}
		}
		n := v.Status.Restarts
		if n < r.seen { // a person has started it: counted from 0 again
			r.seen = 0
		}
		r.total += float64(n - r.seen)
		r.seen = n
		kept[v.ID], totals[i] = r, r.total
	}
	c.count = kept
	return totals
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

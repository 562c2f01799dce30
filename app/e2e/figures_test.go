package e2e

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/botswain/botswain/app/platform/discord/discordtest"
	"github.com/botswain/botswain/db/dbtest"
)

type figureJSON struct {
	Value       *float64
	Bots        int
	FromDiscord int `json:"from_discord"`
	Missing     string
}

type dashboardJSON struct {
	Reported *struct {
		Users, Guilds figureJSON
		Ping          figureJSON `json:"ping_ms"`
		Messages      figureJSON `json:"messages_today"`
		Since         time.Time  `json:"today_since"`
		Hours         []struct{ Messages, Commands *float64 }
	}
}

// TestReportsReachTheDashboard: what a process reports is on the open dashboard by itself, on its own
// page, and in the REST API. Where a bot reports nothing Discord's number stands in and is marked. When
// the process ends, its gauges don't count any more; what it counted stays.
func TestReportsReachTheDashboard(t *testing.T) {
	t.Parallel()
	ds := discordtest.New(t, discordtest.Options{})
	s := install(t, "DATABASE_URL="+dbtest.NewURL(t), "BOTSWAIN_DISCORD_API_URL="+ds.URL())
	ctx := browser(t)
	s.signIn(ctx)
	silent := s.create("Mods", fields{"type": "discord_bot", "secrets": fields{"TOKEN": ds.AddApp(discordtest.App{Name: "Mods", Guilds: 212}).Token()}}, "sleep")
	until(t, ctx, 30*time.Second, "document.querySelector('[data-figure=guilds]')?.innerText.includes('212') && document.querySelector('[data-figure=guilds]').innerText.includes('from Discord')")
	if n := js[int](t, ctx, "document.querySelectorAll('[data-figure=messages], [data-figure=ping]').length"); n != 0 || !js[bool](t, ctx, "!!document.querySelector('[data-hint]')") {
		t.Errorf("%d empty tiles, or no hint", n)
	}

	teller := s.create("Teller", nil, "report", "300ms")
	s.do(teller.ID, "start")
	until(t, ctx, 30*time.Second, "document.querySelector('[data-figure=ping] [data-value]')?.innerText === '41.5' && document.querySelector('[data-figure=guilds] [data-value]').innerText === '224'")
	until(t, ctx, 30*time.Second, "+document.querySelector('[data-figure=messages] [data-value]').innerText > 3")
	if text := js[string](t, ctx, "document.querySelector('[data-figure=guilds]').innerText"); !strings.Contains(text, "1 of 2 bots report, 1 from Discord") {
		t.Errorf("servers: %s", text)
	}
	if text := js[string](t, ctx, "document.querySelector('[data-figure=users]').innerText"); !strings.Contains(text, "not available") {
		t.Errorf("users: %s", text)
	}
	until(t, ctx, 10*time.Second, "!document.querySelector('[data-hint]') && document.querySelector('#activity').getBoundingClientRect().height > 100 && document.querySelector('#activity [role=img]').ariaLabel.includes('Messages')")

	var d dashboardJSON
	if code := s.call("GET", "/dashboard", nil, &d); code != http.StatusOK || d.Reported == nil {
		t.Fatalf("dashboard: %d", code)
	}
	r := d.Reported
	if r.Guilds.Value == nil || *r.Guilds.Value != 224 || r.Guilds.Bots != 1 || r.Guilds.FromDiscord != 1 || r.Users.Value != nil || r.Users.Missing == "" ||
		r.Messages.Value == nil || *r.Messages.Value < 3 || len(r.Hours) != 24 || r.Hours[0].Messages != nil || r.Hours[23].Commands != nil || r.Since.IsZero() {
		t.Errorf("%+v", r)
	}

	// Without scripts it is all there as well.
	res, err := s.login().Get(s.url + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil || !strings.Contains(string(page), "data-value>224<") || !strings.Contains(string(page), "1 of 2 bots report, 1 from Discord") {
		t.Errorf("the page as it comes lacks the figures: %v", err)
	}

	steps(t, ctx, "open the bot", chromedp.Navigate(s.url+"/bots/"+teller.ID))
	until(t, ctx, 20*time.Second, "document.querySelector('#bot-hours svg .line') && /Ping\\s*41.5 ms/.test(document.querySelector('#bot-reported').innerText)")
	before := js[string](t, ctx, "document.querySelector('[data-counter=messages]').innerText")
	until(t, ctx, 20*time.Second, "document.querySelector('[data-counter=messages]').innerText !== '"+before+"'")
	type reported struct {
		Gauges map[string]struct{ Fresh bool }
		Hours  []struct{ Counters map[string]float64 }
	}
	var own, none reported
	if code := s.call("GET", "/bots/"+teller.ID+"/reported", nil, &own); code != http.StatusOK || !own.Gauges["guilds"].Fresh || len(own.Hours) != 24 {
		t.Errorf("reported: %d %+v", code, own)
	}

	s.do(teller.ID, "stop")
	s.waitStatus(teller.ID, "stopped", 20*time.Second)
	until(t, ctx, 20*time.Second, "document.querySelector('#bot-reported').innerText.includes('last known')")
	steps(t, ctx, "open the dashboard", chromedp.Navigate(s.url+"/"))
	until(t, ctx, 20*time.Second, "document.querySelector('[data-figure=guilds] [data-value]').innerText === '212' && document.querySelector('[data-figure=ping]').innerText.includes('not available') && +document.querySelector('[data-figure=messages] [data-value]').innerText > 3")
	if code := s.call("GET", "/bots/"+silent.ID+"/reported", nil, &none); code != http.StatusOK || len(none.Gauges) != 0 || len(none.Hours) != 24 {
		t.Errorf("of a silent bot: %d %+v", code, none)
	}
}

package web

import (
	"cmp"
	"context"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/health"
	"github.com/botswain/botswain/app/stats"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/botpage"
	"github.com/botswain/botswain/views/dashboard"
	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/icon"
	"github.com/botswain/botswain/views/ui"
)

// showBot gathers what is shown of a bot.
func (p *pages) showBot(v crew.View, now time.Time) botcard.Bot {
	b := botcard.Bot{Bot: v.Bot, Status: v.Status, Boot: p.boot, Now: now}
	b.Account = p.account(v.Bot)
	b.Containment, b.Unheld = containmentWords(p.containment)
	if s, ok := p.stats.Bot(v.ID); ok {
		b.Usage = botcard.Usage{
			CPUHistory: wholeSpan(s.CPUHistory), RSSHistory: wholeSpan(s.RSSHistory), Revision: s.Revision,
		}
		if s.Usage.Run == v.Status.Run { // not the figures of an earlier run
			b.Usage.CPU, b.Usage.RSS, b.Usage.OpenFiles = s.Usage.CPU, s.Usage.RSS, s.Usage.OpenFiles
			b.Usage.ReadRate, b.Usage.WriteRate = s.Usage.ReadRate, s.Usage.WriteRate
			b.Usage.Processes, b.Usage.Threads = s.Usage.Processes, s.Usage.Threads
		}
	}
	return b
}

// wholeSpan puts unknown values before a history that is still short, so that charts always show the
// same length of time.
func wholeSpan(values []float64) []float64 {
	if len(values) == 0 || len(values) >= stats.HistoryLen {
		return values
	}
	out := make([]float64, stats.HistoryLen)
	missing := stats.HistoryLen - len(values)
	for i := range missing {
		out[i] = math.NaN()
	}
	copy(out[missing:], values)
	return out
}

// longWait is from when on a bot that waits for its restart is one for a person to look at. Below it the bot is back
// before anyone could act, and a strip that comes and goes with each such crash moves the page under people's fingers.
const longWait = 10 * time.Second

// needsAttention says whether a bot belongs into the dashboard's strip. It depends on the status alone, not on the
// time, so that the strip changes only when a bot does.
func needsAttention(s bot.Status) bool {
	switch s.State {
	case bot.Crashed, bot.Unresponsive:
		return true
	case bot.Waiting:
		return s.CrashLoop > 0 || s.NextStartAt.Sub(s.Since) >= longWait
	}
	return s.CrashLoop > 0 && s.State.Alive()
}

// byAttention orders bots: crashed ones first, then by name.
func byAttention(a, b crew.View) int {
	order := bot.States()
	return cmp.Or(
		cmp.Compare(slices.Index(order, a.Status.State), slices.Index(order, b.Status.State)),
		cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)),
		cmp.Compare(a.ID.String(), b.ID.String()),
	)
}

// barOrder puts running bots at the left of the bar and resting ones at the right.
func barOrder(s bot.State) int {
	return slices.Index([]bot.State{bot.Running, bot.Starting, bot.Stopping, bot.Waiting, bot.Unresponsive, bot.Crashed, bot.Exited, bot.Stopped}, s)
}

func showHost(h stats.Host) dashboard.Host {
	return dashboard.Host{
		Name: h.Name, Cores: h.Cores, CPU: h.CPU, Load: h.Load1, MemUsed: h.MemUsed, MemTotal: h.MemTotal,
		SwapUsed: h.SwapUsed, SwapTotal: h.SwapTotal, DiskUsed: h.DiskUsed, DiskTotal: h.DiskTotal, Iface: h.NetIface,
		Sent: h.NetSent, Received: h.NetRecv, Missing: h.Missing,
		CPUHistory: spark(h.CPUHistory), SentHistory: spark(h.SentHistory), ReceivedHistory: spark(h.RecvHistory),
	}
}

// spark prepares a history for a small chart.
func spark(values []float64) []float64 { return botcard.Thin(wholeSpan(values), 45) }

// partAway is what a part says whose values are in the database while that can't be asked.
const partAway = "Not available at the moment: the database is away."

// events reads what happened last, of one bot or of all.
func (p *pages) events(ctx context.Context, of *crewBot) (dashboard.Events, error) {
	q := event.ListQuery{Limit: 6}
	var bots map[bot.ID]*berth
	if of != nil {
		q.Bot = &of.ID
	} else {
		bots = p.muster(ctx).at
	}
	list, err := p.crew.Events(ctx, q)
	if err != nil {
		return dashboard.Events{Away: partAway}, err
	}
	out := dashboard.Events{All: allEvents(of)}
	for _, e := range list {
		out.List = append(out.List, showEvent(e, bots))
	}
	return out, nil
}

// showEvent puts an event into words: on a page of all bots, which gives them, the bot comes first
// ("Clock crashed").
func showEvent(e event.Event, bots map[bot.ID]*berth) dashboard.Event {
	x := dashboard.Event{ID: e.ID, At: e.At, Text: e.Message}
	x.Tone, x.Icon = eventLook(e.Kind)
	if e.Bot != nil && bots[*e.Bot] != nil {
		x.Subject, x.Href = bots[*e.Bot].Name, "/bots/"+e.Bot.String()
	}
	if words := eventWords(e.Kind); x.Subject != "" && words != "" {
		x.Text = words
		if e.Kind != event.BotRunning && e.Kind != event.BotCreated { // these say no more
			x.Detail = e.Message
		}
	}
	if by := string(e.Actor); by != "" && !strings.Contains(e.Message, by) {
		x.By = by
	}
	return x
}

// eventWords says what happened to a bot, to go after its name; "" where only the message does.
func eventWords(k event.Kind) string {
	return map[event.Kind]string{
		event.BotCreated: "was created", event.BotUpdated: "was changed", event.BotDeleted: "was deleted",
		event.BotStarting: "started", event.BotRunning: "is running", event.BotStopping: "is stopping", event.BotStopped: "stopped",
		event.BotExited: "ended", event.BotWaiting: "ended, to be restarted", event.BotCrashed: "crashed", event.BotAdopted: "was found running",
		event.BotReportSuccess: "reports success", event.BotReportError: "reports an error", event.BotReportInfo: "says",
		event.BotDeaf: "is unresponsive", event.BotHeard: "answers again", event.BotWarning: "needs a look",
		event.BotCrashLoop: "crashes again and again", event.BotInput: "got a line", event.BotUnordered: "started out of order",
		event.BotInstalling: "gets what it needs", event.BotInstalled: "has what it needs", event.BotInstallFailed: "was not installed",
		event.SecretSet: "got a secret", event.SecretRemoved: "lost a secret",
	}[k]
}

// eventLook gives colour and picture of an event.
func eventLook(k event.Kind) (ui.Tone, icon.Name) {
	if s, ok := map[event.Kind]bot.State{
		event.BotStarting: bot.Starting, event.BotRunning: bot.Running, event.BotStopping: bot.Stopping, event.BotStopped: bot.Stopped,
		event.BotExited: bot.Exited, event.BotWaiting: bot.Waiting, event.BotCrashed: bot.Crashed, event.BotAdopted: bot.Running,
		event.BotDeaf: bot.Unresponsive, event.BotHeard: bot.Running,
	}[k]; ok {
		if s == bot.Starting { // it is over: nothing turns
			return ui.ToneOf(s), icon.Play
		}
		if s == bot.Stopping {
			return ui.ToneOf(s), icon.Square
		}
		return ui.ToneOf(s), ui.StateIcon(s)
	}
	switch k {
	case event.BotReportSuccess:
		return ui.OK, icon.CircleCheck
	case event.BotReportError:
		return ui.Error, icon.CircleX
	case event.BotReportInfo:
		return ui.Info, icon.Radio
	case event.BotCause:
		return ui.Warn, icon.Info
	case event.BotCrashLoop:
		return ui.Error, icon.TriangleAlert
	case event.BotInstalling:
		return ui.Info, icon.Package
	case event.BotInstalled:
		return ui.OK, icon.Package
	case event.BotInstallFailed:
		return ui.Error, icon.Package
	case event.BotUnordered, event.BotWarning:
		return ui.Warn, icon.TriangleAlert
	case event.BotInput:
		return ui.Info, icon.Terminal
	case event.BotCreated:
		return ui.Info, icon.Plus
	case event.BotUpdated:
		return ui.Info, icon.Pencil
	case event.BotDeleted:
		return ui.ToneOf(bot.Stopped), icon.Trash2
	case event.UserLogin:
		return ui.Info, icon.LogIn
	case event.UserLogout:
		return ui.Info, icon.LogOut
	case event.UserCreated:
		return ui.Info, icon.User
	case event.SecretSet, event.SecretRemoved, event.KeyRotated, event.TokenMade:
		return ui.Info, icon.KeyRound
	case event.PlatformDown:
		return ui.Warn, icon.Globe
	case event.PlatformUp:
		return ui.OK, icon.Globe
	}
	return ui.Info, icon.Info
}

// runs reads the newest recorded starts.
func (p *pages) runs(ctx context.Context, b botcard.Bot) (botpage.Runs, error) {
	const most = 10
	list, err := p.crew.Runs(ctx, b.ID, 0, most+1)
	if err != nil {
		return botpage.Runs{Away: partAway, Now: b.Now}, err
	}
	shown := showRuns(list, b.Status.State, true)
	return botpage.Runs{Bot: b.ID, Now: b.Now, List: shown[:min(most, len(shown))]}, nil
}

// healthBanner says what is wrong with Botswain itself; nothing when all is well.
func healthBanner(s health.State) templ.Component {
	if s.Well() {
		return templ.NopComponent
	}
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		p := ui.BannerProps{Tone: ui.Error, Title: i18n.T(ctx, "layout.disk-trouble"), Text: i18n.Say(ctx, s.Message), Class: "mb-4"}
		if s.DatabaseDown {
			p.Tone, p.Icon, p.Title = ui.Warn, icon.Database, i18n.T(ctx, "layout.database-away")
		}
		return ui.Banner(p).Render(ctx, w)
	})
}

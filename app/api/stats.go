package api

import (
	"cmp"
	"context"
	"math"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/stats"
)

// System is what the machine uses. A null figure couldn't be measured: missing says why.
type System struct {
	At      time.Time         `json:"at" doc:"When it was measured."`
	Name    string            `json:"name" doc:"The machine's name." example:"harbour"`
	Cores   int               `json:"cores" example:"4"`
	CPU     *float64          `json:"cpu_percent" doc:"Of all cores: 100 is all busy." example:"12.5"`
	Load1   *float64          `json:"load1" example:"0.42"`
	Memory  Space             `json:"memory"`
	Swap    Space             `json:"swap"`
	Disk    Space             `json:"disk" doc:"The file system of the data directory."`
	Network Network           `json:"network"`
	Missing map[string]string `json:"missing" doc:"Why a figure is null, by its place, such as network.sent_bytes_per_second."`
	History SystemHistory     `json:"history"`
}

// Space is an amount used of a whole, in bytes.
type Space struct {
	Used  *uint64 `json:"used_bytes" example:"1073741824"`
	Total *uint64 `json:"total_bytes" example:"4294967296"`
}

// Network is the traffic of the machine.
type Network struct {
	Interface string   `json:"interface" doc:"The interfaces that are summed." example:"eth0"`
	Sent      *float64 `json:"sent_bytes_per_second" example:"2048"`
	Received  *float64 `json:"received_bytes_per_second" example:"4096"`
}

// SystemHistory has the newest samples, oldest first; null where there is none.
type SystemHistory struct {
	StepSeconds float64    `json:"step_seconds" example:"2"`
	CPU         []*float64 `json:"cpu_percent" nullable:"false"`
	Sent        []*float64 `json:"sent_bytes_per_second" nullable:"false"`
	Received    []*float64 `json:"received_bytes_per_second" nullable:"false"`
}

// BotUsage is what the whole process tree of a bot uses. All figures are null when it doesn't run.
type BotUsage struct {
	ID        string     `json:"id" format:"uuid"`
	Name      string     `json:"name" example:"Weather"`
	At        *time.Time `json:"at" doc:"When it was measured."`
	CPU       *float64   `json:"cpu_percent" doc:"100 is one core." example:"3.5"`
	Memory    *int64     `json:"memory_bytes" doc:"Resident memory." example:"52428800"`
	Processes *int       `json:"processes" example:"1"`
	Threads   *int       `json:"threads" example:"8"`
	OpenFiles *int       `json:"open_files" example:"14"`
}

// BotUsageHistory is a bot's usage with its short history.
type BotUsageHistory struct {
	BotUsage
	From        time.Time `json:"from"`
	To          time.Time `json:"to"`
	StepSeconds float64   `json:"step_seconds" example:"2"`
	Points      []Point   `json:"points" nullable:"false" doc:"Oldest first."`
	Reported    *Reported `json:"reported" doc:"Null when the bot has reported nothing, or while the database is away."`
}

// Point is one sample, or the mean of the samples of one step.
type Point struct {
	At     time.Time `json:"at"`
	CPU    *float64  `json:"cpu_percent"`
	Memory *float64  `json:"memory_bytes"`
}

type systemOutput struct{ Body System }

type usageListOutput struct{ Body UsageList }

// UsageList has the usage of all bots.
type UsageList struct {
	Bots []BotUsage `json:"bots" nullable:"false"`
}

type usageInput struct {
	PathID
	From time.Time `query:"from" doc:"Default: three minutes ago. Beyond that points are means of stored steps, a year back at most."`
	To   time.Time `query:"to" doc:"Default and latest: now."`
	Step string    `query:"step" doc:"Time between two points, at least 2s; samples in between are averaged." example:"10s"`
}

type usageOutput struct{ Body BotUsageHistory }

func (a *API) registerStats() {
	register(a, operation(http.MethodGet, "/stats/system", "get-system-stats", tagStats, "Get the machine's figures",
		"The newest figures, measured every 2 seconds, and those of the last three minutes."),
		func(context.Context, *struct{}) (*systemOutput, error) {
			return &systemOutput{Body: toSystem(a.Stats.Host())}, nil
		})
	register(a, operation(http.MethodGet, "/stats/bots", "list-bot-stats", tagStats, "Get all bots' figures",
		"The newest figures of each bot, measured every 2 seconds."),
		func(ctx context.Context, _ *struct{}) (*usageListOutput, error) {
			out := &usageListOutput{Body: UsageList{Bots: []BotUsage{}}}
			for _, v := range a.Crew.All(ctx) {
				s, _ := a.Stats.Bot(v.ID)
				out.Body.Bots = append(out.Body.Bots, toUsage(v, s))
			}
			return out, nil
		})
	register(a, operation(http.MethodGet, "/stats/bots/{id}", "get-bot-stats", tagStats, "Get a bot's figures",
		"The newest figures, and the points between from and to. The history operation has more figures, with least and largest values.",
		http.StatusNotFound, http.StatusServiceUnavailable), a.getBotStats)
}

func (a *API) getBotStats(ctx context.Context, in *usageInput) (*usageOutput, error) {
	v, err := a.find(ctx, in.PathID)
	if err != nil {
		return nil, err
	}
	step := stats.Interval
	if in.Step != "" {
		if step, err = time.ParseDuration(in.Step); err != nil || step <= 0 {
			p := newProblem(http.StatusUnprocessableEntity, "step must be a duration such as 10s.")
			p.Add(&huma.ErrorDetail{Location: "query.step", Message: "Write a duration such as 10s."})
			return nil, p
		}
		step = max(step, stats.Interval)
	}
	if !in.From.IsZero() && !in.To.IsZero() && in.To.Before(in.From) {
		p := newProblem(http.StatusUnprocessableEntity, "to must not be before from.")
		p.Add(&huma.ErrorDetail{Location: "query.to", Message: "This must not be before from."})
		return nil, p
	}
	s, _ := a.Stats.Bot(v.ID)
	newest := a.Stats.Host().At
	if newest.IsZero() {
		newest = a.Now()
	}
	samples := points(s, newest)
	from, to := in.From, in.To
	if to.IsZero() || to.After(newest) {
		to = newest
	}
	oldest := newest.Add(-(stats.HistoryLen - 1) * stats.Interval)
	if a.History != nil && !from.IsZero() && from.Before(oldest) && from.Before(to) {
		list, err := a.longPoints(ctx, v.ID, from, to, step)
		if err != nil {
			return nil, err
		}
		if len(list) > 1 {
			step = list[1].At.Sub(list[0].At)
		}
		return &usageOutput{Body: BotUsageHistory{
			BotUsage: toUsage(v, s), From: from.UTC(), To: to.UTC(), StepSeconds: step.Seconds(), Points: list, Reported: a.reported(ctx, v.ID, v.Status.State),
		}}, nil
	}
	if from.Before(oldest) {
		from = oldest
	}
	return &usageOutput{Body: BotUsageHistory{
		BotUsage: toUsage(v, s), From: from.UTC(), To: to.UTC(), StepSeconds: step.Seconds(), Points: thin(samples, from, to, step),
		Reported: a.reported(ctx, v.ID, v.Status.State),
	}}, nil
}

// points gives each sample its time: the last one was taken at newest.
func points(s stats.Bot, newest time.Time) []Point {
	n := max(len(s.CPUHistory), len(s.RSSHistory))
	out := make([]Point, n)
	for i := range out {
		out[i].At = newest.Add(-time.Duration(n-1-i) * stats.Interval).UTC()
		// Both end with the newest sample, also when one began later.
		if j := i - n + len(s.CPUHistory); j >= 0 {
			out[i].CPU = figure(s.CPUHistory[j])
		}
		if j := i - n + len(s.RSSHistory); j >= 0 {
			out[i].Memory = figure(s.RSSHistory[j])
		}
	}
	return out
}

// thin keeps what lies in [from, to] and averages it over steps that begin with from.
func thin(samples []Point, from, to time.Time, step time.Duration) []Point {
	out := []Point{}
	var cpu, memory mean
	last := time.Duration(-1)
	for _, p := range samples {
		if p.At.Before(from) || p.At.After(to) {
			continue
		}
		if n := p.At.Sub(from) / step; n != last {
			last, cpu, memory = n, mean{}, mean{}
			out = append(out, Point{At: p.At})
		}
		now := &out[len(out)-1]
		now.CPU, now.Memory = cpu.add(p.CPU), memory.add(p.Memory)
	}
	return out
}

type mean struct {
	sum float64
	n   int
}

func (m *mean) add(v *float64) *float64 {
	if v != nil {
		m.sum, m.n = m.sum+*v, m.n+1
	}
	if m.n == 0 {
		return nil
	}
	f := m.sum / float64(m.n)
	return &f
}

func toUsage(v crew.View, s stats.Bot) BotUsage {
	out := BotUsage{ID: v.ID.String(), Name: v.Name}
	u := s.Usage
	if u.At.IsZero() || !v.Status.State.Alive() {
		return out
	}
	out.At, out.CPU, out.Memory, out.OpenFiles = instant(u.At), u.CPU, u.RSS, u.OpenFiles
	out.Processes, out.Threads = &u.Processes, &u.Threads
	return out
}

func toSystem(h stats.Host) System {
	out := System{
		At: h.At.UTC(), Name: h.Name, Cores: h.Cores, CPU: h.CPU, Load1: h.Load1,
		Memory: Space{h.MemUsed, h.MemTotal}, Swap: Space{h.SwapUsed, h.SwapTotal}, Disk: Space{h.DiskUsed, h.DiskTotal},
		Network: Network{Interface: h.NetIface, Sent: h.NetSent, Received: h.NetRecv},
		Missing: map[string]string{},
		History: SystemHistory{
			StepSeconds: stats.Interval.Seconds(),
			CPU:         series(h.CPUHistory), Sent: series(h.SentHistory), Received: series(h.RecvHistory),
		},
	}
	for k, v := range h.Missing {
		out.Missing[cmp.Or(missingNames()[k], k)] = v
	}
	return out
}

// missingNames are the properties of System by the names of stats.Host.
func missingNames() map[string]string {
	return map[string]string{
		"CPU": "cpu_percent", "Load1": "load1", "MemUsed": "memory.used_bytes", "MemTotal": "memory.total_bytes",
		"SwapUsed": "swap.used_bytes", "SwapTotal": "swap.total_bytes", "DiskUsed": "disk.used_bytes", "DiskTotal": "disk.total_bytes",
		"CoreCPU": "cores", "Disks": "disks", "DiskIO": "disk_io", "Interfaces": "interfaces", "Temperatures": "temperatures",
		"NetSent": "network.sent_bytes_per_second", "NetRecv": "network.received_bytes_per_second",
	}
}

func series(s []float64) []*float64 {
	out := make([]*float64, len(s))
	for i, f := range s {
		out[i] = figure(f)
	}
	return out
}

// figure is null in JSON when there is none.
func figure(f float64) *float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return &f
}

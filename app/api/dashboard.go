package api

import (
	"context"
	"net/http"

	"github.com/botswain/botswain/app/bot"
)

// Dashboard has the numbers of the first page.
type Dashboard struct {
	Total    int            `json:"total" doc:"How many bots there are." example:"12"`
	ByStatus map[string]int `json:"by_status" doc:"How many bots are in each state; all states are there." example:"{\"running\":10,\"crashed\":2}"`
	Restarts int            `json:"restarts" doc:"Automatic restarts of all bots since a person last started each." example:"3"`
	Host     System         `json:"host"`
	Reported *CrewReported  `json:"reported" doc:"What all bots report together. Null while the database is away."`
	Health   Condition      `json:"health"`
}

// Condition says whether something is wrong with Botswain itself.
type Condition struct {
	OK           bool   `json:"ok"`
	DatabaseDown bool   `json:"database_down"`
	DiskFull     bool   `json:"disk_full"`
	Message      string `json:"message" doc:"What is wrong, in words; empty when nothing is."`
}

type dashboardOutput struct{ Body Dashboard }

func (a *API) registerDashboard() {
	register(a, operation(http.MethodGet, "/dashboard", "get-dashboard", tagStats, "Get the numbers of the first page",
		"Bots by state, the machine's figures, what all bots report together, and whether something is wrong with Botswain itself."),
		func(ctx context.Context, _ *struct{}) (*dashboardOutput, error) {
			out := &dashboardOutput{Body: Dashboard{ByStatus: map[string]int{}, Host: toSystem(a.Stats.Host())}}
			for _, s := range bot.States() {
				out.Body.ByStatus[string(s)] = 0
			}
			for _, v := range a.Crew.All(ctx) {
				out.Body.Total++
				out.Body.ByStatus[string(v.Status.State)]++
				out.Body.Restarts += v.Status.Restarts
			}
			out.Body.Reported = a.crewReported(ctx)
			s := a.Health.State()
			out.Body.Health = Condition{
				OK: !s.DatabaseDown && !s.DiskFull, DatabaseDown: s.DatabaseDown, DiskFull: s.DiskFull, Message: s.Message,
			}
			return out, nil
		})
}

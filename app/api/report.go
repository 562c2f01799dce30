package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/report"
)

// ReportPath is where runs report.
const ReportPath = Prefix + "/report"

// runScheme is the security scheme of operations that runs call, not people: an API token doesn't
// open them, and a run's token opens nothing else.
const runScheme = "run"

// Reports takes in what bots tell of themselves; *report.Service is the real one.
type Reports interface {
	// Identify says which living run a token is of: fault.Unauthorized when of none.
	Identify(raw string) (report.Caller, error)
	// Admit counts a report: fault.TooMany when the run has sent its share.
	Admit(report.Caller) error
	Accept(context.Context, report.Caller, report.Report) error
	Figures(context.Context, bot.ID) (report.Figures, error)
}

// ReportInput is what a bot tells of itself. Everything may be left out, and what isn't known is
// ignored, so that a bot may be newer than Botswain.
type ReportInput struct {
	_         struct{}           `json:"-" additionalProperties:"true"`
	Ready     bool               `json:"ready,omitempty" doc:"The bot is up. Counts where ready.by is report."`
	Heartbeat bool               `json:"heartbeat,omitempty" doc:"The bot is alive. Counts where health.by is report."`
	Gauges    map[string]float64 `json:"gauges,omitempty" doc:"What is now, such as guilds, users, commands, ping_ms. Names match ^[a-z][a-z0-9_]{0,31}$; at most 32." example:"{\"guilds\":12,\"ping_ms\":41.5}"`
	Counters  map[string]float64 `json:"counters,omitempty" doc:"What has come to it since the last report, such as messages: at least 0. Names as those of gauges." example:"{\"messages\":5}"`
	Events    []ReportEvent      `json:"events,omitempty" doc:"At most 50."`
}

// ReportEvent is something that a bot found worth telling. Tell nothing about single people.
type ReportEvent struct {
	_       struct{}   `json:"-" additionalProperties:"true"`
	Type    string     `json:"type" doc:"success, error or info." example:"info"`
	Message string     `json:"message" doc:"At most 500 characters." example:"Joined the 100th guild"`
	At      *time.Time `json:"at,omitempty" doc:"Default: when it arrives. At most a minute in the future."`
}

type reportInput struct{ Body ReportInput }

func (a *API) registerReport() {
	op := operation(http.MethodPost, strings.TrimPrefix(ReportPath, Prefix), "report", tagReports, "Report as a bot",
		"For bots themselves: the address is in $BOTSWAIN_REPORT_URL, the token in $BOTSWAIN_REPORT_TOKEN, and it holds for as long as "+
			"the run lives. The body is read as JSON, whatever its Content-Type. 204 means that everything is stored. At most 64 KiB, and 60 reports a minute. With 503 the database is away: "+
			"ready and heartbeat were heard, the rest is to be sent again.",
		http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusTooManyRequests)
	op.DefaultStatus = http.StatusNoContent
	op.MaxBodyBytes = report.MaxBytes
	op.Security = []map[string][]string{{runScheme: {}}}
	register(a, op, a.report)
}

func (a *API) report(ctx context.Context, in *reportInput) (*struct{}, error) {
	b := in.Body
	r := report.Report{Ready: b.Ready, Heartbeat: b.Heartbeat, Gauges: b.Gauges, Counters: b.Counters}
	for _, e := range b.Events {
		out := report.Event{Type: e.Type, Message: e.Message}
		if e.At != nil {
			out.At = *e.At
		}
		r.Events = append(r.Events, out)
	}
	who, _ := ctx.Value(runKey).(report.Caller)
	return nil, a.Reports.Accept(ctx, who, r)
}

// forRuns says whether runs call an operation.
func forRuns(op *huma.Operation) bool {
	for _, s := range op.Security {
		if _, ok := s[runScheme]; ok {
			return true
		}
	}
	return false
}

// authenticateRun lets a living run through that hasn't reported too often.
func (a *API) authenticateRun(ctx huma.Context, next func(huma.Context)) {
	c := humaecho.Unwrap(ctx)
	who, err := a.Reports.Identify(bearer(c.Request()))
	if err == nil {
		err = a.Reports.Admit(who)
	}
	if err != nil {
		a.answer(c.Response(), c.Request(), err)
		return
	}
	// Whatever the smallest of clients calls it: nothing but JSON is read here.
	c.Request().Header.Set("Content-Type", "application/json")
	c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), runKey, who)))
	next(ctx)
}

// bearer is the token of a request; "" when there is none.
func bearer(r *http.Request) string {
	scheme, raw, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(raw)
}

// tooLarge says how much an operation takes.
func tooLarge(op *huma.Operation) string {
	most := int64(maxBody)
	if op != nil && op.MaxBodyBytes > 0 {
		most = op.MaxBodyBytes
	}
	return "The request is too large: at most " + strconv.FormatInt(most>>10, 10) + " KiB."
}

package app

import (
	"context"
	"net"
	"net/netip"
	"path/filepath"

	"github.com/botswain/botswain/app/api"
	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/notify"
	"github.com/botswain/botswain/app/report"
	"github.com/botswain/botswain/app/supervisor"
)

// notifyFolder is the folder in the data directory with the sockets of sd_notify's protocol.
const notifyFolder = "notify"

// wireNotify builds what hears bots that speak sd_notify's protocol.
func (a *App) wireNotify() {
	a.notify = notify.New(notify.Options{
		Dir: filepath.Join(a.cfg.DataDir, notifyFolder),
		Heard: func(ctx context.Context, id bot.ID, run bot.RunID, m notify.Message) {
			sign := supervisor.Sign{By: bot.ProbeNotify, Ready: m.Ready, Alive: m.Alive, Failing: m.Failing, Status: m.Status}
			if m.Status != nil {
				said := a.logs.Redact(id, *m.Status)
				sign.Status = &said
			}
			if m.Stopping && m.Status == nil {
				words := "Stopping, it says"
				sign.Status = &words
			}
			a.supervisor.Heard(ctx, id, run, sign)
		},
		PID: func(id bot.ID, run bot.RunID) int {
			if st, ok := a.supervisor.Status(id); ok && st.Run == run {
				return st.PID
			}
			return 0
		},
		Log: a.log.With("part", "notify"),
	})
}

// wireReports builds what takes reports of bots in.
func (a *App) wireReports() {
	a.reports = report.New(report.Options{
		Tokens: report.NewTokens(a.secrets.Subkey(runTokens)), Store: report.NewStore(a.pool), Supervisor: a.supervisor, Hub: a.hub, Redact: a.logs.Redact,
		Log: a.log.With("part", "reports"),
	})
}

// reportEnv tells a run where to report and with which token. The address is known by then: bots are
// started after New.
func (a *App) reportEnv(run bot.RunID) map[string]string {
	return map[string]string{
		"BOTSWAIN_REPORT_URL":   "http://" + reachable(a.listener.Addr()) + api.ReportPath,
		"BOTSWAIN_REPORT_TOKEN": a.reports.Tokens.Of(run),
	}
}

// reachable is where a process of this machine finds a listener: 127.0.0.1 when that listens on all
// addresses.
func reachable(addr net.Addr) string {
	at, err := netip.ParseAddrPort(addr.String())
	if err != nil || !at.Addr().IsUnspecified() {
		return addr.String()
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), at.Port()).String()
}

// runToken is for the route table: nil for the token of a run that lives.
func (a *App) runToken(raw string) error {
	_, err := a.reports.Identify(raw)
	return err
}

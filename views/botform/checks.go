package botform

import (
	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/ui"
)

func readyOptions() []ui.Option {
	var list []ui.Option
	for _, p := range bot.ReadyProbes() {
		list = append(list, ui.Option{Value: string(p), Label: readyLabel(p)})
	}
	return list
}

func readyLabel(p bot.Probe) string {
	switch p {
	case bot.ProbeReport:
		return "it reports that it is ready"
	case bot.ProbeNotify:
		return "it sends READY=1 (sd_notify)"
	case bot.ProbePattern:
		return "it prints a line that matches"
	case bot.ProbeHTTP:
		return "a web address answers"
	case bot.ProbeTCP:
		return "a port takes connections"
	}
	return "it has lived for a while"
}

func healthOptions() []ui.Option {
	var list []ui.Option
	for _, p := range bot.HealthProbes() {
		list = append(list, ui.Option{Value: string(p), Label: healthLabel(p)})
	}
	return list
}

func healthLabel(p bot.Probe) string {
	switch p {
	case bot.ProbeReport:
		return "Heartbeats that it reports"
	case bot.ProbeNotify:
		return "WATCHDOG=1 (sd_notify)"
	case bot.ProbeHTTP:
		return "A web address that answers"
	case bot.ProbeTCP:
		return "A port that takes connections"
	}
	return "Not watched"
}

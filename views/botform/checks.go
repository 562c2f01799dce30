package botform

import (
	"context"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/ui"
)

func readyOptions(ctx context.Context) []ui.Option {
	var list []ui.Option
	for _, p := range bot.ReadyProbes() {
		list = append(list, ui.Option{Value: string(p), Label: i18n.T(ctx, readyLabel(p))})
	}
	return list
}

func readyLabel(p bot.Probe) i18n.Key {
	switch p {
	case bot.ProbeReport:
		return "form.ready.report"
	case bot.ProbeNotify:
		return "form.ready.notify"
	case bot.ProbePattern:
		return "form.ready.pattern"
	case bot.ProbeHTTP:
		return "form.ready.http"
	case bot.ProbeTCP:
		return "form.ready.tcp"
	}
	return "form.ready.lived"
}

func healthOptions(ctx context.Context) []ui.Option {
	var list []ui.Option
	for _, p := range bot.HealthProbes() {
		list = append(list, ui.Option{Value: string(p), Label: i18n.T(ctx, healthLabel(p))})
	}
	return list
}

func healthLabel(p bot.Probe) i18n.Key {
	switch p {
	case bot.ProbeReport:
		return "form.health.report"
	case bot.ProbeNotify:
		return "form.health.notify"
	case bot.ProbeHTTP:
		return "form.health.http"
	case bot.ProbeTCP:
		return "form.health.tcp"
	}
	return "form.health.none"
}

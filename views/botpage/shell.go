package botpage

import (
	"context"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/ui"
)

// Shell is what all pages of a bot have around them: its head and the tabs. Live updates replace the
// head on each of them.
type Shell struct {
	Bot botcard.Bot
	// View is the tab that is shown, and where its actions return to.
	View botcard.View
}

// Path is the address of one of a bot's tabs.
func Path(id bot.ID, v botcard.View) string {
	base := "/bots/" + id.String()
	if v == botcard.OnPage {
		return base
	}
	return base + "/" + string(v)
}

// Views are the tabs of a bot's page, in their order.
func Views() []botcard.View {
	return []botcard.View{botcard.OnPage, botcard.OnLogs, botcard.OnRuns, botcard.OnCrashes, botcard.OnSettings, botcard.OnSecrets}
}

// Word names a tab.
func Word(v botcard.View) i18n.Key {
	switch v {
	case botcard.OnLogs:
		return "bot.tab-logs"
	case botcard.OnRuns:
		return "bot.tab-runs"
	case botcard.OnCrashes:
		return "bot.tab-crashes"
	case botcard.OnSettings:
		return "bot.tab-settings"
	case botcard.OnSecrets:
		return "bot.tab-secrets"
	}
	return "bot.tab-overview"
}

// Tabs lists the pages of a bot.
func Tabs(ctx context.Context, id bot.ID, current botcard.View) []ui.Tab {
	var tabs []ui.Tab
	for _, v := range Views() {
		tabs = append(tabs, ui.Tab{Label: i18n.T(ctx, Word(v)), Href: Path(id, v), Current: v == current})
	}
	return tabs
}

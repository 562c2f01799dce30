package botpage

import (
	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/botcard"
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
func Word(v botcard.View) string {
	switch v {
	case botcard.OnLogs:
		return "Logs"
	case botcard.OnRuns:
		return "Runs"
	case botcard.OnCrashes:
		return "Crashes"
	case botcard.OnSettings:
		return "Settings"
	case botcard.OnSecrets:
		return "Secrets"
	}
	return "Overview"
}

// Tabs lists the pages of a bot.
func Tabs(id bot.ID, current botcard.View) []ui.Tab {
	var tabs []ui.Tab
	for _, v := range Views() {
		tabs = append(tabs, ui.Tab{Label: Word(v), Href: Path(id, v), Current: v == current})
	}
	return tabs
}

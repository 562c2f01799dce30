package event

// What happens when what a bot needs is installed.
const (
	BotInstalling    Kind = "bot.installing"
	BotInstalled     Kind = "bot.installed"
	BotInstallFailed Kind = "bot.install.failed" // or was cancelled, or nobody saw its end
)

package bot

import "regexp"

// SecretField is a secret that programs of a type usually need, under the name that the example bots
// and most guides use.
type SecretField struct {
	Name     string // of the variable
	Label    string // for people
	Looks    string // what a value looks like, in words
	Where    string // where to get one, in words
	Link     string // the page where, or ""
	Optional bool   // many programs do without
	form     *regexp.Regexp
	wrong    string
}

// The shapes of what the platforms give out. Telegram: the bot's id, a colon and 35 characters
// (core.telegram.org/bots/api#authorizing-your-bot). Discord: three parts in base64url, the first is
// the application's id (discord.com/developers/docs/reference#authentication); their lengths have
// changed over the years. api_hash: 32 hex digits (core.telegram.org/api/obtaining_api_id).
var (
	telegramToken = regexp.MustCompile(`^[0-9]{5,16}:[A-Za-z0-9_-]{30,64}$`)
	discordToken  = regexp.MustCompile(`^[A-Za-z0-9_-]{17,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{20,}$`)
	apiID         = regexp.MustCompile(`^[0-9]{1,12}$`)
	apiHash       = regexp.MustCompile(`^[0-9a-fA-F]{32}$`)
	phone         = regexp.MustCompile(`^\+[0-9][0-9 ()-]{5,24}$`)
	sessionName   = regexp.MustCompile(`^[^/\\\x00]{1,64}$`)
)

// SecretFields lists what a type usually needs; none for Generic.
func SecretFields(t Type) []SecretField {
	switch t {
	case TelegramBot:
		return []SecretField{{
			Name: "TOKEN", Label: "Bot token", Looks: "Digits, a colon and 35 letters, such as 123456789:AAH…", Where: "Ask @BotFather in Telegram: /newbot makes a bot, /token shows its token again.",
			Link: "https://t.me/BotFather", form: telegramToken, wrong: "This isn't a bot token: it has digits, a colon and about 35 letters, digits, _ or -. Copy it whole from @BotFather.",
		}}
	case TelegramUserbot:
		return []SecretField{
			{
				Name: "API_ID", Label: "API id", Looks: "A number of about 8 digits.", Where: "Log in to my.telegram.org, then API development tools.", Link: "https://my.telegram.org/apps",
				form: apiID, wrong: "An API id has digits only. It stands beside App api_id on my.telegram.org.",
			},
			{
				Name: "API_HASH", Label: "API hash", Looks: "32 of the digits 0 to 9 and letters a to f.", Where: "It stands below the API id on the same page.", Link: "https://my.telegram.org/apps",
				form: apiHash, wrong: "An API hash has 32 digits and letters from a to f. Copy it whole from my.telegram.org.",
			},
			{
				Name: "PHONE", Label: "Phone number", Looks: "With + and the country's code.", Where: "That of the account. The login code is typed into the bot's log page.", Optional: true,
				form: phone, wrong: "Write the number with + and the country's code, such as +4915112345678.",
			},
			{
				Name: "SESSION_NAME", Label: "Session name", Looks: "A word; the session's file is called so.", Where: "Whatever the program expects.", Optional: true,
				form: sessionName, wrong: "Use at most 64 characters, without slashes.",
			},
		}
	case DiscordBot:
		return []SecretField{{
			Name: "TOKEN", Label: "Bot token", Looks: "Three parts with dots between, about 70 letters.", Where: "In the Discord developer portal: your application, Bot, Reset token. The application's id, public key and client secret are other things.",
			Link: "https://discord.com/developers/applications", form: discordToken, wrong: "This isn't a bot token: it has three parts with dots between. Copy it from the page Bot of your application.",
		}}
	}
	return nil
}

// Check says what is wrong with the shape of a value; "" when nothing is. The message never has the
// value in it.
func (f SecretField) Check(value string) string {
	if f.form == nil || f.form.MatchString(value) {
		return ""
	}
	return f.wrong
}

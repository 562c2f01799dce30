package cause

import (
	"syscall"

	"github.com/botswain/botswain/app/bot"
)

// row is one cause. To add one, add a row and a file of real output in testdata; cause_test.go asks for it.
type row struct {
	id string
	// source is where it is written that this text means this.
	source string
	// says are regular expressions (RE2) for one line of output, without colours: they must fit nothing
	// but what this cause makes the library print, for they count for bots of every type. saysHere
	// count only for the types in about. Empty: when alone decides.
	says, saysHere []string
	about          []bot.Type
	// with must match another of the last lines; "": nothing else is needed.
	with string
	// when must hold, too; nil: nothing to hold. A row for starts that failed has only this.
	when func(Evidence) bool
	// afterSuccess has it count after exit code 0 as well.
	afterSuccess bool
	// fatal: starting again can't mend it. In doubt it isn't.
	fatal bool
	// title has no full stop; explanation and remedy are sentences. {1} is the first group of the
	// expression that matched, {err} what a failed start says.
	title, explanation, remedy string
}

const (
	discordCodes = "https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes"
	telegramAPI  = "https://core.telegram.org/bots/api"
	mtprotoErrs  = "https://core.telegram.org/api/errors"
	pythonExc    = "https://docs.python.org/3/library/exceptions.html"
	nodeErrs     = "https://nodejs.org/api/errors.html"
	newToken     = "Open the bot on discord.com/developers/applications, go to Bot, press Reset Token, and save the new token as TOKEN in this bot's settings. Then start it."
	newBotToken  = "Send /mybots to @BotFather in Telegram, choose the bot, press API Token, and save exactly that text as TOKEN in this bot's settings. Then start it."
	logInAgain   = "Delete the session file in the bot's directory, start the bot, and type phone number and login code into the console line of this page."
)

// rows are all causes. Where two match at the same line the first counts: the special before the general.
func rows() []row {
	discord, telegram := []bot.Type{bot.DiscordBot}, []bot.Type{bot.TelegramBot, bot.TelegramUserbot}
	return []row{
		// Discord
		{
			id: "discord-disallowed-intents", source: discordCodes, fatal: true, afterSuccess: true, about: discord,
			says:        []string{`discord\.errors\.PrivilegedIntentsRequired`, `WebSocket closed with 4014\b`, `websocket: close 4014\b`, `^Error: Used disallowed intents$`},
			saysHere:    []string{`\b4014\b.*[Dd]isallowed intent`, `[Dd]isallowed intents?\b`},
			title:       "Discord doesn't allow the intents that the bot asks for",
			explanation: "The bot asks for privileged intents (members, presences or message content) that are switched off for its application, so Discord closed the connection (4014).",
			remedy:      "Open the bot on discord.com/developers/applications, go to Bot, switch on the intents under Privileged Gateway Intents, and save. Or take them out of the bot's code. Then start it.",
		},
		{
			id: "discord-no-token", source: "discord.py, Client.login", fatal: true,
			says:        []string{`^TypeError: expected token to be a str, received NoneType`},
			title:       "The bot was started without a token",
			explanation: "The program found no token in its environment.",
			remedy:      "Save the bot's Discord token as TOKEN in this bot's settings (or under the name that the program reads), then start it.",
		},
		{
			id: "discord-invalid-token", source: discordCodes, fatal: true, afterSuccess: true, about: discord,
			says: []string{
				`discord\.errors\.LoginFailure`, `\[TokenInvalid\]: An invalid token was provided`, `WebSocket closed with 4004\b`, `websocket: close 4004\b`,
			},
			saysHere:    []string{`^Error: Authentication failed\.?$`, `\b4004\b.*[Aa]uthentication failed`, `HTTP 401 Unauthorized`},
			title:       "The Discord token is not valid",
			explanation: "Discord refused the token (401 or 4004), or the program was given none. A token stops being valid when it is reset, and Discord resets it when it was seen in public or connected more than 1,000 times in a day.",
			remedy:      newToken,
		},
		{
			id: "discord-invalid-intents", source: discordCodes, fatal: true, afterSuccess: true, about: discord,
			says:        []string{`WebSocket closed with 4013\b`, `websocket: close 4013\b`, `^Error: Used invalid intents$`},
			saysHere:    []string{`\b4013\b.*[Ii]nvalid intent`},
			title:       "The bot asks for intents that don't exist",
			explanation: "Discord closed the connection (4013): the number of intents that the program sends is wrong.",
			remedy:      "Correct the intents in the bot's code; they are calculated by adding bits of the list in Discord's documentation. Then start it.",
		},
		{
			id: "discord-invalid-shard", source: discordCodes, fatal: true, afterSuccess: true, about: discord,
			says:        []string{`WebSocket closed with 4010\b`, `websocket: close 4010\b`, `^Error: Invalid shard$`},
			saysHere:    []string{`\b4010\b.*[Ii]nvalid shard`},
			title:       "The bot connects with a wrong shard number",
			explanation: "Discord closed the connection (4010): the shard's number must be below the number of shards.",
			remedy:      "Correct shard id and shard count in the bot's code or settings, then start it.",
		},
		{
			id: "discord-sharding-required", source: discordCodes, fatal: true, afterSuccess: true, about: discord,
			says:        []string{`WebSocket closed with 4011\b`, `websocket: close 4011\b`, `^Error: Sharding is required$`},
			saysHere:    []string{`\b4011\b.*[Ss]harding required`},
			title:       "The bot is on too many servers for one connection",
			explanation: "Discord closed the connection (4011): a bot on more than 2,500 servers must split them into shards.",
			remedy:      "Use the library's sharded client (AutoShardedClient in discord.py, ShardingManager in discord.js), then start it.",
		},
		{
			id: "discord-no-starts-left", source: "https://discord.com/developers/docs/events/gateway#session-start-limit-object",
			says:        []string{`Not enough sessions remaining to spawn \d+ shards`},
			title:       "No starts are left at Discord for today",
			explanation: "Discord lets a bot connect anew about 1,000 times a day, and all of them are used. It connects again when the day is over.",
			remedy:      "Find out why it restarts so often: look at the runs of this bot. Leave it until the time in its last lines.",
		},
		{
			id: "discord-rate-limited", source: "https://discord.com/developers/docs/topics/rate-limits", about: discord,
			says:        []string{`discord\.http.*rate limit`, `discord\.errors\.(?:HTTPException: 429|RateLimited)`, `^RateLimitError\b`},
			saysHere:    []string{`\b429\b.*Too Many Requests`, `rate limited`},
			title:       "Discord limits its requests",
			explanation: "The bot, or another one at the same address, sent more requests than Discord allows (429). It is let in again after a while.",
			remedy:      "Wait; Botswain starts it again with growing pauses. If it comes back, have the bot send fewer requests at its start, such as the registration of commands.",
		},
		// Telegram, Bot API
		{
			id: "telegram-webhook", source: telegramAPI + "#getupdates", afterSuccess: true, about: telegram,
			says:        []string{`can't use getUpdates method while webhook is active`},
			title:       "A webhook is set, so Telegram refuses polling",
			explanation: "Telegram sends the bot's messages to a web address, and getUpdates doesn't work as long as that is so (409).",
			remedy:      "Have the program call deleteWebhook before it polls, or stop what sets the webhook: another copy of the bot, perhaps on a hosting service.",
		},
		{
			id: "telegram-conflict", source: telegramAPI + "#getupdates", afterSuccess: true, about: telegram,
			says:        []string{`terminated by other getUpdates request`},
			title:       "Another program uses the same token",
			explanation: "Telegram answers one reader at a time, and another copy of this bot asks as well (409). The two cut each other off.",
			remedy:      "Stop the other copy: on another server, on your own computer, in a second bot here. If you can't find it, get a new token from @BotFather with /revoke.",
		},
		{
			id: "telegram-no-token", source: "python-telegram-bot, telegraf and grammY: the constructors", fatal: true,
			says: []string{
				"^ValueError: `token` or `bot` must be passed", `^TelegramError: 401: Bot Token is required`, `^Error: Empty token!$`,
				`telegram\.error\.InvalidToken: You must pass the token`,
			},
			title:       "The bot was started without a token",
			explanation: "The program found no token in its environment.",
			remedy:      "Save the bot's token from @BotFather as TOKEN in this bot's settings (or under the name that the program reads), then start it.",
		},
		{
			id: "telegram-unauthorized", source: telegramAPI + "#making-requests", fatal: true, about: telegram,
			says: []string{
				`telegram\.error\.Unauthorized: Unauthorized$`, `^GrammyError: Call to '\w+' failed! \(401: Unauthorized\)`, `^TelegramError: 401: Unauthorized`,
				`TelegramUnauthorizedError`, `Telegram API was unsuccessful\. Error code: 401`, `telethon\.errors\.\S*AccessToken(?:Invalid|Expired)Error`,
			},
			saysHere:    []string{`\b401\b\W+Unauthorized`, `\bunauthorized, Unauthorized`},
			title:       "Telegram refused the token",
			explanation: "The token is not, or no longer, that of a bot (401): it was revoked, or the bot was deleted.",
			remedy:      newBotToken,
		},
		{
			id: "telegram-bad-token", source: telegramAPI + "#authorizing-your-bot", fatal: true, about: telegram,
			says: []string{
				`telegram\.error\.InvalidToken`, `^GrammyError: Call to 'getMe' failed! \(404: Not Found\)`, `TokenValidationError: Token is invalid`,
			},
			title:       "The token has not the shape of a Telegram token",
			explanation: "A token looks like 123456789:AAE… with 35 characters after the colon. What the bot was given is cut off, or something else.",
			remedy:      newBotToken,
		},
		{
			id: "telegram-bad-token", source: telegramAPI + "#authorizing-your-bot", fatal: true, about: telegram,
			says: []string{`^TelegramError: 404: Not Found`}, with: `method: 'getMe'`,
			title:       "The token has not the shape of a Telegram token",
			explanation: "A token looks like 123456789:AAE… with 35 characters after the colon. What the bot was given is cut off, or something else.",
			remedy:      newBotToken,
		},
		{
			id: "telegram-rate-limited", source: telegramAPI + "#responseparameters", about: telegram,
			says:        []string{`telegram\.error\.RetryAfter`, `Too Many Requests: retry after \d+`, `FloodWaitError`, `TelegramRetryAfter`},
			title:       "Telegram limits its requests",
			explanation: "The bot sent more requests than Telegram allows (429). It is let in again after a while.",
			remedy:      "Wait; Botswain starts it again with growing pauses. If it comes back, have the bot wait for retry_after instead of ending.",
		},
		// Telegram, user accounts
		{
			id: "telegram-session-duplicated", source: mtprotoErrs, fatal: true,
			says:        []string{`\bAuthKeyDuplicated(?:Error)?\b`, `\bAUTH_KEY_DUPLICATED\b`},
			title:       "The session file is used in two places",
			explanation: "Telegram saw the same login from two addresses at once and has ended it for good. The file is of no use any more.",
			remedy:      "Stop the other copy, for each needs a session of its own. " + logInAgain,
		},
		{
			id: "telegram-session-ended", source: mtprotoErrs, fatal: true,
			says:        []string{`\b(?:SessionRevoked|SessionExpired|AuthKeyUnregistered|AuthKeyInvalid)(?:Error)?\b`, `\b(?:SESSION_REVOKED|SESSION_EXPIRED|AUTH_KEY_UNREGISTERED)\b`},
			title:       "Its login at Telegram was ended",
			explanation: "The account's owner ended this session under Settings, Devices, or it was unused for long.",
			remedy:      logInAgain,
		},
		{
			id: "telegram-account-gone", source: mtprotoErrs, fatal: true,
			says:        []string{`\bUserDeactivated(?:Ban)?(?:Error)?\b`, `\b(?:USER_DEACTIVATED(?:_BAN)?|PHONE_NUMBER_BANNED)\b`, `\bPhoneNumberBanned(?:Error)?\b`},
			title:       "The Telegram account is deleted or banned",
			explanation: "Telegram doesn't let this account in any more.",
			remedy:      "Write to recover@telegram.org if you think that this is a mistake, or use another account.",
		},
		{
			id: "telegram-password", source: mtprotoErrs, fatal: true,
			says:        []string{`\b(?:PasswordHashInvalid|SessionPasswordNeeded)(?:Error)?\b`, `\b(?:PASSWORD_HASH_INVALID|SESSION_PASSWORD_NEEDED)\b`},
			title:       "The password of two-step verification is wrong or missing",
			explanation: "The account has two-step verification, and Telegram didn't get its right password.",
			remedy:      "Start the bot and type the password into the console line of this page, or correct it in this bot's settings.",
		},
		{
			id: "telegram-api-id", source: mtprotoErrs, fatal: true,
			says:        []string{`\bApiIdInvalid(?:Error)?\b`, `\bAPI_ID_(?:INVALID|PUBLISHED_FLOOD)\b`, `^ValueError: Your API ID or Hash cannot be empty`},
			title:       "API_ID or API_HASH is wrong or missing",
			explanation: "A user account needs an application's id and hash, and Telegram doesn't know this pair.",
			remedy:      "Log in on my.telegram.org, open API development tools, and save both values as API_ID and API_HASH in this bot's settings. Then start it.",
		},
		{
			id: "telegram-login", source: mtprotoErrs, fatal: true,
			says:        []string{`\bPhone(?:NumberInvalid|CodeInvalid|CodeExpired|CodeEmpty)(?:Error)?\b`, `\bPHONE_(?:NUMBER_INVALID|CODE_INVALID|CODE_EXPIRED)\b`},
			title:       "The login with phone number and code failed",
			explanation: "Telegram doesn't take the phone number, or the login code was wrong or too old. More tries would only have it send more codes.",
			remedy:      "Check PHONE in this bot's settings (+ and country code, no blanks), start the bot, and type the newest code into the console line of this page.",
		},
		{
			id: "telegram-session-locked", source: "https://docs.telethon.dev/en/stable/quick-references/faq.html",
			says: []string{`^sqlite3\.OperationalError: database is locked`}, with: `telethon|pyrogram`,
			title:       "Its session file is used by another program",
			explanation: "The file is locked, most likely by a second copy of this bot.",
			remedy:      "Stop the other copy, or give each its own SESSION_NAME.",
		},
		{
			id: "telegram-session-broken", source: "https://www.sqlite.org/rescode.html", fatal: true,
			says: []string{`^sqlite3\.DatabaseError: (?:file is not a database|database disk image is malformed)`, `^sqlite3\.OperationalError: unable to open database file`},
			with: `telethon|pyrogram`, title: "Its session file can't be read",
			explanation: "The file is damaged or of another program, or its folder doesn't exist or may not be written.",
			remedy:      "Check SESSION_NAME and the rights of the bot's directory. If those are right: " + logInAgain,
		},
		// Programs
		{
			id: "python-missing-module", source: pythonExc + "#ModuleNotFoundError", fatal: true,
			says:        []string{`^(?:ModuleNotFoundError|ImportError): No module named '?([\w.-]+)'?`},
			title:       "The Python module {1} is not installed",
			explanation: "The Python that runs the bot doesn't find {1}. Often it is installed for another Python or another user.",
			remedy:      "Install what the bot needs into a virtual environment in its directory (python3 -m venv .venv, .venv/bin/pip install -r requirements.txt) and make .venv/bin/python the command in this bot's settings.",
		},
		{
			id: "python-missing-script", source: "Python's command line", fatal: true, when: exited(2),
			says:        []string{`can't open file '([^']+)': \[Errno 2\]`},
			title:       "The script to run doesn't exist",
			explanation: "Python was to run {1}, which isn't there.",
			remedy:      "Correct command or directory in this bot's settings; a name without a slash in front is looked for in the bot's directory.",
		},
		{
			id: "python-syntax-error", source: pythonExc + "#SyntaxError", fatal: true,
			says: []string{`^(?:SyntaxError|IndentationError|TabError): (.+)`}, with: `^  File "[^<"]+", line \d+$`,
			title:       "The bot's code has a syntax error",
			explanation: "Python can't read a file of the bot ({1}). It may also be written for a newer Python than this one.",
			remedy:      "Correct the line that its last lines name, then start it.",
		},
		{
			id: "node-missing-script", source: nodeErrs + "#module_not_found", fatal: true,
			says: []string{`^Error: Cannot find module '(/[^']+)'`}, with: `requireStack: \[\]`,
			title:       "The script to run doesn't exist",
			explanation: "Node was to run {1}, which isn't there.",
			remedy:      "Correct command or directory in this bot's settings; if the script is built, build it first.",
		},
		{
			id: "node-missing-module", source: nodeErrs + "#err_module_not_found", fatal: true,
			says: []string{`^Error(?: \[ERR_MODULE_NOT_FOUND\])?: Cannot find (?:module|package) '([^']+)'`}, with: `MODULE_NOT_FOUND`,
			title:       "The Node package {1} is not installed",
			explanation: "Node doesn't find {1} in node_modules of the bot's directory or above.",
			remedy:      "Run npm ci (or npm install) in the bot's directory as the user that the bot runs as, then start it.",
		},
		{
			id: "node-module-type", source: "https://nodejs.org/api/packages.html#determining-module-system", fatal: true,
			says:        []string{`^SyntaxError: Cannot use import statement outside a module`},
			title:       "Node takes the script for the wrong kind of module",
			explanation: "The script uses import, which Node allows in ES modules only.",
			remedy:      `Put "type": "module" into package.json in the bot's directory, or call the file .mjs. Then start it.`,
		},
		{
			id: "node-syntax-error", source: nodeErrs + "#class-syntaxerror", fatal: true,
			says: []string{`^SyntaxError: (.+)`}, with: `^\s+at (?:wrapSafe|compileSourceTextModule|new Script|internalCompileFunction|checkSyntax)\b`,
			title:       "The bot's code has a syntax error",
			explanation: "Node can't read a file of the bot ({1}). It may also be written for a newer Node than this one.",
			remedy:      "Correct the line that its last lines name, then start it.",
		},
		{
			id: "go-missing-module", source: "https://go.dev/ref/mod", fatal: true,
			says: []string{
				`no required module provides package ([\w./~-]+)`, `cannot find module providing package ([\w./~-]+)`,
				`missing go\.sum entry for module providing package ([\w./~-]+)`,
			},
			title:       "The Go package {1} is missing",
			explanation: "go run can't build the bot, because go.mod doesn't name the module with {1} or it could not be fetched.",
			remedy:      "Run go mod tidy in the bot's directory. Better: build the bot (go build) and make the program that comes of it the command in this bot's settings.",
		},
		{
			id: "missing-command", source: "POSIX.1-2017, Shell Command Language 2.8.2", fatal: true, when: exited(127),
			says:        []string{`(?:^|: )([\w./+~-]+): (?:command )?not found$`, `([\w./+~-]+): (?:No such file or directory|cannot execute: required file not found)$`},
			title:       "The command {1} was not found",
			explanation: "The shell that starts the bot doesn't find {1} in PATH.",
			remedy:      "Install it on this server, or write its whole path.",
		},
		{
			id: "missing-script", source: "dash and bash: command line", fatal: true, when: exited(2, 127),
			says:        []string{`^\S*sh: (?:0: cannot open|0: Can't open) (\S+?)(?:: No such file)?$`},
			title:       "The script to run doesn't exist",
			explanation: "The shell was to run {1}, which isn't there.",
			remedy:      "Correct command or directory in this bot's settings.",
		},
		// Starts that made no process
		{
			id: "missing-command", source: "execve(2)", fatal: true, when: wrong("command", "not found", "does not exist"),
			title: "The command was not found", explanation: "{err}",
			remedy: "Correct the command in this bot's settings, or install the program on this server. A name without a slash is looked for in PATH, one with a slash in the bot's directory.",
		},
		{
			id: "command-not-executable", source: "execve(2)", fatal: true, when: wrong("command", "executable", "may not be executed", "can't be reached"),
			title: "The command may not be executed", explanation: "{err}",
			remedy: "Make the file executable for the user that the bot runs as (chmod +x), then start it.",
		},
		{
			id: "command-wrong", source: "execve(2)", fatal: true, when: wrong("command"),
			title: "The command can't be started", explanation: "{err}",
			remedy: "Correct the command in this bot's settings, then start it.",
		},
		{
			id: "directory-wrong", source: "chdir(2)", fatal: true, when: wrong("dir"),
			title: "The bot's directory can't be used", explanation: "{err}",
			remedy: "Correct the directory in this bot's settings, or make it on this server, then start it.",
		},
		{
			id: "user-wrong", source: "setuid(2)", fatal: true, when: wrong("run_as"),
			title: "The bot can't run as the user that is set", explanation: "{err}",
			remedy: "Correct Run as in this bot's settings, or make the user on this server, then start it.",
		},
		{
			id: "disk-full", source: "write(2): ENOSPC, EDQUOT", when: is(syscall.ENOSPC, syscall.EDQUOT),
			title: "The disk is full", explanation: "There is no room for the run's files on the disk with Botswain's data directory.",
			remedy: "Make room on that disk (df -h says which are full). Botswain goes on trying.",
		},
		{
			id: "disk-read-only", source: "open(2): EROFS", when: is(syscall.EROFS),
			title: "The data directory is read-only", explanation: "The run's files can't be made: the file system with Botswain's data directory takes no changes.",
			remedy: "The kernel does that when a disk has errors (dmesg tells). Mend it and mount it writable again. Botswain goes on trying.",
		},
		{
			id: "no-room-for-processes", source: "fork(2): EAGAIN, ENOMEM", when: is(syscall.EAGAIN, syscall.ENOMEM),
			title: "The machine has no room for another process", explanation: "The system refused to make a process: memory or the number of processes is used up.",
			remedy: "Stop what isn't needed on this server, or raise its limits. Botswain goes on trying.",
		},
		// The machine
		{
			id: "out-of-memory", source: "https://docs.kernel.org/admin-guide/cgroup-v2.html#memory", when: outOfMemory, afterSuccess: true,
			title: "Killed because memory ran out", explanation: "The kernel killed the bot: it needed more memory than its limit, or than the machine has.",
			remedy: "Look at its memory in the chart of this page. Raise the memory limit in its settings, set a soft limit so that it is restarted in time, or find the leak.",
		},
		{
			id: "node-heap-out-of-memory", source: "https://nodejs.org/api/cli.html#--max-old-space-sizesize-in-mib",
			says:        []string{`JavaScript heap out of memory`},
			title:       "JavaScript heap out of memory",
			explanation: "The bot's objects need more memory than Node allows itself, which isn't the machine's limit.",
			remedy:      "Give Node more (--max-old-space-size=1024 before the script in the command), set a soft memory limit in this bot's settings, or find the leak.",
		},
		{
			id: "python-memory-error", source: pythonExc + "#MemoryError",
			says:        []string{`^MemoryError\b`, `^fatal error: runtime: (?:cannot allocate memory|out of memory)`},
			title:       "The program got no more memory",
			explanation: "The system gave the bot no more memory, because of a limit or because there is none left.",
			remedy:      "Look at its memory in the chart of this page. Raise its limit in the settings, or find what needs so much.",
		},
		{
			id: "port-in-use", source: "bind(2): EADDRINUSE",
			says: []string{
				`EADDRINUSE: address already in use (\S+)`, `listen tcp \S*?(:\d+): bind: address already in use`,
				`\[Errno 98\].*[Aa]ddress already in use()`,
			},
			title:       "Its port is in use {1}",
			explanation: "Another program listens where the bot wants to. It may be a second copy of this bot.",
			remedy:      "Find it with ss -ltnp and stop it, or give the bot another port. Botswain goes on trying.",
		},
		{
			id: "disk-full", source: "write(2): ENOSPC",
			says:        []string{`\bENOSPC: no space left on device`, `\[Errno 28\] No space left on device`, `: no space left on device$`},
			title:       "The disk is full",
			explanation: "The bot could not write a file, because there is no room on the disk.",
			remedy:      "Make room on the disk that the bot writes to (df -h says which are full). Botswain goes on trying.",
		},
		{
			id: "permission-denied", source: "open(2): EACCES", fatal: true,
			says:        []string{`^PermissionError: \[Errno 13\] Permission denied: '([^']+)'`, `^(?:\[?Error\]?|Uncaught Error): EACCES: permission denied, \w+ '([^']+)'`},
			title:       "The bot may not open {1}",
			explanation: "The user that the bot runs as has no right to {1}.",
			remedy:      "Give that user the right (chown or chmod), or change Run as in this bot's settings. Then start it.",
		},
		{
			id: "permission-denied", source: "POSIX.1-2017, Shell Command Language 2.8.2", fatal: true, when: exited(126),
			says:        []string{`: ([\w./+~-]+): Permission denied$`},
			title:       "The bot may not execute {1}",
			explanation: "The file isn't marked as a program, or the user that the bot runs as has no right to it.",
			remedy:      "Make it executable (chmod +x), or change Run as in this bot's settings. Then start it.",
		},
		{
			id: "clock-wrong", source: "RFC 5280, 4.1.2.5",
			says:        []string{`certificate is not yet valid`, `CERT_NOT_YET_VALID`},
			title:       "The machine's clock is wrong",
			explanation: "To this machine the certificate of a server seems to be from the future.",
			remedy:      "Set the clock: timedatectl shows it, timedatectl set-ntp true keeps it right. Botswain goes on trying.",
		},
		{
			id: "certificate-expired", source: "RFC 5280, 4.1.2.5",
			says:        []string{`certificate has expired`, `CERT_HAS_EXPIRED`},
			title:       "A server's certificate has expired",
			explanation: "The certificate of a server that the bot asks is too old, or this machine's clock is wrong, or its list of certificates is old.",
			remedy:      "Look at the clock with timedatectl, and update the package ca-certificates. Botswain goes on trying.",
		},
		{
			id: "dns-failure", source: "getaddrinfo(3)",
			says: []string{
				`getaddrinfo (?:ENOTFOUND|EAI_AGAIN) ?(\S*)`, `()\[Errno -[235]\]`, `()Temporary failure in name resolution`, `()Name or service not known`,
				`lookup (\S+?)(?: on \S+)?: (?:no such host|server misbehaving)`,
			},
			title:       "A server's name can't be looked up {1}",
			explanation: "The bot found no address for a name: this machine has no connection to its name server, or the name is wrong.",
			remedy:      "Try it on this server with getent hosts api.telegram.org (or discord.com). Botswain goes on trying.",
		},
		{
			id: "network-unreachable", source: "connect(2): ENETUNREACH, EHOSTUNREACH, ETIMEDOUT",
			says: []string{
				`\b(?:ENETUNREACH|EHOSTUNREACH|ETIMEDOUT)\b`, `\[Errno (?:101|110|113)\]`, `connect: (?:network is unreachable|no route to host|connection timed out)`,
				`^ConnectionError: Connection to Telegram failed \d+ time`,
			},
			title:       "The network can't be reached",
			explanation: "The bot got no connection to a server. This machine may be offline, or a firewall may keep it from there.",
			remedy:      "Look at the machine's network and firewall. Botswain goes on trying.",
		},
		{
			id: "connection-refused", source: "connect(2): ECONNREFUSED",
			says:        []string{`\bECONNREFUSED ?(\S*)`, `()\[Errno 111\]`, `dial tcp (\S+?): connect: connection refused`},
			title:       "A server refused the connection {1}",
			explanation: "Nothing listens where the bot wants to connect to: a database, a proxy or another service is down.",
			remedy:      "Start that service, or correct its address in the bot's settings. Botswain goes on trying.",
		},
		{
			id: "setting-missing", source: "https://docs.python.org/3/library/os.html#os.environ", fatal: true,
			says: []string{`^KeyError: '([A-Z][A-Z0-9_]*)'`}, with: `^  File "(?:<frozen os>|.*/os\.py)", line \d+, in __getitem__`,
			title:       "The setting {1} is missing",
			explanation: "The program reads {1} from its environment, and it isn't set. A .env file is read only by programs that do so themselves, and only in their directory.",
			remedy:      "Add {1} to the secrets or to the environment in this bot's settings, then start it.",
		},
	}
}

// Package help draws pages that explain how something is done.
package help

import "github.com/botswain/botswain/views/i18n"

// name is one figure that Botswain understands.
type name struct {
	name               string
	kind, means, shown i18n.Key
}

// names are the ones of app/report.
func names() []name {
	const gauge, counter = i18n.Key("help.reporting.gauge"), i18n.Key("help.reporting.counter")
	return []name{
		{"users", gauge, i18n.Key("help.reporting.users"), i18n.Key("help.reporting.users-shown")},
		{"guilds", gauge, i18n.Key("help.reporting.guilds"), i18n.Key("help.reporting.guilds-shown")},
		{"commands", gauge, i18n.Key("help.reporting.commands"), i18n.Key("help.reporting.commands-shown")},
		{"ping_ms", gauge, i18n.Key("help.reporting.ping"), i18n.Key("help.reporting.ping-shown")},
		{"messages", counter, i18n.Key("help.reporting.messages"), i18n.Key("help.reporting.messages-shown")},
		{"commands", counter, i18n.Key("help.reporting.answered"), i18n.Key("help.reporting.answered-shown")},
	}
}

const example = `curl -H "Authorization: Bearer $BOTSWAIN_REPORT_TOKEN" "$BOTSWAIN_REPORT_URL" \
  -d '{"ready":true, "heartbeat":true,
       "gauges":{"guilds":12, "users":340, "commands":18, "ping_ms":41.5},
       "counters":{"messages":5, "commands":2},
       "events":[{"type":"info","message":"Hello"}]}'`

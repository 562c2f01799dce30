// Package help draws pages that explain how something is done.
package help

// name is one figure that Botswain understands.
type name struct{ kind, name, means, shown string }

// names are the ones of app/report.
func names() []name {
	return []name{
		{"gauge", "users", "people whom the bot reaches", "Users"},
		{"gauge", "guilds", "servers, groups or chats that it is in", "Servers"},
		{"gauge", "commands", "commands that it knows", "Commands today, registered"},
		{"gauge", "ping_ms", "the way to its platform and back, in milliseconds", "Average ping"},
		{"counter", "messages", "messages that it has seen since its last report", "Messages today, Activity"},
		{"counter", "commands", "commands that it has answered since its last report", "Commands today, Activity"},
	}
}

const example = `curl -H "Authorization: Bearer $BOTSWAIN_REPORT_TOKEN" "$BOTSWAIN_REPORT_URL" \
  -d '{"ready":true, "heartbeat":true,
       "gauges":{"guilds":12, "users":340, "commands":18, "ping_ms":41.5},
       "counters":{"messages":5, "commands":2},
       "events":[{"type":"info","message":"Hello"}]}'`

package platform

import "time"

// Facts are what a platform said about a bot at one moment. What it didn't say is nil, and Missing
// has the reason by the name of the part ("webhook", "application", "gateway").
type Facts struct {
	Identity Identity          `json:"identity"`
	Telegram *TelegramFacts    `json:"telegram,omitempty"`
	Discord  *DiscordFacts     `json:"discord,omitempty"`
	Missing  map[string]string `json:"missing,omitempty"`
}

// Identity is who the platform says the bot is.
type Identity struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Username string `json:"username,omitempty"` // without "@"; with "#1234" where Discord still has that
	// Picture names its picture on the platform where that is said along; "": it has none, or that has
	// to be asked for apart.
	Picture string `json:"picture,omitempty"`
}

// TelegramFacts are what only Telegram says. Nil figures weren't said.
type TelegramFacts struct {
	CanJoinGroups bool `json:"can_join_groups"`
	// ReadsAllMessages is the opposite of privacy mode: the bot gets every message of its groups.
	ReadsAllMessages bool     `json:"reads_all_messages"`
	Inline           bool     `json:"inline"`
	Webhook          *Webhook `json:"webhook,omitempty"`
}

// Webhook is what Telegram says about the delivery of updates.
type Webhook struct {
	// Host is where updates are sent to; "": they wait to be polled for. The rest of the address is
	// left out: many put a secret there.
	Host      string    `json:"host,omitempty"`
	Pending   int       `json:"pending"` // updates that nobody has taken yet
	LastError string    `json:"last_error,omitempty"`
	LastAt    time.Time `json:"last_error_at,omitzero"`
}

// DiscordFacts are what only Discord says. Nil parts weren't said.
type DiscordFacts struct {
	Guilds   *int     `json:"guilds,omitempty"`   // servers, about
	Installs *int     `json:"installs,omitempty"` // users who installed it for themselves, about
	Intents  *Intents `json:"intents,omitempty"`
	Gateway  *Gateway `json:"gateway,omitempty"`
	// ApplicationID is what session limits belong to; "" when it isn't known.
	ApplicationID string `json:"application_id,omitempty"`
}

// Intents are the privileged ones that are switched on for the application.
type Intents struct {
	Presence       bool `json:"presence"`
	Members        bool `json:"members"`
	MessageContent bool `json:"message_content"`
}

// Gateway is what Discord says about connecting.
type Gateway struct {
	URL    string       `json:"url"`
	Shards int          `json:"shards"` // recommended
	Limit  SessionLimit `json:"session_start_limit"`
}

// SessionLimit is how many sessions may be started; a start takes one for each shard.
type SessionLimit struct {
	Total     int       `json:"total"`
	Remaining int       `json:"remaining"`
	ResetsAt  time.Time `json:"resets_at"`
	// MaxConcurrency is how many may identify within five seconds.
	MaxConcurrency int `json:"max_concurrency"`
}

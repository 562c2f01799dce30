package discordtest

// Intents say which events a session gets; Discord's numbers.
type Intents int64

// The intents that tests have to do with. The last three are privileged.
const (
	IntentGuilds         Intents = 1 << 0
	IntentGuildMessages  Intents = 1 << 9
	IntentDirectMessages Intents = 1 << 12

	IntentMembers   Intents = 1 << 1
	IntentPresences Intents = 1 << 8
	IntentContent   Intents = 1 << 15

	Privileged = IntentMembers | IntentPresences | IntentContent
)

// knownIntents are the bits that mean anything.
const knownIntents Intents = 1<<17 - 1 | 1<<20 | 1<<21 | 1<<24 | 1<<25

// flags are the application's flags for privileged intents that are switched on, as they are for
// one that isn't verified: GATEWAY_PRESENCE_LIMITED, GATEWAY_GUILD_MEMBERS_LIMITED and
// GATEWAY_MESSAGE_CONTENT_LIMITED.
func (i Intents) flags() (flags int) {
	for intent, bit := range map[Intents]int{IntentPresences: 13, IntentMembers: 15, IntentContent: 19} {
		if i&intent != 0 {
			flags |= 1 << bit
		}
	}
	return flags
}

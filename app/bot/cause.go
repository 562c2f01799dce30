package bot

// Cause is why a run ended or couldn't begin, where that is recognised: words for a person, kept as
// they were when it happened. It never quotes a secret.
type Cause struct {
	// ID names the kind of cause for programs: "discord-invalid-token".
	ID string `json:"id"`
	// Title says it in a few words, without a full stop: "Discord refused the token".
	Title string `json:"title"`
	// Explanation says what that means, in whole sentences.
	Explanation string `json:"explanation"`
	// Remedy says what to do and where, in whole sentences.
	Remedy string `json:"remedy"`
	// Fatal says that starting it again can't mend it: the bot stays Crashed until a person starts it.
	Fatal bool `json:"fatal"`
}

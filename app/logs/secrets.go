package logs

import (
	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/logs/redact"
)

// SecretsChanged says that Options.Secrets would answer otherwise for a bot than before: it is asked
// again before the next line. What it answered before goes on being blanked out as well, for runs
// that were started with it.
func (s *Service) SecretsChanged(id bot.ID) { s.keys.changed(id) }

// Learn adds secrets that a bot's run has got, from wherever, to what is blanked out for the bot until
// Botswain ends. The same ones may be told again.
func (s *Service) Learn(id bot.ID, secrets []redact.Secret) { s.keys.learn(id, secrets) }

// Redact gives a text that is about a bot, such as what it says of itself, without the bot's secrets.
func (s *Service) Redact(id bot.ID, text string) string { return s.keys.of(id).Text(text) }

// Package telegramtest is a Bot API server for tests, over real HTTP on loopback. It answers as
// api.telegram.org does, in the parts that a bot and its supervisor meet: identity, long polling and
// its conflicts, webhooks, messages, commands, profile photos and files, errors and limits.
//
// Facts are from https://core.telegram.org/bots/api and from the behaviour of Telegram's own server
// (github.com/tdlib/telegram-bot-api): which of two pollers is told of a conflict and after what
// pause, what acknowledges an update, and the words of errors.
//
// What it leaves out: webhooks are stored, but nothing is sent to them; the formatting of texts
// isn't checked; there is no TLS. Limits are those that a test sets, not the real ones. A method
// that it doesn't know is answered as one that doesn't exist, and is listed by Server.Unknown.
package telegramtest

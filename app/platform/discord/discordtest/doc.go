// Package discordtest is Discord's REST API, gateway and CDN for tests, over real HTTP and
// WebSocket on loopback, in the parts that a bot and its supervisor meet: identity, applications,
// session_start_limit, guilds, channels, messages, commands and interactions; the gateway from
// HELLO to close codes, with both compressions by zlib, resuming, sharding and intents.
//
// Facts are from https://docs.discord.com/developers (gateway, opcodes and close codes, rate limits,
// the resources). Where they say nothing, this server chooses: every IDENTIFY with a right token
// counts as a session start, also one that is closed with 4014; a connection whose session is
// resumed over another one is closed with 4000.
//
// What it leaves out: ETF and zstd (a client that asks for them gets plain JSON), voice, components,
// files, permissions, and rate limits other than those that a test sets. Routes that it doesn't know
// are answered as not found and listed by Server.Unknown.
package discordtest

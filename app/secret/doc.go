// Package secret keeps what bots need and nobody else may see: tokens, API hashes and the like.
//
// At rest a value is sealed with XChaCha20-Poly1305 under a key that is derived (HKDF-SHA256) from
// the installation's, which is never in the database. Each is bound to its bot, its name and the key,
// so that a row that is copied to another place opens nowhere. All values are also in memory, so that
// bots can be started while the database is away. They leave it for a bot's environment only.
//
// A rotation has two keys side by side: every row says which one it is sealed under. See Vault.Rotate.
package secret

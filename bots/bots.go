// Package bots holds the example bots that a new installation offers; see README.md.
package bots

import "embed"

// Examples has the scripts, as examples/KEY.sh.
//
//go:embed examples/*.sh
var Examples embed.FS

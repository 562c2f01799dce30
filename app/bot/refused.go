package bot

import "errors"

// ErrRefused is in the chain of an error that says that an action which the state allows wasn't taken: something
// about the bot is wrong, or must be confirmed first. It tells that, among many bots, from one that is left as it is
// because there is nothing to do.
var ErrRefused = errors.New("refused, though the state allows it")

package platform

import "context"

// Client speaks one platform's protocol. Its errors are *Failure and hold no token.
type Client interface {
	// Look asks who the token belongs to and what the platform says about it. Facts and an error
	// together mean that the token holds and something else didn't come: Facts.Missing says what.
	Look(ctx context.Context, token string) (*Facts, error)
	// Picture gets the bot's picture, unless have says that the one of that name is here already.
	Picture(ctx context.Context, token string, who Identity, have func(ref string) bool) (Picture, error)
}

// Picture is a bot's picture. Ref names it on the platform ("": there is none); Data is nil when it
// is here already.
type Picture struct {
	Ref  string
	Data []byte
}

// MaxPicture bounds a picture, in bytes.
const MaxPicture = 1 << 20

package runs

import "context"

// Sweep looks once at all that waits, as Run does.
func (k *Keeper) Sweep(ctx context.Context) (left int, err error) { return k.sweep(ctx) }

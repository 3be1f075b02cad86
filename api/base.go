package api

import "context"

type baseKey struct{}

// WithBase notes by which address the caller has reached the door, such as
// "https://im.example.com", for answers that lead to other pages of it.
func WithBase(ctx context.Context, base string) context.Context {
	return context.WithValue(ctx, baseKey{}, base)
}

// Base is what WithBase has noted, "" when nothing was.
func Base(ctx context.Context) string {
	base, _ := ctx.Value(baseKey{}).(string)
	return base
}

package ctxlink

import "context"

// outlives is the key of contexts of requests that go on when their clients have left.
type outlives struct{}

// IsOutliving reports whether what a context belongs to goes on when its client has left.
func IsOutliving(ctx context.Context) bool { return ctx.Value(outlives{}) != nil }

// Outliving is the context with which it does, if its own Done and Err say so.
func Outliving(ctx context.Context) context.Context {
	return context.WithValue(ctx, outlives{}, true)
}

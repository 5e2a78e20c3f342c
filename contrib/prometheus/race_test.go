//go:build race

package prometheus_test

// The race detector has sync.Pool forget things at random.
func init() { poolsForget = true }

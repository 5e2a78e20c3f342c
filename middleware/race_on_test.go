//go:build race

package middleware_test

// raceEnabled tells whether the tests run under the race detector.
const raceEnabled = true

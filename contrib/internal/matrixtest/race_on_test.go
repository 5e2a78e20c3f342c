//go:build race

package matrixtest

// raceEnabled reports whether the tests run under the race detector.
const raceEnabled = true

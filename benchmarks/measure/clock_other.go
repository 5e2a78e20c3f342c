//go:build !linux

package measure

import "time"

var began = time.Now()

// now is the time of day, where the processor time is not known.
func now() time.Duration { return time.Since(began) }

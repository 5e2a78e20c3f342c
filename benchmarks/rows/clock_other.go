//go:build !linux

package rows

import "time"

var began = time.Now()

// processorTime is the time of day, where that of the processor is not known.
func processorTime() time.Duration { return time.Since(began) }

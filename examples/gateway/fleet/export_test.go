package fleet

import "time"

// LookAnew sets how often the key is read, and returns what it was.
func LookAnew(every time.Duration) (before time.Duration) {
	before, lookAnew = lookAnew, every
	return before
}

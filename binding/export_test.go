package binding

import "reflect"

// Shorten cuts text that may be long to MaxMessage.
var Shorten = shorten

const MaxMessage = maxMessage

// LongestPath is what decides whether Go 1.27's engine may see a body that is not right.
var LongestPath = longestPath

// Plainly reports whether a pointer to a struct is known to keep its rules before the validator
// is asked.
func Plainly(obj any) bool {
	value := reflect.ValueOf(obj)
	return new(defaultValidator).plainly(value.Type().Elem(), value)
}

// Package config looks at what configurations hold, for the layers and for what is mounted or run.
// See docs/middleware.md.
package config

import (
	"fmt"
	"reflect"
	"time"
)

// TimeFault says what is wrong with a time that may not be negative; "" if nothing is. One of less
// than a millisecond has been written without its unit: `Lifetime: 3600` are 3.6 microseconds. Only
// time.Nanosecond is taken, which is how "at once" is written where 0 is the default.
func TimeFault(d time.Duration) string {
	switch {
	case d < 0:
		return fmt.Sprintf("%v is negative; leave it 0 for the default", d)
	case d > time.Nanosecond && d < time.Millisecond:
		return fmt.Sprintf("%v is less than a millisecond; write a number with its unit, such as 30*time.Second", d)
	}
	return ""
}

// NilFault says that an interface is not nil, but holds a nil pointer or function, such as that of a
// variable that is set later; "" if it does not.
func NilFault(v any) string {
	if of := reflect.ValueOf(v); (of.Kind() == reflect.Pointer || of.Kind() == reflect.Func) && of.IsNil() {
		return fmt.Sprintf("is a nil %T, so that every request would panic; make it before this configuration", v)
	}
	return ""
}

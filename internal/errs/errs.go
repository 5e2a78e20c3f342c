// Package errs finds errors by their types, as errors.AsType of Go 1.26 does it. errors.As asks
// reflection about the type each time, which of a request that is refused is a tenth of what it costs.
// See docs/internals/11-misses.md.
package errs

// As returns the first error of a type in err and in what it wraps.
func As[E error](err error) (found E, ok bool) {
	for err != nil {
		if found, ok = err.(E); ok {
			return found, true
		}
		if becomes, can := err.(interface{ As(any) bool }); can {
			var other E
			if becomes.As(&other) {
				return other, true
			}
		}
		switch outer := err.(type) {
		case interface{ Unwrap() error }:
			err = outer.Unwrap()
		case interface{ Unwrap() []error }:
			for _, inner := range outer.Unwrap() {
				if found, ok = As[E](inner); ok {
					return found, true
				}
			}
			return found, false
		default:
			return found, false
		}
	}
	return found, false
}

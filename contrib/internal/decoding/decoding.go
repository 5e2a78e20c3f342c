// Package decoding keeps panics of decoders from ending a request: a client chooses the
// document, and some pairs of document and type make a library panic. See docs/contrib.md.
package decoding

import (
	"fmt"
	"runtime"
	"strings"
)

// Within calls decode, and has a panic of the library's own, whose packages begin with a path,
// as an error. A panic in a method of the program's passes.
func Within(library string, decode func() error) (err error) {
	returned := false
	defer func() {
		if !returned && isPanicOf(library) {
			err = fmt.Errorf("the library cannot decode this into that type: %v", recover())
		}
	}()
	err = decode()
	returned = true
	return err
}

// isPanicOf reports whether the function that panics now is one of the library, which may have
// called package reflect.
func isPanicOf(library string) bool {
	var pcs [16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for more := true; more; {
		var frame runtime.Frame
		frame, more = frames.Next()
		if !strings.HasPrefix(frame.Function, "runtime.") && !strings.HasPrefix(frame.Function, "reflect.") {
			return strings.HasPrefix(frame.Function, library)
		}
	}
	return false
}

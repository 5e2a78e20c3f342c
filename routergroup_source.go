package dram

import (
	"runtime"
	"strconv"
	"strings"
)

// This file finds where in the program a route is registered, for the errors of
// registering and for Routes.

// sourceCache is the position of the last route. Any, Match and loops register
// many routes at one position; these share its text.
type sourceCache struct {
	pc   uintptr
	text string
}

// ofCaller is the file:line of the program's call that registers a route: the
// first frame outside this package.
func (cache *sourceCache) ofCaller() string {
	var pcs [16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		frame, more := frames.Next()
		if !strings.HasPrefix(frame.Function, "github.com/dram-go/dram.") {
			if frame.PC != cache.pc {
				cache.pc, cache.text = frame.PC, frame.File+":"+strconv.Itoa(frame.Line)
			}
			return cache.text
		}
		if !more {
			return ""
		}
	}
}

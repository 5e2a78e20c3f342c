// Package caller finds names and positions in the program: of the call that registers
// a route, of a handler, of a panic.
package caller

import (
	"reflect"
	"runtime"
	"strconv"
	"strings"
)

// Position is where the program has called last. Any, Match and loops register many
// routes at one position; these share its text.
type Position struct {
	pc   uintptr
	text string
}

// Of returns the file:line of the program's call: the first frame outside package
// dram.
func (cache *Position) Of() string {
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

// Name returns the name of a function as the runtime knows it, with its
// package's path; "" for nil.
func Name(f any) string {
	value := reflect.ValueOf(f)
	if value.Kind() != reflect.Func || value.IsNil() {
		return ""
	}
	return runtime.FuncForPC(value.Pointer()).Name()
}

// maxFrames is how many calls of a stack are reported.
const maxFrames = 64

// WriteStack writes the calls that led to the panic, innermost first. The
// runtime's own frames above it, and Recovery's, are left out.
func WriteStack(out *strings.Builder) {
	var pcs [maxFrames + 16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	panicking, count := false, 0
	for more := true; more && count < maxFrames; {
		var frame runtime.Frame
		frame, more = frames.Next()
		inRuntime := strings.HasPrefix(frame.Function, "runtime.")
		panicking = panicking || frame.Function == "runtime.gopanic"
		if !panicking || (inRuntime && count == 0) {
			continue
		}
		out.WriteString(frame.Function + "\n\t" + frame.File + ":" + strconv.Itoa(frame.Line) + "\n")
		count++
	}
}

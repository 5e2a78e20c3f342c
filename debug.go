package dram

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/dram-go/dram/internal/caller"
)

// This file prints what an Engine in debug mode tells its developer: routes as
// they are registered, addresses as they are bound, and what went wrong.
// Nothing of it is done in the other modes, except that a Run method that fails
// says why. Whatever a client may have said in a line cannot end it: no line of the
// log is the client's.
// See docs/internals/04-handle.md.

// DebugPrintFunc, if set, gets each debug line instead of DefaultWriter, with the
// control characters of its values escaped. Set it before the Engine is made.
var DebugPrintFunc func(format string, values ...any)

// DebugPrintRouteFunc, if set, gets each route as it is registered, instead of
// a debug line: its method and pattern, the name of its handler and how many
// handlers its chain has.
var DebugPrintRouteFunc func(httpMethod, absolutePath, handlerName string, nuHandlers int)

// debugPrint prints a line in debug mode.
func (engine *Engine) debugPrint(format string, values ...any) {
	now := engine.settings()
	if !now.debug {
		return
	}
	escapeValues(values)
	if DebugPrintFunc != nil {
		DebugPrintFunc(format, values...)
		return
	}
	debugWrite(now.out, format, values...)
}

// debugPrintError prints an error in debug mode.
func (engine *Engine) debugPrintError(err error) {
	if now := engine.settings(); now.debug {
		debugWrite(now.errOut, "[ERROR] %v", logLine(err.Error()))
	}
}

// escapeValues makes a line's values ones that stay on it.
func escapeValues(values []any) {
	for i, value := range values {
		switch value.(type) {
		case string, error, fmt.Stringer:
			text := fmt.Sprint(value)
			if line := logLine(text); line != text {
				values[i] = line
			}
		}
	}
}

// printFailure prints, in one line and in every mode, why a Run method ends that
// should not have: a program may drop its error.
func (engine *Engine) printFailure(err error) {
	engine.printLine("ERROR", logLine(strings.ReplaceAll(err.Error(), "\n", "; ")))
}

// printLine prints a line to DefaultErrorWriter in every mode.
func (engine *Engine) printLine(level, text string) {
	prefix, now := "[DRAM]", engine.settings()
	if now.debug {
		prefix = "[DRAM-debug]"
	}
	if now.errOut != nil {
		_, _ = fmt.Fprintf(now.errOut, "%s [%s] %s\n", prefix, level, text)
	}
}

// debugPrintRoute prints a route that was registered.
func (engine *Engine) debugPrintRoute(method, path, source string, handlers HandlersChain) {
	if !engine.debugging() {
		return
	}
	name := caller.NameOf(handlers.Last())
	if DebugPrintRouteFunc != nil {
		DebugPrintRouteFunc(method, path, name, len(handlers))
		return
	}
	at := strings.ReplaceAll(caller.Short(source), "%", "%%") // in the format: DebugPrintFunc gets Gin's four values
	engine.debugPrint("%-6s %-25s --> %s (%d handlers) at "+at, method, path, name, len(handlers))
}

// debugPrintNew tells, for each new Engine, that it is not fit for production.
func (engine *Engine) debugPrintNew() {
	engine.debugPrint("[WARNING] Running in \"debug\" mode: routes are printed, templates parsed anew at each request.\n"+
		" - for production, set the environment variable %s=%s\n"+
		" - or call dram.SetMode(dram.ReleaseMode) before the engine serves\n", EnvDramMode, ReleaseMode)
}

// debugWrite writes one debug line; the line break may be left out.
func debugWrite(out io.Writer, format string, values ...any) {
	if out == nil {
		return
	}
	if !strings.HasSuffix(format, "\n") {
		format += "\n"
	}
	_, _ = fmt.Fprintf(out, "[DRAM-debug] "+format, values...)
}

// relativeTo says where relative paths begin.
func relativeTo() string {
	if dir, err := os.Getwd(); err == nil {
		return "; a path is relative to the working directory, " + dir
	}
	return ""
}

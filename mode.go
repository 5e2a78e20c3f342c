package dram

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/dram-go/dram/binding"
)

// This file holds what is set for the whole program: its mode, and where its logs
// go. An Engine follows both until it serves its first request, and keeps them from
// then on: a program may say r := dram.New() and dram.SetMode(dram.ReleaseMode) in
// either order.
// See docs/internals/01-main.md.

// Version is the version of this package.
const Version = "v0.1.0"

// EnvDramMode is the environment variable that is read, once, when the program
// starts: debug (the default), release or test.
const EnvDramMode = "DRAM_MODE"

// EnvGinMode is the environment variable that is read where EnvDramMode is not set:
// that of programs which were ported.
const EnvGinMode = "GIN_MODE"

const (
	// DebugMode prints routes and warnings, parses templates anew at each
	// request and poisons Contexts that outlive their handler.
	DebugMode = "debug"
	// ReleaseMode is for production: silent and fast.
	ReleaseMode = "release"
	// TestMode is silent like ReleaseMode and poisons Contexts like DebugMode.
	TestMode = "test"
)

// DefaultWriter is where Logger and the debug lines go by default. Set it before
// Logger or Default is called. It must not be nil.
var DefaultWriter io.Writer = os.Stdout

// DefaultErrorWriter is where Recovery and the debug lines about errors go.
// Set it before Recovery or Default is called. It must not be nil.
var DefaultErrorWriter io.Writer = os.Stderr

var currentMode atomic.Pointer[string]

func init() {
	defer func() {
		if unknown := recover(); unknown != nil {
			fmt.Fprintf(os.Stderr, "%v: the environment sets %s or %s\n", unknown, EnvDramMode, EnvGinMode)
			os.Exit(2) // as of a panic, whose trace would help nobody
		}
	}()
	SetMode(cmp.Or(os.Getenv(EnvDramMode), os.Getenv(EnvGinMode)))
}

// SetMode sets the mode of the program, and so that of each Engine which has not
// served yet: DebugMode, ReleaseMode or TestMode; "" is DebugMode. It panics on
// another value.
func SetMode(value string) {
	switch value {
	case "":
		value = DebugMode
	case DebugMode, ReleaseMode, TestMode:
	default:
		panic("dram mode unknown: " + value + " (available mode: debug release test)")
	}
	currentMode.Store(&value)
}

// Mode returns the mode of the program.
func Mode() string { return *currentMode.Load() }

// IsDebugging reports whether Mode is DebugMode.
func IsDebugging() bool { return Mode() == DebugMode }

// settings are what an Engine takes from the program.
type settings struct {
	debug       bool
	poison      bool // released Contexts panic when they are used: all modes but release
	out, errOut io.Writer
}

// settings returns what holds for the Engine now.
func (engine *Engine) settings() settings {
	if kept := engine.kept.Load(); kept != nil {
		return *kept
	}
	mode := Mode()
	return settings{mode == DebugMode, mode != ReleaseMode, DefaultWriter, DefaultErrorWriter}
}

// keepSettings ends the time in which the Engine follows the program: it is called for
// its first Context.
func (engine *Engine) keepSettings() {
	engine.serves.Do(func() {
		kept := engine.settings()
		engine.poison = kept.poison
		if !kept.debug && engine.loaded != nil {
			engine.loaded()
		} else if kept.debug && len(engine.noMethod) > 0 && !engine.HandleMethodNotAllowed {
			engine.debugPrint("[WARNING] The handlers of NoMethod never run: set HandleMethodNotAllowed to true")
		}
		if kept.debug {
			engine.warnHeaders("RemoteIPHeaders", engine.RemoteIPHeaders...)
			engine.warnHeaders("TrustedPlatform", engine.TrustedPlatform)
		}
		if kept.debug && engine.BareMisses {
			engine.warnBareMisses()
		}
		engine.kept.Store(&kept)
	})
}

// debugging reports whether the Engine prints debug lines.
func (engine *Engine) debugging() bool { return engine.settings().debug }

// DisableBindValidation switches the validation of bound values off, for the
// whole program: it sets binding.Validator to nil.
func DisableBindValidation() { binding.Validator = nil }

// EnableJsonDecoderUseNumber decodes JSON numbers in an any as json.Number
// instead of float64, for the whole program: it sets
// binding.EnableDecoderUseNumber.
func EnableJsonDecoderUseNumber() { binding.EnableDecoderUseNumber = true }

// EnableJsonDecoderDisallowUnknownFields refuses JSON objects with keys that
// the destination does not have, for the whole program: it sets
// binding.EnableDecoderDisallowUnknownFields.
func EnableJsonDecoderDisallowUnknownFields() { binding.EnableDecoderDisallowUnknownFields = true }

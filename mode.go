package dram

import (
	"io"
	"os"
	"sync/atomic"

	"github.com/dram-go/dram/binding"
)

// This file holds what is set for the whole program before its first Engine is
// made. An Engine copies the mode and the writers in New; a later change
// reaches only the Engines that are made after it.

// Version is the version of this package.
const Version = "v0.1.0"

// EnvDramMode is the environment variable that is read, once, when the program
// starts: debug (the default), release or test.
const EnvDramMode = "DRAM_MODE"

// EnvGinMode is EnvDramMode under the name that ported programs know.
const EnvGinMode = EnvDramMode

const (
	// DebugMode prints routes and warnings, parses templates anew at each
	// request and poisons Contexts that outlive their handler.
	DebugMode = "debug"
	// ReleaseMode is for production: silent and fast.
	ReleaseMode = "release"
	// TestMode is silent like ReleaseMode and poisons Contexts like DebugMode.
	TestMode = "test"
)

// DefaultWriter is where Logger and the debug lines go by default. Set it
// before the Engine is made. It must not be nil.
var DefaultWriter io.Writer = os.Stdout

// DefaultErrorWriter is where Recovery and the debug lines about errors go.
// Set it before the Engine is made. It must not be nil.
var DefaultErrorWriter io.Writer = os.Stderr

var currentMode atomic.Pointer[string]

func init() { SetMode(os.Getenv(EnvDramMode)) }

// SetMode sets the mode of Engines made from now on: DebugMode, ReleaseMode or
// TestMode; "" is DebugMode. It panics on another value.
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

// Mode returns the mode of Engines that are made now.
func Mode() string { return *currentMode.Load() }

// IsDebugging reports whether Mode is DebugMode.
func IsDebugging() bool { return Mode() == DebugMode }

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

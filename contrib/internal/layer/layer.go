// Package layer is what the packages of contrib share: how a wrong configuration is
// reported, as in package middleware, and how records are encoded. See docs/contrib.md.
package layer

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/dram-go/dram/internal/config"
	"github.com/dram-go/dram/middleware"
)

// Misconfigured returns the error of a configuration, which names the package below
// contrib, the wrong field, what is wrong with it and what to write instead.
func Misconfigured(pkg, field, format string, args ...any) error {
	return &middleware.ConfigError{Layer: "contrib/" + pkg, Field: field, Fault: fmt.Sprintf(format, args...)}
}

// WrongTime returns the error of a time that is negative, or has been written without its unit.
func WrongTime(pkg, field string, d time.Duration) error {
	if fault := config.TimeFault(d); fault != "" {
		return Misconfigured(pkg, field, "%s", fault)
	}
	return nil
}

// NilInside returns the error of an interface that holds a nil pointer, or the like.
func NilInside(pkg, field string, v any) error {
	if fault := config.NilFault(v); fault != "" {
		return Misconfigured(pkg, field, "%s", fault)
	}
	return nil
}

// Must panics with the fault of a configuration, if it has one.
func Must(err error) {
	if err != nil {
		panic(err)
	}
}

// JSON encodes plain data, which always can be.
func JSON(value any) []byte {
	text, err := json.Marshal(value)
	Must(err)
	return text
}

// Package layer is what the packages of contrib share: how a wrong configuration is
// reported, as in package middleware, and how records are encoded. See docs/contrib.md.
package layer

import (
	"encoding/json"
	"fmt"

	"github.com/dram-go/dram/middleware"
)

// Misconfigured returns the error of a configuration, which names the package below
// contrib, the wrong field, what is wrong with it and what to write instead.
func Misconfigured(pkg, field, format string, args ...any) error {
	return &middleware.ConfigError{Layer: "contrib/" + pkg, Field: field, Fault: fmt.Sprintf(format, args...)}
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

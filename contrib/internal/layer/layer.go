// Package layer is what the layers of contrib share with those of package
// middleware: how a wrong configuration is reported.
package layer

import (
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

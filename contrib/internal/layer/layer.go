// Package layer is what the layers of contrib share with those of package
// middleware: how a wrong configuration is reported, and how a layer answers a
// request that it stops.
package layer

import (
	"fmt"

	"github.com/dram-go/dram"
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

// Refuse stops the chain and answers with a problem: through onError if it is set, otherwise
// as whatever fails (Context.Fail).
func Refuse(c *dram.Context, onError middleware.ErrorHandler, status int, detail string) {
	Fail(c, onError, status, detail, nil)
}

// Fail refuses a request because of an error that is not the client's. The error
// is recorded for the log; the client does not see it.
func Fail(c *dram.Context, onError middleware.ErrorHandler, status int, detail string, err error) {
	problem := dram.NewProblem(status, detail).Because(err)
	if onError == nil {
		c.Fail(problem)
		return
	}
	if err != nil {
		_ = c.Error(err) // it returns the recorded error, which needs no metadata
	}
	c.Abort()
	onError(c, *problem)
}

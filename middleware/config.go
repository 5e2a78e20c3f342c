package middleware

import (
	"fmt"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/pathspell"
)

// This file holds what all layers share: how a wrong configuration is reported,
// how a layer answers a request that it stops, and which paths go on.

// ConfigError says which field of which layer's configuration is wrong and what
// to write instead. The configuration's Validate returns it; the layer's
// constructor panics with it.
type ConfigError struct {
	Layer string // the layer's name, such as "middleware.CORS" or "contrib/jwt"
	Field string // the field that is wrong
	Fault string // what is wrong, and what to write instead
}

// Error returns the message, with the names of the layer and the field in
// front.
func (e *ConfigError) Error() string {
	return "dram: " + e.Layer + ": " + e.Field + ": " + e.Fault
}

// misconfigured makes a ConfigError.
func misconfigured(layer, field, format string, args ...any) error {
	return &ConfigError{Layer: "middleware." + layer, Field: field, Fault: fmt.Sprintf(format, args...)}
}

// must panics with the fault of a configuration, if it has one: a service whose
// layers are set up wrongly must not start.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// Problem is what a client is told about a refusal.
type Problem = dram.Problem

// ErrorHandler answers a request that a layer has stopped, in place of
// WriteProblem. The chain is aborted already, and the headers that belong to
// the refusal (Retry-After, WWW-Authenticate) are set; the handler writes the
// status and the body. Each OnError field has this type.
type ErrorHandler func(c *dram.Context, problem Problem)

// WriteProblem answers with the problem, and aborts the chain: see Context.WriteProblem.
func WriteProblem(c *dram.Context, problem Problem) { c.WriteProblem(&problem) }

// refuse stops the chain and answers with a problem: by the layer's own handler if it has
// one, otherwise as whatever fails (Context.Fail).
func refuse(c *dram.Context, onError ErrorHandler, status int, detail string) {
	fail(c, onError, status, detail, nil)
}

// fail refuses a request because of an error that is not the client's, and records the
// error for the log; the client does not see it.
func fail(c *dram.Context, onError ErrorHandler, status int, detail string, err error) {
	problem := dram.NewProblem(status, detail).Because(err)
	if onError == nil {
		c.Fail(problem)
		return
	}
	if err != nil {
		_ = c.Error(err) // the recorded error comes back; nothing is to be added to it
	}
	c.Abort()
	onError(c, *problem)
}

// spellingFault says what is wrong with a request's path for who reads it behind the
// router; "" if nothing is.
func spellingFault(c *dram.Context, rules pathspell.Rules) string {
	u := c.Request.URL
	if c.RoutePath() != u.Path {
		rules |= pathspell.MatchedEscaped
	}
	fault := pathspell.Fault(u.Path, u.RawPath, rules)
	if fault == "" && c.StricterSpelling() != "" {
		return "the path is another spelling of one that has a route of its own"
	}
	return fault
}

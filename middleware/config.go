package middleware

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/config"
	"github.com/dram-go/dram/internal/httpfield"
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

// wrongTime returns the error of a time that is negative, or has been written without its unit.
func wrongTime(layer, field string, d time.Duration) error {
	if fault := config.TimeFault(d); fault != "" {
		return misconfigured(layer, field, "%s", fault)
	}
	return nil
}

// nilInside returns the error of an interface that holds a nil pointer, or the like.
func nilInside(layer, field string, v any) error {
	if fault := config.NilFault(v); fault != "" {
		return misconfigured(layer, field, "%s", fault)
	}
	return nil
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

// Fail stops the chain and answers a request that a layer refuses: by the function, or, if it
// is nil, as whatever fails (Context.Fail). err is what has led to it, nil for a fault of the
// client's: it is recorded for the log, and the client does not see it. If it says that the client
// is gone, the status is 499, as that of Context.Fail: nobody is at fault. Before the function
// answers, headers that describe another body are removed and the status is set: one that writes
// nothing refuses nevertheless. Fail is for layers of your own that have a field OnError.
func (answer ErrorHandler) Fail(c *dram.Context, status int, detail string, err error) {
	if status >= http.StatusInternalServerError && httpfield.IsClientGone(c.Request.Context(), err) {
		status, detail = httpfield.StatusClientGone, "the client is gone"
	}
	problem := dram.NewProblem(status, detail).Because(err)
	if answer == nil {
		c.Fail(problem)
		return
	}
	if err != nil {
		_ = c.Error(err) // the recorded error comes back; nothing is to be added to it
	}
	c.Abort()
	if !c.Writer.Written() {
		httpfield.DropEntity(c.Writer.Header())
		c.Writer.WriteHeader(problem.Status) // should nobody write
	}
	answer(c, *problem)
}

// refuse is Fail for a fault of the client's.
func refuse(c *dram.Context, onError ErrorHandler, status int, detail string) {
	onError.Fail(c, status, detail, nil)
}

// spellingFault says what is wrong with a request's path for who reads it behind the
// router; "" if nothing is.
func spellingFault(c *dram.Context, rules pathspell.Rules) string {
	u := c.Request.URL
	if c.RoutePath() != u.Path {
		rules |= pathspell.MatchedEscaped
	}
	if !strings.HasPrefix(u.Path, "/") {
		rules &^= pathspell.File // by which names may be without it
	}
	fault := pathspell.Fault(u.Path, u.RawPath, rules)
	if fault == "" && c.StricterSpelling() != "" {
		return "the path is another spelling of one that has a route of its own"
	}
	return fault
}

package middleware

import (
	"cmp"
	"fmt"
	"net/http"

	"github.com/dram-go/dram"
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

// must panics with the fault of a configuration, if it has one: a service whose
// layers are set up wrongly must not start.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// Problem is the body of a refusal: problem details for HTTP (RFC 9457).
type Problem struct {
	// Type is a URI that identifies the kind of problem; empty means
	// "about:blank": the status says it all.
	Type string `json:"type,omitempty"`
	// Title is a short name of the kind of problem, the same at each occurrence.
	Title string `json:"title"`
	// Status is the HTTP status of the answer.
	Status int `json:"status"`
	// Detail explains this occurrence to the developer of the client.
	Detail string `json:"detail,omitempty"`
}

// ErrorHandler answers a request that a layer has stopped, in place of
// WriteProblem. The chain is aborted already, and the headers that belong to
// the refusal (Retry-After, WWW-Authenticate) are set; the handler writes the
// status and the body. Each OnError field has this type.
type ErrorHandler func(c *dram.Context, problem Problem)

// WriteProblem answers with the problem as application/problem+json, and aborts
// the chain. An empty Title becomes the text of the status. It removes headers
// that described a body that is not sent.
func WriteProblem(c *dram.Context, problem Problem) {
	c.Abort()
	problem.Title = cmp.Or(problem.Title, http.StatusText(problem.Status))
	h := c.Writer.Header()
	httpfield.DropEntity(h)
	h.Set("Content-Type", "application/problem+json")
	c.JSON(problem.Status, problem)
}

// refuse stops the chain and answers with a problem, through the layer's own
// handler if it has one.
func refuse(c *dram.Context, onError ErrorHandler, status int, detail string) {
	c.Abort()
	problem := Problem{Title: http.StatusText(status), Status: status, Detail: detail}
	if onError == nil {
		onError = WriteProblem
	}
	onError(c, problem)
}

// fail refuses a request because of an error that is not the client's, and
// records the error for the log; the client does not see it.
func fail(c *dram.Context, onError ErrorHandler, status int, detail string, err error) {
	_ = c.Error(err) // the recorded error comes back; nothing is to be added to it
	refuse(c, onError, status, detail)
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

package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/realworld/internal/fault"
	"github.com/dram-go/dram/middleware"
)

// fail answers a request that a handler, or something before it, refused.
func (a *API) fail(c *dram.Context, err error) {
	var refusal *fault.Error
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &refusal):
		status := a.status(refusal.Kind)
		if status == http.StatusUnauthorized {
			c.Header("WWW-Authenticate", `Token realm="conduit"`)
		}
		c.AbortWithStatusJSON(status, errorsJSON(refusal.Messages))
	case errors.As(err, &tooLong):
		c.AbortWithStatusJSON(http.StatusRequestEntityTooLarge, errorsJSON([]fault.Message{{Field: "request", Text: "is too large"}}))
	case errors.Is(err, context.Canceled) && c.Request.Context().Err() != nil:
		c.Abort() // the client has gone; there is nobody to answer
	default:
		ctx := c.Request.Context()
		a.log.ErrorContext(ctx, "request failed", "method", c.Request.Method, "route", c.FullPath(),
			"request_id", middleware.RequestIDFrom(ctx), "error", err)
		c.AbortWithStatusJSON(http.StatusInternalServerError, internalError)
	}
}

// internalError says no more than the client may know.
var internalError = errorsJSON([]fault.Message{{Field: "server", Text: "failed; please try again later"}})

func (a *API) status(k fault.Kind) int {
	switch k {
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Taken:
		return a.dialect.Taken
	}
	return http.StatusUnprocessableEntity
}

// errorsJSON is the error of the specification, {"errors": {"body": [...]}}, with each
// message under the name of its field as well, as front ends and test collections read it:
//
//	{"errors": {"body": ["title can't be blank"], "title": ["can't be blank"]}}
//
// A field that is itself called body (of an article or a comment) shares the list; its
// messages come first and bare.
func errorsJSON(messages []fault.Message) map[string]map[string][]string {
	fields := map[string][]string{"body": {}}
	for _, m := range messages {
		fields[m.Field] = append(fields[m.Field], m.Text)
	}
	for _, m := range messages {
		if m.Field != "body" {
			fields["body"] = append(fields["body"], m.Field+" "+m.Text)
		}
	}
	return map[string]map[string][]string{"errors": fields}
}

// decode reads the JSON of the request into into. What cannot be read is a fault of kind Invalid.
func decode(c *dram.Context, into any) error {
	err := c.ShouldBindJSON(into)
	var tooLong *http.MaxBytesError
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil || errors.As(err, &tooLong):
		return err
	case errors.Is(err, io.EOF):
		return fault.New(fault.Invalid, "request", "can't be empty")
	case errors.As(err, &kind) && kind.Field != "":
		name := kind.Field[strings.LastIndexByte(kind.Field, '.')+1:]
		return fault.New(fault.Invalid, name, "has the wrong type")
	case errors.As(err, &kind):
		return fault.New(fault.Invalid, "request", "has a "+kind.Value+" where it should not")
	}
	return fault.New(fault.Invalid, "request", "is not valid JSON")
}

// recovered answers after a panic, which the recovery has logged.
func (a *API) recovered(c *dram.Context, _ any) {
	c.AbortWithStatusJSON(http.StatusInternalServerError, internalError)
}

func noRoute(*dram.Context) error { return fault.Missing("route") }

func noMethod(c *dram.Context) error {
	c.AbortWithStatusJSON(http.StatusMethodNotAllowed, errorsJSON([]fault.Message{{Field: "method", Text: "is not allowed here"}}))
	return nil
}

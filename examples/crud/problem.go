package main

// This file turns every error into an answer: problem details (RFC 9457) for the
// API, a page for people. Handlers call fail and return; which error is which
// status is decided here and nowhere else.

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
)

// Problem is an error that knows its answer. Its type is about:blank, so the
// title is the status's.
type Problem struct {
	Title      string        `json:"title"`
	Status     int           `json:"status"`
	Detail     string        `json:"detail,omitempty"`
	Errors     []FieldError  `json:"errors,omitempty"`
	RequestID  string        `json:"request_id,omitempty"`
	RetryAfter time.Duration `json:"-"` // sent as a header, in seconds
}

// FieldError is what is wrong with one member of the request.
type FieldError struct {
	Pointer string `json:"pointer"` // a JSON pointer: /title
	Detail  string `json:"detail"`
}

func (p *Problem) Error() string { return p.Detail }

// invalid is the problem of a request with wrong fields, nil if there are none.
func invalid(errs []FieldError) error {
	if len(errs) == 0 {
		return nil
	}
	return &Problem{Status: http.StatusUnprocessableEntity, Detail: "Some fields are not valid.", Errors: errs}
}

// validate runs the binding tags of a struct and tells all that is wrong.
func validate(v any) []FieldError { return fieldErrors(binding.Validator.ValidateStruct(v)) }

// fieldErrors lists what a failed binding or validation says of each field.
func fieldErrors(err error) (list []FieldError) {
	for _, e := range binding.FieldErrors(err) {
		if e.Rule == "isbn" {
			e.Message = "must be 10 or 13 digits, of which the last checks the others"
		}
		list = append(list, FieldError{Pointer: "/" + strings.ReplaceAll(e.Field, ".", "/"), Detail: e.Message})
	}
	return list
}

// problemOf finds the answer to an error.
func problemOf(err error) Problem {
	var p *Problem
	var tooLarge *http.MaxBytesError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &p):
		return *p
	case fieldErrors(err) != nil:
		errors.As(invalid(fieldErrors(err)), &p)
		return *p
	case errors.Is(err, sql.ErrNoRows):
		return Problem{Status: http.StatusNotFound, Detail: "There is no such thing here (any more)."}
	case errors.As(err, &tooLarge):
		return Problem{Status: http.StatusRequestEntityTooLarge, Detail: fmt.Sprintf("The limit is %d bytes.", tooLarge.Limit)}
	case errors.As(err, &syntax), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Problem{Status: http.StatusBadRequest, Detail: "The body is not JSON: " + err.Error()}
	case errors.Is(err, context.Canceled):
		return Problem{Status: http.StatusRequestTimeout, Detail: "The client has gone."} // for the access log
	case isContention(err):
		return Problem{Status: http.StatusServiceUnavailable, Detail: "Too many at once. Try again.", RetryAfter: time.Second}
	}
	return Problem{Status: http.StatusInternalServerError, Detail: "That is our fault. The log has more under the request's id."}
}

// fail answers with the problem of err and ends the chain.
func (a *App) fail(c *dram.Context, err error) {
	p := problemOf(err)
	p.Title, p.RequestID = http.StatusText(p.Status), c.GetString(requestIDKey)
	if p.Status >= 500 {
		_ = c.Error(err) // for the access log
	}
	if p.RetryAfter > 0 {
		c.Header("Retry-After", strconv.Itoa(int(p.RetryAfter/time.Second)+1))
	}
	c.Abort()
	if !isAPI(c) {
		a.page(c, p.Status, "error.html", p.Title, p)
		return
	}
	if p.Status == http.StatusUnauthorized {
		c.Header("WWW-Authenticate", `Session realm="crud"`) // RFC 9110, 11.6.1 wants a challenge
	}
	c.Header("Content-Type", "application/problem+json")
	c.JSON(p.Status, p)
}

func isAPI(c *dram.Context) bool { return strings.HasPrefix(c.Request.URL.Path, "/api/") }

func (a *App) notFound(c *dram.Context) {
	a.fail(c, &Problem{Status: http.StatusNotFound, Detail: "There is nothing at " + c.Request.URL.Path + "."})
}

func (a *App) notAllowed(c *dram.Context) {
	a.fail(c, &Problem{Status: http.StatusMethodNotAllowed,
		Detail: c.Request.Method + " is not possible here. Possible: " + c.Writer.Header().Get("Allow") + "."})
}

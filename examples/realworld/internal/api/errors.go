package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/examples/realworld/internal/fault"
)

// onError answers every request that failed: what a handler returned, what a layer
// refused, a panic, a path without a route.
func (a *API) onError(c *dram.Context, err error) {
	status, messages := dram.ProblemOf(err).Status, []fault.Message(nil)
	refusal, refused := errors.AsType[*fault.Error](err)
	fields := binding.FieldErrors(err)
	switch {
	case refused:
		status, messages = a.status(refusal.Kind), refusal.Messages
	case fields != nil:
		status, messages = http.StatusUnprocessableEntity, wrong(fields)
	case errors.Is(err, context.Canceled) && c.Request.Context().Err() != nil:
		status = 499 // the client has gone: for the log, as nginx has it
	}
	if status == http.StatusUnauthorized {
		c.Header("WWW-Authenticate", `Token realm="conduit"`)
	}
	if messages == nil {
		messages = []fault.Message{said(status)}
	}
	c.JSON(status, errorsJSON(messages))
}

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

// said is what a status that no handler has chosen says. Of a failure of the server's own
// the client learns no more; the log has it.
func said(status int) fault.Message {
	switch status {
	case http.StatusNotFound:
		return fault.Message{Field: "route", Text: "not found"}
	case http.StatusMethodNotAllowed:
		return fault.Message{Field: "method", Text: "is not allowed here"}
	case http.StatusRequestEntityTooLarge:
		return fault.Message{Field: "request", Text: "is too large"}
	case http.StatusInternalServerError:
		return fault.Message{Field: "server", Text: "failed; please try again later"}
	}
	return fault.Message{Field: "request", Text: "is refused: " + http.StatusText(status)}
}

// wrong is what is wrong with a body that cannot be read: with its fields, by their own
// names without the path, or with the whole.
func wrong(fields binding.Errors) []fault.Message {
	messages := make([]fault.Message, len(fields))
	for i, e := range fields {
		name := e.Field[strings.LastIndexByte(e.Field, '.')+1:]
		messages[i] = fault.Message{Field: cmp.Or(name, "request"), Text: e.Message}
	}
	return messages
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

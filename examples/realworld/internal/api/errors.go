package api

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/examples/realworld/internal/fault"
	"github.com/dram-go/dram/examples/realworld/internal/store"
)

// onError answers every request that failed: what a handler returned, what a layer
// refused, a panic, a path without a route.
func (a *API) onError(c *dram.Context, err error) {
	status := dram.ProblemOf(err).Status
	messages := []fault.Message{said(status)}
	if refusal, ok := errors.AsType[*fault.Error](err); ok {
		status, messages = a.status(refusal.Kind), refusal.Messages
	} else if fields := binding.FieldErrors(err); fields != nil {
		status, messages = http.StatusUnprocessableEntity, wrong(fields)
	} else if status >= http.StatusInternalServerError && store.Away(err) { // of a body that does not come, the client is away
		status, messages = http.StatusServiceUnavailable, []fault.Message{said(http.StatusInternalServerError)}
		c.Header("Retry-After", "1")
	}
	if status == http.StatusUnauthorized {
		c.Header("WWW-Authenticate", `Token realm="conduit"`)
	}
	c.JSON(status, a.errorsJSON(messages))
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

// wrong is what is wrong with a request that cannot be read: with its fields, by their own
// names without the path ("tagList" for "article.tagList[0]"), or with the whole.
func wrong(fields binding.Errors) fault.List {
	var messages fault.List
	for _, e := range fields {
		name, _, _ := strings.Cut(e.Field[strings.LastIndexByte(e.Field, '.')+1:], "[")
		messages.Add(true, cmp.Or(name, "request"), e.Message)
	}
	return messages
}

// errorsJSON is the error that front ends and test collections read, and print as "email is
// invalid": the messages by the fields that they are about.
//
//	{"errors": {"email": ["is invalid"]}}
func (a *API) errorsJSON(messages []fault.Message) map[string]map[string][]string {
	fields := make(map[string][]string, len(messages)+1)
	if a.dialect.ErrorsHaveBody {
		fields["body"] = []string{}
	}
	for _, m := range messages {
		fields[m.Field] = append(fields[m.Field], m.Text)
	}
	return map[string]map[string][]string{"errors": fields}
}

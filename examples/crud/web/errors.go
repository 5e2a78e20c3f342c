package web

// This file is the one place where errors become answers: problem details (RFC 9457) for the
// API, a page for people. Handlers and layers return what went wrong, rules say no with a
// library.Fault, and the engine gives all of it to onError, with panics and misses.

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/examples/crud/library"
	"github.com/dram-go/dram/examples/crud/store"
	"github.com/dram-go/dram/middleware"
	"github.com/dram-go/dram/typed"
)

// statuses has the answer to each kind of fault.
var statuses = map[library.Kind]int{
	library.NotFound:  http.StatusNotFound,
	library.Conflict:  http.StatusConflict,
	library.Unknown:   http.StatusUnauthorized,
	library.LoggedOut: http.StatusUnauthorized,
	library.Forbidden: http.StatusForbidden,
	library.Busy:      http.StatusServiceUnavailable,
	library.Gone:      http.StatusServiceUnavailable,
}

// answers says, in the document of the API, how a route may refuse.
func answers(kinds ...library.Kind) typed.Option {
	var cases []typed.ErrorCase
	for _, kind := range kinds {
		cases = append(cases, typed.Is(kind, dram.NewProblem(statuses[kind], "")))
	}
	return typed.Errors(cases...)
}

// problemOf finds the answer to an error.
func problemOf(err error) *dram.Problem {
	if fields := binding.FieldErrors(err); fields != nil && fields[0].Source == "uri" { // no row has such an id
		err = library.NotFound
	}
	p := dram.ProblemOf(err)
	if p.Status >= http.StatusInternalServerError && store.IsOutage(err) { // also one that a layer has met: sessions, answers to repeated requests
		err = library.Gone
	}
	if kind, ok := errors.AsType[library.Kind](err); ok {
		p = dram.NewProblem(statuses[kind], strings.ToUpper(kind.Error()[:1])+kind.Error()[1:]+".")
	}
	if fault, ok := errors.AsType[*library.Fault](err); ok {
		p.Detail = fault.Reason
		if fault.Field != "" {
			p = p.With("errors", []typed.Fault{{In: "body", Pointer: "/" + fault.Field, Rule: fault.Rule, Detail: fault.Detail}})
		}
	}
	switch p.Status {
	case http.StatusServiceUnavailable:
		p = p.WithHeader("Retry-After", "1")
	case http.StatusUnauthorized: // RFC 9110, 11.6.1 wants a challenge
		p = p.WithHeader("WWW-Authenticate", `Session realm="library"`)
	}
	return p
}

// onError answers a request that failed.
func (w *Web) onError(c *dram.Context, err error) {
	p := problemOf(err).With("request_id", middleware.RequestIDFrom(c))
	switch {
	case p.Detail != "":
	case p.Status == http.StatusNotFound:
		p.Detail = "There is no such page."
	case p.Status == http.StatusMethodNotAllowed:
		p.Detail = c.Request.Method + " is not possible here. Possible: " + c.Writer.Header().Get("Allow") + "."
	case p.Status == http.StatusInternalServerError:
		p.Detail = "That is our fault. The log has more under the request's id."
	}
	p = p.WithHeader("Cache-Control", "no-store")
	p.SetHeader(c.Writer.Header())
	switch {
	case strings.HasPrefix(c.Request.URL.Path, "/api/"):
		c.WriteProblem(p)
	case p.Status == http.StatusForbidden && currentUser(c).ID != 0 && !isRead(c), errors.Is(err, library.LoggedOut):
		w.askToLogIn(c, p)
	case p.Status == http.StatusTooManyRequests && c.FullPath() == "/login":
		f := loginForm(sent(c))
		f.Status, f.Error = p.Status, "Too many attempts. Wait a minute."
		_ = w.show(c, f, sent(c), nil)
	default:
		fields := binding.FieldErrors(err)
		if p.Status == http.StatusNotFound { // the path is not for people to correct
			fields = nil
		}
		w.page(c, p.Status, "error.html", p.Title, struct {
			*dram.Problem
			Fields binding.Errors
			Hidden url.Values // to be sent again, if that may help
		}{p, fields, sent(c)})
	}
}

// askToLogIn sends people to the log-in, and from there to where they were going. What they
// have typed goes with them, unless it cannot be read: it was too long, or not of our forms.
// (What another site has sent is refused before it is known who asks.)
func (w *Web) askToLogIn(c *dram.Context, p *dram.Problem) {
	if isRead(c) {
		c.Redirect(http.StatusSeeOther, logInPath(c))
		return
	}
	values, note := url.Values{}, p.Detail
	if typed := sent(c); len(typed) > 0 || c.Request.ContentLength == 0 {
		values = url.Values{"next": {c.Request.URL.RequestURI()}, "again": {typed.Encode()}}
		if filled(c.Request.URL.Path, typed) != nil {
			note += " What you typed is kept."
		}
	}
	f := loginForm(values)
	f.Status, f.Note = p.Status, note
	_ = w.show(c, f, nil, nil)
}

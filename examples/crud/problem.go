package main

// This file is the one place where errors become answers: problem details
// (RFC 9457) for the API, a page for people. Handlers and layers return what went
// wrong (dram.Try, Context.Fail), rules refuse (refusal.go), and app.go has the
// engine give all of it to onError, with panics and paths without a route.

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/middleware"
)

// statuses has the answer to each kind of refusal.
var statuses = map[Kind]int{
	Malformed: http.StatusBadRequest,
	Invalid:   http.StatusUnprocessableEntity,
	Conflict:  http.StatusConflict,
	Unknown:   http.StatusUnauthorized,
	TooMany:   http.StatusTooManyRequests,
}

// problemOf finds the answer to an error.
func problemOf(err error) *dram.Problem {
	fields := binding.FieldErrors(err)
	no, refused := errors.AsType[*Refusal](err)
	switch {
	case refused:
		p := dram.NewProblem(statuses[no.Kind], no.Reason)
		if no.Fields != nil {
			p = p.With("errors", no.Fields)
		}
		return retryAfter(p, no.Wait)
	case errors.Is(err, sql.ErrNoRows), fields != nil && fields[0].Source == "uri": // no row has such an id
		return dram.NewProblem(http.StatusNotFound, "")
	case fields != nil && fields[0].Field != "": // otherwise it is the body as a whole
		return problemOf(invalid(fields))
	case errors.Is(err, context.Canceled):
		return dram.NewProblem(http.StatusRequestTimeout, "The client has gone.") // for the access log
	case isContention(err):
		return retryAfter(dram.NewProblem(http.StatusServiceUnavailable, "Too many at once. Try again."), time.Second)
	}
	return dram.ProblemOf(err)
}

func retryAfter(p *dram.Problem, wait time.Duration) *dram.Problem {
	if wait == 0 {
		return p
	}
	return p.WithHeader("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
}

// onError answers a request that failed.
func (a *App) onError(c *dram.Context, err error) {
	p := problemOf(err).With("request_id", middleware.RequestIDFrom(c))
	switch p.Status { // dram's own problems have no detail
	case http.StatusNotFound:
		p.Detail = "There is no such thing here (any more)."
	case http.StatusMethodNotAllowed:
		p.Detail = c.Request.Method + " is not possible here. Possible: " + c.Writer.Header().Get("Allow") + "."
	case http.StatusInternalServerError:
		p.Detail = "That is our fault. The log has more under the request's id."
	case http.StatusUnauthorized: // RFC 9110, 11.6.1 wants a challenge
		p = p.WithHeader("WWW-Authenticate", `Session realm="crud"`)
	}
	switch {
	case strings.HasPrefix(c.Request.URL.Path, "/api/"):
		c.WriteProblem(p)
	case p.Status == http.StatusUnauthorized:
		a.askToLogIn(c)
	default:
		p.SetHeader(c.Writer.Header())
		a.page(c, p.Status, "error.html", p.Title, p)
	}
}

// askToLogIn sends a person to the log-in, and from there to where they were going.
func (a *App) askToLogIn(c *dram.Context) {
	next := "/"
	if c.Request.Method == http.MethodGet {
		next = c.Request.URL.RequestURI()
	}
	a.done(c, "/login?next="+url.QueryEscape(next), "Please log in first.")
}

package typed

import (
	"errors"
	"slices"

	"github.com/dram-go/dram"
)

// This file has what can be said of a route beside its types.

// Option is something said of a route, or of all routes of a group or an API; of two that
// contradict each other the one nearer to the route counts.
type Option func(*operation)

// operation is what is known of a route.
type operation struct {
	id, summary, description string
	tags                     []string
	deprecated, hidden       bool
	status                   int
	offers                   []string
	errors                   []ErrorCase
	security                 [][]Scheme // the alternatives
	headers                  []answerHeader
}

// ID sets the operationId. By default it is made of method and path, so that it does not
// change when a function is renamed.
func ID(id string) Option { return func(o *operation) { o.id = id } }

// Summary sets the summary: what the route does, in a few words.
func Summary(text string) Option { return func(o *operation) { o.summary = text } }

// Description sets the description, in CommonMark.
func Description(text string) Option { return func(o *operation) { o.description = text } }

// Tags adds tags, by which a document is divided.
func Tags(tags ...string) Option {
	return func(o *operation) { o.tags = append(o.tags, tags...) }
}

// Deprecated marks the route as deprecated in the document. middleware.Deprecated tells the
// clients at each answer.
func Deprecated() Option { return func(o *operation) { o.deprecated = true } }

// Hidden leaves the route out of the document, and its types.
func Hidden() Option { return func(o *operation) { o.hidden = true } }

// Status sets the status of an answer that is a plain value, 200 by default: 202, say; or that of a
// Redirect, 303 by default.
func Status(code int) Option { return func(o *operation) { o.status = code } }

// Header documents a header that successful answers have, ETag or Link, say. The handler sets it
// on its Context.
func Header(name, description string) Option {
	return func(o *operation) { o.headers = append(slices.Clip(o.headers), answerHeader{name, description}) }
}

// answerHeader is a header of answers.
type answerHeader struct{ name, description string }

// Offers sets the media types in which a plain value is answered, the preferred one first, of
// which the client's Accept chooses; by default application/json alone. Each needs a codec.
func Offers(mediaTypes ...string) Option { return func(o *operation) { o.offers = mediaTypes } }

// ErrorCase is an error of handlers with its answer. Make one with Is or As.
type ErrorCase struct {
	problem *dram.Problem
	match   func(error) *dram.Problem
}

// Errors declares errors of handlers: how they are answered, and that the document has these
// answers. They are tried in order, those nearest to the route first.
func Errors(cases ...ErrorCase) Option {
	return func(o *operation) { o.errors = append(append([]ErrorCase{}, cases...), o.errors...) }
}

// Is declares that an error which is target (errors.Is) is answered with problem.
func Is(target error, problem *dram.Problem) ErrorCase {
	if target == nil {
		return ErrorCase{problem: problem} // a mistake that Errors of a route says
	}
	return ErrorCase{problem, func(err error) *dram.Problem {
		if errors.Is(err, target) {
			return problem
		}
		return nil
	}}
}

// As declares that an error which is a T (errors.As) is answered with problem, which detail,
// if it is not nil, completes for this one: it gets a copy.
func As[T error](problem *dram.Problem, detail func(T, *dram.Problem) *dram.Problem) ErrorCase {
	return ErrorCase{problem, func(err error) *dram.Problem {
		var known T
		switch {
		case !errors.As(err, &known):
			return nil
		case detail == nil:
			return problem
		}
		own := *problem
		return detail(known, &own)
	}}
}

// ByLayer declares a failure that a layer answers, a limit of requests or a lack of rights: it is in
// the document, and no error of handlers.
func ByLayer(problem *dram.Problem) ErrorCase {
	return ErrorCase{problem, func(error) *dram.Problem { return nil }}
}

// Problem returns a Problem of a type of its own: a URI reference that names the kind, such
// as "isbn-taken", and a title for people.
func Problem(status int, kind, title string) *dram.Problem {
	p := dram.NewProblem(status, "")
	p.Type, p.Title = kind, title
	return p
}

// problemOf returns the answer to an error of a handler: the declared one, or that to a
// request which does not fill the struct, if the handler has validated it again.
func (o *operation) problemOf(err error) error {
	for _, c := range o.errors {
		if p := c.match(err); p != nil {
			return p.Because(err)
		}
	}
	if problem := (*dram.Problem)(nil); errors.As(err, &problem) {
		return err // it has its answer
	}
	return problemOfInput(err)
}

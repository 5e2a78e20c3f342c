package typed

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/codec"
	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/internal/pathspell"
	"github.com/dram-go/dram/internal/schema"
)

// This file is the way out: what a type that a handler returns is as an answer. Which kind
// it is, is found out when the route is registered.

// output is how the answers of a route are sent.
type output struct {
	status int
	body   reflect.Type   // of the value in the body; nil if there is none
	schema *schema.Schema // of body
	stream bool           // the body is many values of the type
	events bool           // each is an Event
	// pointer reports that the body is a pointer, which must not be nil: clients are told of the
	// thing itself, and a nil one is most often a mistake.
	pointer bool
	// addressed reports that the body is written by its address, since methods with a pointer receiver write it.
	addressed bool
	file      bool
	leads     bool           // the answer is a redirect
	tagged    bool           // a GET may be answered with 304
	header    []answerHeader // that the answer has
	answer    func(c *dram.Context, out any)
}

// answerer is a type of this package that knows its own answer.
type answerer interface {
	describe() output
	send(rt *route, c *dram.Context)
}

// Created is the answer 201 with a body.
type Created[T any] struct {
	// Location is where the new thing is: a path of the service, which has the prefix of a
	// proxy put before it, or a URL with a scheme; see Context.Redirect.
	Location string
	// Body is the answer's.
	Body T
}

func (Created[T]) describe() output {
	return output{status: http.StatusCreated, body: reflect.TypeFor[T](), header: []answerHeader{{name: "Location"}}}
}

func (a Created[T]) send(rt *route, c *dram.Context) {
	if a.Location != "" {
		c.Header("Location", pathspell.Locate(c.BasePath(), c.Request.URL, a.Location))
	}
	rt.write(c, http.StatusCreated, a.Body)
}

// NoContent is the answer 204, without a body.
type NoContent struct{}

func (NoContent) describe() output               { return output{status: http.StatusNoContent} }
func (NoContent) send(_ *route, c *dram.Context) { c.Status(http.StatusNoContent) }

// Redirect is an answer that leads elsewhere.
type Redirect struct {
	// Status is by default that of the route: of the option Status, or 303, the result of this
	// request is there. In debug and test mode another one is an error.
	Status int
	// Location is where to go; see Context.Redirect.
	Location string
}

func (Redirect) describe() output {
	return output{status: http.StatusSeeOther, leads: true, header: []answerHeader{{name: "Location"}}}
}

func (a Redirect) send(rt *route, c *dram.Context) {
	if a.Status == 0 {
		a.Status = rt.output.status
	}
	if a.Status != rt.output.status && dram.Mode() != dram.ReleaseMode {
		c.Fail(rt.breach("the redirect has the status %d, and the document %d: give the route the option Status(%[1]d)", a.Status, rt.output.status))
		return
	}
	c.Redirect(a.Status, a.Location)
}

// mustAnswer returns how the answers are sent. It panics if Out is nothing that can be.
func (rt *route) mustAnswer() output {
	value := reflect.Zero(rt.out)
	if known, ok := value.Interface().(answerer); ok {
		out := known.describe()
		if out.leads && rt.status != 0 {
			if !slices.Contains(redirections, rt.status) {
				rt.panic(rt.pattern, "the status %d leads nowhere: a Redirect has one of %v", rt.status, redirections)
			}
			out.status = rt.status
		}
		out.answer = func(c *dram.Context, out any) { out.(answerer).send(rt, c) }
		return out
	}
	status := rt.status
	if status == 0 {
		status = http.StatusOK
	}
	if event, ok := eventsOf(rt.out); ok {
		known, isEvent := reflect.Zero(event).Interface().(eventer)
		if isEvent {
			event = known.dataType()
		}
		return output{status: http.StatusOK, body: event, stream: true, events: isEvent, answer: func(c *dram.Context, out any) { rt.sendStream(c, reflect.ValueOf(out)) }}
	}
	switch rt.out.Kind() {
	case reflect.Func, reflect.Chan, reflect.UnsafePointer, reflect.Complex64, reflect.Complex128:
		rt.panic(rt.pattern, "%s cannot be answered: return a value for JSON, or Created, NoContent, Redirect, File or iter.Seq2[T, error]", rt.out)
	}
	return output{status: status, body: rt.out, answer: func(c *dram.Context, out any) { rt.write(c, status, out) }}
}

// redirections are the statuses of a Redirect.
var redirections = []int{http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect}

func isJSON(media string) bool { return media == dram.MIMEJSON }
func isXML(media string) bool  { return media == dram.MIMEXML || media == dram.MIMEXML2 }

// write answers with a value, in the format that the client likes best of those offered.
func (rt *route) write(c *dram.Context, status int, value any) {
	if rt.output.pointer && reflect.ValueOf(value).IsNil() {
		c.Fail(fmt.Errorf("dram: typed: %s %s (%s) answers with a nil %T: return an error for what is not there, NoContent for nothing", rt.method, rt.pattern, rt.source, value))
		return
	}
	value = rt.addressed(value)
	if err := rt.broken(value); err != nil {
		c.Fail(err)
		return
	}
	attached := len(c.Errors)
	rt.encode(c, status, value)
	if len(c.Errors) > attached && !c.Writer.Written() { // the document has a problem for it, Render no body
		c.Fail(c.Errors.Last())
	}
}

// encode answers with a value that is what its type declares.
func (rt *route) encode(c *dram.Context, status int, value any) {
	if len(rt.offers) == 0 {
		c.JSON(status, value)
		return
	}
	switch media := accepted(c, rt.offers); {
	case media == "":
	case isJSON(media):
		c.JSON(status, value)
	case isXML(media):
		c.XML(status, value)
	default:
		known, _ := codec.ByMIME(media) // mustAnswer has seen it
		body, err := known.Marshal(value)
		if err != nil {
			c.Fail(err)
			return
		}
		c.Data(status, media, body)
	}
}

// addressed returns what encoding/json or encoding/xml is given for a value.
func (rt *route) addressed(value any) any {
	if !rt.output.addressed {
		return value
	}
	pointer := reflect.New(reflect.TypeOf(value))
	pointer.Elem().Set(reflect.ValueOf(value))
	return pointer.Interface()
}

// accepted returns the offer that the client likes best. If it accepts none, the answer is 406
// and the result "".
func accepted(c *dram.Context, offers []string) string {
	httpfield.AddVary(c.Writer.Header(), "Accept")
	media := c.NegotiateFormat(offers...)
	if media == "" {
		c.Fail(dram.NewProblem(http.StatusNotAcceptable, "The answer can be had as one of the media types in offers.").With("offers", offers))
	}
	return media
}

var errorType = reflect.TypeFor[error]()

// eventsOf returns the type of the values of an iterator, iter.Seq2[T, error] or iter.Seq[T].
func eventsOf(typ reflect.Type) (event reflect.Type, ok bool) {
	switch {
	case typ.Kind() != reflect.Func:
	case typ.CanSeq2() && typ.In(0).In(1) == errorType, typ.CanSeq() && !typ.CanSeq2():
		return typ.In(0).In(0), true
	}
	return nil, false
}

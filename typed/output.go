package typed

import (
	"fmt"
	"io"
	"net/http"
	"reflect"
	"time"

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
	// pointer reports that the body is a pointer, which must not be nil: clients are told of the
	// thing itself, and a nil one is most often a mistake.
	pointer bool
	file    bool
	tagged  bool           // a GET may be answered with 304
	header  []answerHeader // that the answer has
	answer  func(c *dram.Context, out any)
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
	// Status is 303 by default: the result of this request is there.
	Status int
	// Location is where to go; see Context.Redirect.
	Location string
}

func (Redirect) describe() output {
	return output{status: http.StatusSeeOther, header: []answerHeader{{name: "Location"}}}
}

func (a Redirect) send(_ *route, c *dram.Context) {
	if a.Status == 0 {
		a.Status = http.StatusSeeOther
	}
	c.Redirect(a.Status, a.Location)
}

// File is an answer that is a file, with ranges and conditions (RFC 9110 sections 13 and 14).
type File struct {
	// Content is what is sent. It is closed after that if it is an io.Closer.
	Content io.ReadSeeker
	// Name is the file's: its ending tells the type, if Type does not.
	Name string
	// Type is the media type. Default: by Name, or by the first 512 bytes.
	Type string
	// ETag is the entity tag, with its quotes; ModTime when the file was changed. Either lets
	// clients ask whether they have the newest.
	ETag    string
	ModTime time.Time
	// Download has browsers store the file under Name.
	Download bool
}

func (File) describe() output { return output{status: http.StatusOK, file: true} }

func (a File) send(_ *route, c *dram.Context) {
	if closer, ok := a.Content.(io.Closer); ok {
		defer closer.Close()
	}
	if a.Content == nil {
		c.Fail(fmt.Errorf("dram: typed: the File has no Content"))
		return
	}
	if a.Type != "" {
		c.Header("Content-Type", a.Type)
	}
	if a.ETag != "" {
		c.Header("ETag", a.ETag)
	}
	if a.Download {
		c.Header("Content-Disposition", httpfield.Attachment(a.Name))
	}
	http.ServeContent(c.Writer, c.Request, a.Name, a.ModTime, a.Content)
}

// mustAnswer returns how the answers are sent. It panics if Out is nothing that can be.
func (rt *route) mustAnswer() output {
	value := reflect.Zero(rt.out)
	if known, ok := value.Interface().(answerer); ok {
		out := known.describe()
		out.answer = func(c *dram.Context, out any) { out.(answerer).send(rt, c) }
		return out
	}
	status := rt.status
	if status == 0 {
		status = http.StatusOK
	}
	if event, ok := eventsOf(rt.out); ok {
		if known, ok := reflect.Zero(event).Interface().(eventer); ok {
			event = known.dataType()
		}
		return output{status: http.StatusOK, body: event, stream: true, answer: func(c *dram.Context, out any) { rt.sendStream(c, reflect.ValueOf(out)) }}
	}
	switch rt.out.Kind() {
	case reflect.Func, reflect.Chan, reflect.UnsafePointer, reflect.Complex64, reflect.Complex128:
		rt.panic(rt.pattern, "%s cannot be answered: return a value for JSON, or Created, NoContent, Redirect, File or iter.Seq2[T, error]", rt.out)
	}
	for _, media := range rt.offers {
		if _, ok := codec.ByMIME(media); !ok && !isJSON(media) && !isXML(media) {
			rt.panic(rt.pattern, "no codec writes %s: import one, or leave it out of Offers", media)
		}
	}
	return output{status: status, body: rt.out, answer: func(c *dram.Context, out any) { rt.write(c, status, out) }}
}

func isJSON(media string) bool { return media == dram.MIMEJSON }
func isXML(media string) bool  { return media == dram.MIMEXML || media == dram.MIMEXML2 }

// write answers with a value, in the format that the client likes best of those offered.
func (rt *route) write(c *dram.Context, status int, value any) {
	if rt.output.pointer && reflect.ValueOf(value).IsNil() {
		c.Fail(fmt.Errorf("dram: typed: %s %s (%s) answers with a nil %T: return an error for what is not there, NoContent for nothing", rt.method, rt.pattern, rt.source, value))
		return
	}
	if err := rt.broken(value); err != nil {
		c.Fail(err)
		return
	}
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

package typed

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"reflect"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/codec/json"
	"github.com/dram-go/dram/render"
)

// This file sends streams: what an iterator gives, as an event stream or as lines of JSON,
// whichever the client accepts. Both end with the client and with the server.

// The media types of a stream, the preferred one first.
var streamTypes = []string{"text/event-stream", "application/jsonl"}

// Event is a value of a stream with what an event stream has besides: a client that reconnects
// sends the ID of the last one in Last-Event-ID, which a field with the tag
// `header:"Last-Event-ID"` has. As a line of JSON it is its Data.
type Event[T any] struct {
	ID, Name string
	Data     T
}

func (e Event[T]) event() (id, name string, data any) { return e.ID, e.Name, e.Data }
func (Event[T]) dataType() reflect.Type               { return reflect.TypeFor[T]() }

// eventer is an Event of any type.
type eventer interface {
	event() (id, name string, data any)
	dataType() reflect.Type
}

// sendStream sends what an iterator gives.
func (rt *route) sendStream(c *dram.Context, events reflect.Value) {
	if events.IsNil() {
		c.Fail(fmt.Errorf("dram: typed: the handler returned no iterator, and no error"))
		return
	}
	switch accepted(c, streamTypes) {
	case streamTypes[0]:
		dram.SSE(c, func(context.Context, string) (iter.Seq2[render.SSEvent, error], error) {
			return rt.asEvents(events), nil
		})
	case streamTypes[1]:
		rt.sendLines(c, rt.valuesOf(events))
	}
}

// asEvents makes events of the values of an iterator.
func (rt *route) asEvents(events reflect.Value) iter.Seq2[render.SSEvent, error] {
	return func(yield func(render.SSEvent, error) bool) {
		for value, err := range rt.valuesOf(events) {
			var event render.SSEvent
			if known, ok := value.(eventer); ok {
				event.ID, event.Event, _ = known.event()
			}
			if err == nil {
				event.Data, err = json.API.Marshal(rt.dataOf(value))
			}
			if !yield(event, err) || err != nil {
				return
			}
		}
	}
}

// valuesOf returns the values of an iter.Seq2[T, error] or an iter.Seq[T], and errors as they
// are answered: one that is not what it is declared to be is an error too.
func (rt *route) valuesOf(events reflect.Value) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		if !events.Type().CanSeq2() {
			for value := range events.Seq() {
				if !yield(value.Interface(), rt.broken(rt.dataOf(value.Interface()))) {
					return
				}
			}
			return
		}
		for value, failed := range events.Seq2() {
			err, _ := failed.Interface().(error)
			if err != nil {
				err = rt.problemOf(err)
			} else {
				err = rt.broken(rt.dataOf(value.Interface()))
			}
			if !yield(value.Interface(), err) {
				return
			}
		}
	}
}

// dataOf returns what is written of a value: what an event carries, and any other as it is.
func (rt *route) dataOf(value any) any {
	if known, ok := value.(eventer); ok {
		_, _, value = known.event()
	}
	return rt.addressed(value)
}

// sendLines sends values as lines of JSON, each when it is there. An error before the first
// is answered as any error; a later one cuts the answer. HEAD asks for no values.
func (rt *route) sendLines(c *dram.Context, values iter.Seq2[any, error]) {
	if c.Request.Method == http.MethodHead {
		values = func(func(any, error) bool) {}
	}
	for value, err := range values {
		var line []byte
		if err == nil {
			line, err = json.API.Marshal(rt.dataOf(value))
		}
		if err == nil {
			err = c.Request.Context().Err()
		}
		if err != nil {
			c.Fail(err)
			return
		}
		if !c.Writer.Written() {
			c.Header("Content-Type", streamTypes[1])
		}
		if _, err := c.Writer.Write(append(line, '\n')); err != nil {
			c.Fail(err)
			return
		}
		c.Writer.Flush()
		if w, ok := c.Writer.(interface{ Unwanted() bool }); ok && w.Unwanted() {
			return // a layer has answered in place of the values
		}
		select {
		case <-c.Stopping():
			c.Fail(context.Canceled) // lines have no end of their own: half of them is not the whole
			return
		default:
		}
	}
	if !c.Writer.Written() {
		c.Data(http.StatusOK, streamTypes[1], nil)
	}
}

package typed

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"runtime"
)

// This file reads a stream of JSON lines into the iterator that the handler has returned.

// streamOf returns an iterator of a type over the lines of an answer.
func streamOf(typ reflect.Type, resp *http.Response) reflect.Value {
	yieldType := typ.In(0)
	event := yieldType.In(0)
	stream := &struct{ body io.ReadCloser }{resp.Body}
	runtime.AddCleanup(stream, func(body io.Closer) { _ = body.Close() }, io.Closer(resp.Body)) // nobody has ranged over it
	return reflect.MakeFunc(typ, func(args []reflect.Value) []reflect.Value {
		defer stream.body.Close()
		lines := json.NewDecoder(stream.body)
		for {
			value := reflect.New(event)
			into := value.Interface()
			if known, ok := into.(interface{ data() any }); ok {
				into = known.data()
			}
			err := lines.Decode(into)
			if errors.Is(err, io.EOF) {
				return nil
			}
			results := []reflect.Value{value.Elem()}
			if yieldType.NumIn() == 2 {
				failed := reflect.Zero(errorType)
				if err != nil {
					failed = reflect.ValueOf(&err).Elem()
				}
				results = append(results, failed)
			} else if err != nil {
				panic(err) // the iterator has no place for it
			}
			if !args[0].Call(results)[0].Bool() || err != nil {
				return nil
			}
		}
	})
}

// data is where the data of an event goes.
func (e *Event[T]) data() any { return &e.Data }

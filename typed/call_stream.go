package typed

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"runtime"
	"strings"
)

// This file reads a stream into the iterator that the handler has returned: one of Events as an event
// stream, which has their IDs and names, and any other as JSON lines.

// streamOf returns an iterator of a type over what an answer has.
func (rt *route) streamOf(typ reflect.Type, resp *http.Response) reflect.Value {
	yieldType := typ.In(0)
	event := yieldType.In(0)
	stream := &struct{ body io.ReadCloser }{resp.Body}
	runtime.AddCleanup(stream, func(body io.Closer) { _ = body.Close() }, io.Closer(resp.Body)) // nobody has ranged over it
	return reflect.MakeFunc(typ, func(args []reflect.Value) []reflect.Value {
		defer stream.body.Close()
		next := rt.readerOf(stream.body)
		for {
			value := reflect.New(event)
			err := next(value.Interface())
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

// readerOf returns a function that reads the next value of a body.
func (rt *route) readerOf(body io.Reader) func(into any) error {
	if rt.output.events {
		events := bufio.NewReader(body)
		return func(into any) error {
			id, name, data, err := nextEvent(events)
			if err != nil {
				return err
			}
			return rt.schemas.Unmarshal([]byte(data), into.(interface{ of(id, name string) any }).of(id, name))
		}
	}
	lines := json.NewDecoder(body)
	return func(into any) error {
		var line json.RawMessage
		if err := lines.Decode(&line); err != nil {
			return err
		}
		return rt.schemas.Unmarshal(line, into)
	}
}

// of sets what an event is called, and returns where its data goes.
func (e *Event[T]) of(id, name string) any {
	e.ID, e.Name = id, name
	return &e.Data
}

// nextEvent reads an event (HTML standard, section 9.2). One without data is none, and one that is cut off an error.
func nextEvent(in *bufio.Reader) (id, name, data string, err error) {
	var lines []string
	for {
		line, err := in.ReadString('\n')
		switch {
		case errors.Is(err, io.EOF) && (line != "" || lines != nil):
			return "", "", "", io.ErrUnexpectedEOF
		case err != nil:
			return "", "", "", err
		}
		line = strings.TrimRight(line, "\r\n")
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case field == "data":
			lines = append(lines, value)
		case field == "event":
			name = value
		case field == "id":
			id = value
		case line == "" && lines != nil:
			return id, name, strings.Join(lines, "\n"), nil
		case line == "":
			id, name = "", ""
		}
	}
}

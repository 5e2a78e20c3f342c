package dram

import (
	stdjson "encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/dram-go/dram/codec/json"
)

// This file holds the errors that handlers collect in Context.Errors while a
// request is answered. They change nothing by themselves: Logger prints the
// private ones, ErrorLogger or a middleware of the program's own answers with
// the public ones.
// See docs/internals/09-onion.md.

// ErrorType says whom an Error is for. The types are bits: they can be combined.
type ErrorType uint64

const (
	// ErrorTypeBind is the type of the errors of the Bind methods.
	ErrorTypeBind ErrorType = 1 << 63
	// ErrorTypeRender is the type of errors while a response is written.
	ErrorTypeRender ErrorType = 1 << 62
	// ErrorTypePrivate is for the log only. Context.Error gives it to an error
	// that has no type yet.
	ErrorTypePrivate ErrorType = 1 << 0
	// ErrorTypePublic may be shown to the client.
	ErrorTypePublic ErrorType = 1 << 1
	// ErrorTypeAny matches every type.
	ErrorTypeAny ErrorType = 1<<64 - 1
)

// Error is an error with a type and data for whoever reports it.
type Error struct {
	// Err is what went wrong.
	Err error
	// Type says whom it is for.
	Type ErrorType
	// Meta is any further data: see JSON for how a client sees it.
	Meta any
}

// errorMsgs is the list in Context.Errors, oldest first. Its methods are its API.
type errorMsgs []*Error

// SetType sets the type and returns the Error.
func (msg *Error) SetType(flags ErrorType) *Error {
	msg.Type = flags
	return msg
}

// SetMeta sets the data and returns the Error.
func (msg *Error) SetMeta(data any) *Error {
	msg.Meta = data
	return msg
}

// IsType reports whether the Error has one of the types in flags.
func (msg *Error) IsType(flags ErrorType) bool { return msg.Type&flags != 0 }

// Error returns the message of Err.
func (msg Error) Error() string {
	if msg.Err == nil {
		return ""
	}
	return msg.Err.Error()
}

// Unwrap returns Err.
func (msg Error) Unwrap() error { return msg.Err }

// JSON returns what a client is shown: an object with the message under "error" and
// with Meta beside it. The keys of a map and the JSON fields of a struct stand
// next to the message, and one called "error" stands in its place; any other
// value stands under "meta".
func (msg *Error) JSON() any {
	object := H{}
	if msg.Meta != nil && !mergeMeta(object, msg.Meta) {
		object["meta"] = msg.Meta
	}
	if _, taken := object["error"]; !taken {
		object["error"] = msg.Error()
	}
	return object
}

// mergeMeta puts the fields of meta into object; false if it has none.
func mergeMeta(object map[string]any, meta any) bool {
	switch value := reflect.ValueOf(meta); value.Kind() {
	case reflect.Map:
		for entries := value.MapRange(); entries.Next(); {
			object[fmt.Sprint(entries.Key().Interface())] = entries.Value().Interface()
		}
		return true
	case reflect.Struct:
		return mergeStruct(object, meta)
	default:
		return false
	}
}

// mergeStruct takes the struct's fields as they are marshalled, so that tags
// and MarshalJSON count. A struct that does not
// encode to a JSON object (a time, say) is refused.
func mergeStruct(object map[string]any, meta any) bool {
	text, err := json.API.Marshal(meta)
	var fields map[string]stdjson.RawMessage
	if err != nil || json.API.Unmarshal(text, &fields) != nil || fields == nil {
		return false
	}
	for name, value := range fields {
		object[name] = value
	}
	return true
}

// MarshalJSON marshals what JSON returns.
func (msg *Error) MarshalJSON() ([]byte, error) { return json.API.Marshal(msg.JSON()) }

// ByType returns the errors that have one of the types in typ; nil if there are none.
func (errs errorMsgs) ByType(typ ErrorType) errorMsgs {
	if typ == ErrorTypeAny && len(errs) > 0 {
		return errs
	}
	var matching errorMsgs
	for _, msg := range errs {
		if msg.IsType(typ) {
			matching = append(matching, msg)
		}
	}
	return matching
}

// Last returns the newest error, or nil.
func (errs errorMsgs) Last() *Error {
	if len(errs) == 0 {
		return nil
	}
	return errs[len(errs)-1]
}

// Errors returns the messages, oldest first; nil if there are none.
func (errs errorMsgs) Errors() []string {
	if len(errs) == 0 {
		return nil
	}
	messages := make([]string, len(errs))
	for i, msg := range errs {
		messages[i] = msg.Error()
	}
	return messages
}

// JSON returns nil without errors, Error.JSON of a single one, and the list of them
// for several.
func (errs errorMsgs) JSON() any {
	switch len(errs) {
	case 0:
		return nil
	case 1:
		return errs[0].JSON()
	}
	list := make([]any, len(errs))
	for i, msg := range errs {
		list[i] = msg.JSON()
	}
	return list
}

// MarshalJSON marshals what JSON returns.
func (errs errorMsgs) MarshalJSON() ([]byte, error) { return json.API.Marshal(errs.JSON()) }

// String returns the errors as text, one per line, numbered from 1, each with its
// Meta on a line of its own if there is any.
func (errs errorMsgs) String() string {
	return errs.text(func(message string) string { return message })
}

// logText is String for a log that is read line by line: a line break inside a
// message is escaped, so that no message can pass for a line of its own, and the
// secrets in URLs are masked.
func (errs errorMsgs) logText() string { return errs.text(logLine) }

func (errs errorMsgs) text(message func(string) string) string {
	if len(errs) == 0 {
		return ""
	}
	var out strings.Builder
	for i, msg := range errs {
		fmt.Fprintf(&out, "Error #%02d: %s\n", i+1, message(msg.Error()))
		if msg.Meta != nil {
			fmt.Fprintf(&out, "     Meta: %s\n", message(fmt.Sprint(msg.Meta)))
		}
	}
	return out.String()
}

package binding

// One value on its own, without a struct: what the typed getters of a Context are made of.
// See docs/internals/15-binding.md.

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"
)

// The compiled ways from text to a type: reflect.Type → parser. Headers may have text that
// is not UTF-8.
var parsers, headerParsers sync.Map

// Parse makes a T of the values of one key, as a field of type T that has only the key in
// its tag gets it: a slice or an array of all values, anything else of the first. source and
// key are for the error, which is Errors with a FieldError: of the rule "required" without
// values or with a single empty one (for all but strings, of white space), of "type" and
// the like if they do not fit. That no text is a T, as with a channel or an interface, is a
// mistake of the program: the error is of no field, whatever the values are.
func Parse[T any](source, key string, values []string) (T, error) {
	return parse[T](source, key, values, func() (none T, err error) {
		return none, Errors{{Source: source, Field: key, Rule: "required", Message: messages["required"]}}
	})
}

// ParseOr is like Parse, but returns instead where that would say "required".
func ParseOr[T any](source, key string, values []string, instead T) (T, error) {
	return parse(source, key, values, func() (T, error) { return instead, nil })
}

func parse[T any](source, key string, values []string, missing func() (T, error)) (none T, err error) {
	typ := reflect.TypeFor[T]()
	parser := parserFor(typ, source)
	switch {
	case parser.mistake != "":
		return none, fmt.Errorf("dram: the value of %s %q %s", source, key, parser.mistake)
	case isMissing(values, typ):
		return missing()
	}
	value := new(T) // only now: a value that is missing costs nothing
	if err := parser.set(reflect.ValueOf(value).Elem(), values); err != nil {
		return none, conversionErrors(key, source, typ, err)
	}
	return *value, nil
}

// isMissing reports whether there is nothing to make a value of.
func isMissing(values []string, typ reflect.Type) bool {
	switch {
	case len(values) == 0:
		return true
	case len(values) > 1 && isList(valueType(typ).Kind()):
		return false
	case valueType(typ).Kind() == reflect.String:
		return values[0] == ""
	}
	return strings.TrimSpace(values[0]) == ""
}

// parser is a way from text to a type, or why there is none, and the mend.
type parser struct {
	collected
	mistake string
}

func parserFor(typ reflect.Type, source string) parser {
	cache := &parsers
	if source == sourceHeader {
		cache = &headerParsers
	}
	known, ok := cache.Load(typ)
	if !ok {
		p := parser{mistake: unreadable(typ)}
		if isFile(typ) {
			p.mistake = "has the type " + typ.String() + ", which is a file: read it by Context.FormFile"
		}
		if p.mistake == "" {
			p.collected = newCollection(typ, options{times: timeOptions{layout: time.RFC3339, location: time.Local}, lenient: source == sourceHeader})
		}
		known, _ = cache.LoadOrStore(typ, p)
	}
	return known.(parser)
}

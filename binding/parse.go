package binding

// One value on its own, without a struct: what the typed getters of a Context are made of.

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"
)

// The compiled ways from text to a type: reflect.Type → collected. Headers may have text that
// is not UTF-8.
var parsers, headerParsers sync.Map

// Parse makes a T of the values of one key, as a field of type T that has only the key in
// its tag gets it: a slice or an array of all values, anything else of the first. source and
// key are for the error, which is Errors with a FieldError: of the rule "required" without
// values or with a single empty one (for all but strings, of white space), of "type" and
// the like if they do not fit.
func Parse[T any](source, key string, values []string) (T, error) {
	if isMissing(values, reflect.TypeFor[T]()) {
		var none T
		return none, Errors{{Source: source, Field: key, Rule: "required", Message: messages["required"]}}
	}
	return parse[T](source, key, values)
}

// ParseOr is like Parse, but returns instead where that would say "required".
func ParseOr[T any](source, key string, values []string, instead T) (T, error) {
	if isMissing(values, reflect.TypeFor[T]()) {
		return instead, nil
	}
	return parse[T](source, key, values)
}

func parse[T any](source, key string, values []string) (value T, err error) {
	typ := reflect.TypeFor[T]()
	parser := parserFor(typ, source)
	if !parser.many {
		values = values[:1]
	}
	if err := parser.set(reflect.ValueOf(&value).Elem(), values); err != nil {
		var none T
		return none, conversionErrors(key, source, typ, err)
	}
	return value, nil
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

func parserFor(typ reflect.Type, source string) collected {
	cache := &parsers
	if source == sourceHeader {
		cache = &headerParsers
	}
	known, ok := cache.Load(typ)
	if !ok {
		parser := newCollection(typ, options{times: timeOptions{layout: time.RFC3339, location: time.Local}, lenient: source == sourceHeader})
		if isFile(valueType(typ)) {
			parser = collected{set: func(reflect.Value, []string) error {
				return fmt.Errorf("%w: a file is read by Context.FormFile", errUnsupported)
			}}
		}
		known, _ = cache.LoadOrStore(typ, parser)
	}
	return known.(collected)
}

package typed

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/dram-go/dram/binding"
)

// This file writes values as the text that package binding reads them from. What has no such text is
// an error: a server would take another one for a value.

// textsOf returns the texts that a field is read from; none for what is not there, and for the zero
// value of what is not in the path.
func textsOf(value reflect.Value, f binding.Source) ([]string, error) {
	if value.IsZero() && f.In != "uri" {
		return nil, nil
	}
	inner := held(value)
	if !inner.IsValid() {
		return nullText(value, f)
	}
	if f.Many {
		return textsOfList(inner, value.Type(), f)
	}
	text, err := textOf(inner, f)
	switch {
	case err != nil || text != "":
	case f.Default != nil:
		err = errors.New("an empty text is read as the default")
	case inner.Kind() != reflect.String && value.Type().Implements(anyOptional):
		err = errors.New("an empty text is read as null")
	}
	return []string{text}, err
}

func textsOfList(inner reflect.Value, typ reflect.Type, f binding.Source) ([]string, error) {
	var texts []string
	for i := range inner.Len() {
		item := held(inner.Index(i))
		if !item.IsValid() {
			return nil, fmt.Errorf("the value %d of the list is nil", i)
		}
		text, err := textOf(item, f)
		if err == nil && f.Separator != "" && strings.Contains(text, f.Separator) {
			err = fmt.Errorf("the value %q of the list has a %q, which separates values", text, f.Separator)
		}
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	switch {
	case len(texts) == 0 && f.Default != nil:
		return nil, errors.New("an empty list is read as the default")
	case len(texts) == 0 && inner.Type() != typ:
		return nil, errors.New("an empty list cannot be sent")
	case len(texts) == 1 && texts[0] == "" && typ.Implements(anyOptional):
		return nil, errors.New("a list of one empty text is read as null")
	case f.Separator != "" && len(texts) > 0:
		texts = []string{strings.Join(texts, f.Separator)}
	}
	return texts, nil
}

// nullText is the text of a pointer that is nil, or of an Optional without a value.
func nullText(value reflect.Value, f binding.Source) ([]string, error) {
	for value.Kind() == reflect.Pointer && !value.IsZero() {
		value = value.Elem()
	}
	if value.IsZero() {
		return nil, nil
	}
	got := value.MethodByName("Get").Call(nil)
	switch {
	case got[0].Kind() == reflect.String:
		return nil, errors.New("null cannot be sent: an empty text is the empty string")
	case got[1].Bool():
		return nil, errors.New("an Optional whose value is nil is read as null: make it Null")
	case f.Default != nil:
		return nil, errors.New("null is read as the default")
	}
	return []string{""}, nil
}

// textOf returns the text of one value: in binding's order that of the type's own methods, and then
// that of its kind.
func textOf(value reflect.Value, f binding.Source) (string, error) {
	pointer := reflect.New(value.Type())
	pointer.Elem().Set(value)
	switch known := pointer.Interface().(type) {
	case *time.Time:
		return timeText(*known, f)
	case *time.Duration:
		return known.String(), nil
	case binding.BindUnmarshaler, encoding.TextUnmarshaler:
		writer, ok := known.(encoding.TextMarshaler)
		if !ok {
			return "", fmt.Errorf("the type %s reads text and does not write it: give it MarshalText", value.Type())
		}
		text, err := writer.MarshalText()
		if spaces := strings.TrimSpace(string(text)); err == nil && spaces != string(text) {
			err = fmt.Errorf("the spaces around %q are not read", text)
		}
		return string(text), err
	}
	switch {
	case value.CanInt():
		return strconv.FormatInt(value.Int(), 10), nil
	case value.CanUint():
		return strconv.FormatUint(value.Uint(), 10), nil
	case value.CanFloat():
		return strconv.FormatFloat(value.Float(), 'g', -1, value.Type().Bits()), nil
	case value.Kind() == reflect.Bool:
		return strconv.FormatBool(value.Bool()), nil
	case value.Kind() == reflect.String:
		return value.String(), nil
	}
	text, err := textInJSON(pointer)
	return string(text), err
}

// timeText writes a time by the field's format, in the field's location, and reads it back: a layout
// without the time of day, say, has not every instant.
func timeText(t time.Time, f binding.Source) (text string, err error) {
	var read time.Time
	switch f.TimeFormat {
	case "unix":
		text, read = strconv.FormatInt(t.Unix(), 10), time.Unix(t.Unix(), 0)
	case "unixmilli":
		text, read = strconv.FormatInt(t.UnixMilli(), 10), time.UnixMilli(t.UnixMilli())
	case "unixmicro":
		text, read = strconv.FormatInt(t.UnixMicro(), 10), time.UnixMicro(t.UnixMicro())
	case "unixnano":
		text, read = strconv.FormatInt(t.UnixNano(), 10), time.Unix(0, t.UnixNano())
	case time.RFC3339:
		text = t.Format(time.RFC3339Nano)
		read, err = time.Parse(time.RFC3339, text)
	default:
		text = t.In(f.TimeLocation).Format(f.TimeFormat)
		read, err = time.ParseInLocation(f.TimeFormat, text, f.TimeLocation)
	}
	if err != nil || !read.Equal(t) {
		return "", fmt.Errorf("the time %s has no text in the format %q that is read as the same: %q is not; truncate it, or give the field another time_format", t.Format(time.RFC3339Nano), f.TimeFormat, text)
	}
	return text, nil
}

package binding

// The tags of one struct field, read once when its plan is compiled.
// See docs/internals/15-binding.md.

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// options is what the tags of a struct field say about how it is read.
//
//	form:"name,default=1;2,parser=encoding.TextUnmarshaler"
//	collection_format:"csv"
//	time_format:"2006-01-02" time_utc:"1" time_location:"Europe/Berlin"
type options struct {
	name       string
	byDefault  string
	hasDefault bool
	textFirst  bool   // parser=encoding.TextUnmarshaler
	separator  string // of collection_format; "" does not split
	times      timeOptions
	lenient    bool   // text need not be UTF-8, as in headers
	unknown    string // an option that means nothing, but for Gin's tags must be allowed
}

// textParser is the one value that the option parser takes.
const textParser = "encoding.TextUnmarshaler"

// separators by collection_format.
var separators = map[string]string{"": "", "multi": "", "csv": ",", "ssv": " ", "tsv": "\t", "pipes": "|"}

func parseOptions(sf reflect.StructField, tag string) (options, error) {
	name, rest, _ := strings.Cut(sf.Tag.Get(tag), ",")
	o := options{name: name}
	if name == "" {
		o.name = sf.Name
	}
	for rest != "" {
		var option string
		option, rest, _ = strings.Cut(rest, ",")
		switch k, v, _ := strings.Cut(option, "="); k {
		case "default":
			o.byDefault, o.hasDefault = v, true
		case "parser":
			if v != textParser {
				return o, fmt.Errorf("parser=%s is not known; the one parser is %s", v, textParser)
			}
			o.textFirst = true
		case "", "omitempty": // of tags that are for writing too
		default:
			o.unknown = option
		}
	}
	format := sf.Tag.Get("collection_format")
	var known bool
	if o.separator, known = separators[format]; !known {
		return o, fmt.Errorf("%q is not supported as collection_format; use multi, csv, ssv, tsv or pipes", format)
	}
	if o.textFirst || !takesTimes(sf.Type) {
		return o, nil
	}
	var err error
	o.times, err = parseTimeOptions(sf)
	return o, err
}

// meansNothing is the error for the unknown option of a tag.
func (o options) meansNothing(tag string) error {
	return fmt.Errorf("the option %q of the tag %s is not known; write a rule into the tag binding, and ; between the items of a default", o.unknown, tag)
}

// takesTimes reports whether values become times by the field's time_format.
func takesTimes(typ reflect.Type) bool {
	typ = valueType(typ)
	if isList(typ.Kind()) {
		typ = valueType(typ.Elem())
	}
	return typ == timeType
}

// timeOptions says how a time.Time is written.
type timeOptions struct {
	layout   string         // of package time; "" when unit is set
	unit     time.Duration  // of the number since 1970: second, milli, micro, nano
	location *time.Location // for a layout without zone, and of the result
}

// timeUnits by time_format.
var timeUnits = map[string]time.Duration{
	"unix": time.Second, "unixmilli": time.Millisecond, "unixmicro": time.Microsecond, "unixnano": time.Nanosecond,
}

func parseTimeOptions(sf reflect.StructField) (timeOptions, error) {
	o := timeOptions{layout: sf.Tag.Get("time_format"), location: time.Local}
	if o.layout == "" {
		o.layout = time.RFC3339
	}
	if unit, ok := timeUnits[strings.ToLower(o.layout)]; ok {
		o.layout, o.unit = "", unit
	} else if !isLayout(o.layout) {
		return o, fmt.Errorf("time_format %q has nothing that stands for a part of a time; write the time 2006-01-02 15:04:05 as clients are to write theirs, or unix, unixmilli, unixmicro, unixnano", o.layout)
	}
	if text := sf.Tag.Get("time_utc"); text != "" {
		utc, err := strconv.ParseBool(text)
		if err != nil {
			return o, fmt.Errorf("time_utc %q is neither true nor false; write time_utc:\"1\" for UTC, or leave it out", text)
		}
		if utc {
			o.location = time.UTC
		}
	}
	if name := sf.Tag.Get("time_location"); name != "" {
		location, err := time.LoadLocation(name)
		if err != nil {
			return o, fmt.Errorf("time_location %q: %w; write a name such as Europe/Berlin, and import _ \"time/tzdata\" for machines without these names", name, err)
		}
		o.location = location
	}
	return o, nil
}

// otherTime differs from the reference time of package time in all its parts.
var otherTime = time.Date(1999, time.November, 30, 9, 47, 58, 987654321, time.FixedZone("CST", 5*3600+1800))

// isLayout reports whether layout has a part of the reference time, as yyyy-MM-dd has not.
// The digits of RFC3339 and ISO8601 are none: they are names.
func isLayout(layout string) bool {
	name := strings.ToUpper(strings.TrimPrefix(layout, "time."))
	return !strings.HasPrefix(name, "RFC") && !strings.HasPrefix(name, "ISO") && otherTime.Format(layout) != layout
}

package binding

// The tags of one struct field, read once when its plan is compiled.

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
	lenient    bool // text need not be UTF-8, as in headers
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
		}
	}
	format := sf.Tag.Get("collection_format")
	var known bool
	if o.separator, known = separators[format]; !known {
		return o, fmt.Errorf("%q is not supported as collection_format; use multi, csv, ssv, tsv or pipes", format)
	}
	var err error
	o.times, err = parseTimeOptions(sf)
	return o, err
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
	}
	if utc, _ := strconv.ParseBool(sf.Tag.Get("time_utc")); utc {
		o.location = time.UTC
	}
	if name := sf.Tag.Get("time_location"); name != "" {
		location, err := time.LoadLocation(name)
		if err != nil {
			return o, fmt.Errorf("time_location: %w", err)
		}
		o.location = location
	}
	return o, nil
}

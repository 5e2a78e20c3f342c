package typed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"
)

// This file writes JSON as YAML 1.2, which people would rather read: the same members in the
// same order.

var noTime time.Time

// toYAML writes a JSON text as YAML.
func toYAML(text []byte) []byte {
	w := &yamlWriter{in: json.NewDecoder(bytes.NewReader(text))}
	w.in.UseNumber()
	w.value(0, start)
	return w.out.Bytes()
}

type yamlWriter struct {
	in  *json.Decoder
	out bytes.Buffer
}

// What stands in the line where a value begins.
const (
	start = iota
	key
	dash
)

// value writes the next value, behind a key or a dash.
func (w *yamlWriter) value(depth, behind int) {
	token, _ := w.in.Token() // it is our own JSON
	switch token {
	case json.Delim('{'):
		w.list(depth, behind, "{}", func() {
			name, _ := w.in.Token()
			w.out.WriteString(scalar(name) + ":")
			w.value(depth+1, key)
		})
	case json.Delim('['):
		w.list(depth, behind, "[]", func() {
			w.out.WriteString("-")
			w.value(depth+1, dash)
		})
	default:
		if behind != start {
			w.out.WriteByte(' ')
		}
		w.out.WriteString(scalar(token) + "\n")
	}
}

// list writes the items of an object or an array, each by one call; behind a dash the first
// stands in the same line.
func (w *yamlWriter) list(depth, behind int, empty string, item func()) {
	switch {
	case !w.in.More() && behind == start:
		w.out.WriteString(empty + "\n")
	case !w.in.More():
		w.out.WriteString(" " + empty + "\n")
	case behind == key:
		w.out.WriteByte('\n')
	}
	for first := true; w.in.More(); first = false {
		if first && behind == dash {
			w.out.WriteByte(' ')
		} else {
			w.out.WriteString(strings.Repeat("  ", depth))
		}
		item()
	}
	_, _ = w.in.Token() // the end
}

// plain is a text that YAML takes for a text without quotes.
var plain = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z/_$][A-Za-z0-9/_.{}$+-]*( [A-Za-z0-9/_.{}$+(),-]+)*$`)
})

// notText are the plain words that are something else to one reader or another.
var notText = map[string]bool{"true": true, "false": true, "null": true, "yes": true, "no": true, "on": true, "off": true, "y": true, "n": true}

// notPrintable are the characters that JSON has in a text and YAML does not (YAML 1.2 section 5.1), and
// U+0085, which is the end of a line to readers of YAML 1.1, who read a space.
var notPrintable = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[\x{7F}-\x{9F}\x{FEFF}\x{FFFE}\x{FFFF}]`)
})

// scalar writes a text, a number, a boolean or null. What is not plain has JSON's quotes, which are YAML's.
func scalar(token json.Token) string {
	if text, ok := token.(string); ok && plain().MatchString(text) && !notText[strings.ToLower(text)] {
		return text
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(token) // it was read from JSON
	return notPrintable().ReplaceAllStringFunc(strings.TrimSuffix(out.String(), "\n"), func(one string) string {
		return fmt.Sprintf(`\u%04x`, []rune(one)[0])
	})
}

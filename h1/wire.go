package h1

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// This file is what the head of an answer is written with.

// appendLines writes a field, a line for each of its values.
func appendLines(out []byte, name string, values []string) []byte {
	for _, value := range values {
		out = append(out, name...)
		out = append(out, ": "...)
		out = append(out, oneLine(value)...)
		out = append(out, "\r\n"...)
	}
	return out
}

// sortedKeys returns the names of a header in their order, so that equal answers have equal
// bytes.
func sortedKeys(h http.Header, room []string) []string {
	for name := range h {
		room = append(room, name)
	}
	if len(room) > 1 {
		slices.Sort(room)
	}
	return room
}

// statusLines are those of the statuses that have a text.
var statusLines = func() (table [600]string) {
	for status := range table {
		if text := http.StatusText(status); text != "" {
			table[status] = "HTTP/1.1 " + strconv.Itoa(status) + " " + text + "\r\n"
		}
	}
	return table
}()

func statusLine(status int) string {
	if status < len(statusLines) && statusLines[status] != "" {
		return statusLines[status]
	}
	return "HTTP/1.1 " + strconv.Itoa(status) + " status code " + strconv.Itoa(status) + "\r\n"
}

// date is the line of one second.
type date struct {
	second int64
	line   string
}

var lastDate atomic.Pointer[date]

// dateLine returns "Date: …", made once a second.
func dateLine() string {
	now := time.Now()
	if last := lastDate.Load(); last != nil && last.second == now.Unix() {
		return last.line
	}
	made := &date{now.Unix(), "Date: " + now.UTC().Format(http.TimeFormat) + "\r\n"}
	lastDate.Store(made)
	return made.line
}

// oneLine returns a value without line breaks, which no header has.
func oneLine(s string) string {
	if strings.ContainsAny(s, "\r\n") {
		s = strings.NewReplacer("\r", " ", "\n", " ").Replace(s)
	}
	return trimSpace(s)
}

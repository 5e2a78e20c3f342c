package httpfield

import (
	"iter"
	"strings"
)

// space is what may stand around the items of a list (OWS, RFC 9110 section
// 5.6.3).
const space = " \t"

// CutItem takes the first item from a comma-separated list (RFC 9110 section
// 5.6.1), without the space around it. A comma between double quotes belongs to
// its item. An item may be empty; the list is at its end when it is "".
func CutItem(list string) (item, rest string) { return cut(list, ',') }

// Items are the items of a header's lines, which are comma-separated lists, as CutItem
// takes them.
func Items(lines []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, line := range lines {
			for item := ""; line != ""; {
				if item, line = CutItem(line); !yield(item) {
					return
				}
			}
		}
	}
}

// CutParam takes the first param from those behind an item, which semicolons
// separate (RFC 9110 section 5.6.6), without the space around it.
func CutParam(params string) (param, rest string) { return cut(params, ';') }

// cut splits s at the first separator that does not stand between double quotes.
// A quote that is not closed is a character like any other: else it would hide
// the rest of the list.
func cut(s string, separator byte) (item, rest string) {
	end := 0
	for end < len(s) && s[end] != separator {
		if s[end] == '"' {
			end += quotedLen(s[end:])
		} else {
			end++
		}
	}
	return strings.Trim(s[:end], space), s[min(end+1, len(s)):]
}

// quotedLen is the length of the quoted string with which s begins, 1 if it is
// not closed.
func quotedLen(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 1
}

// Has reports whether one of a header's lines, which are comma-separated lists,
// has an entry, whatever its case.
func Has(lines []string, entry string) bool {
	for item := range Items(lines) {
		if EqualFold(item, entry) {
			return true
		}
	}
	return false
}

// Last is the last item of a header: the one that the sender nearest to this
// server has added.
func Last(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	line := lines[len(lines)-1]
	return strings.Trim(line[strings.LastIndexByte(line, ',')+1:], space)
}

// Only is the one line of a header, or value of a query, that says who somebody is, "" if there are none or several: this
// server could believe one of them, and one behind it another.
func Only(lines []string) string {
	if len(lines) != 1 {
		return ""
	}
	return lines[0]
}

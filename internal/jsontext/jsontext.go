// Package jsontext writes JSON of which the names are known and the values are text, as
// encoding/json writes it: for answers that would take longer to encode than to find.
// See docs/internals/11-misses.md.
package jsontext

import (
	"encoding/json"
	"strings"
	"sync/atomic"
)

// Member is a value that is made when somebody asks for it, and writes itself until then.
type Member interface {
	// Value returns the value, which may be changed, the same each time.
	Value() any
	// IsMade reports whether somebody has asked for it.
	IsMade() bool
	// AppendJSON appends what encoding/json would write of a value that nobody has changed.
	AppendJSON(b []byte) []byte
}

// Late is what an error says, made when somebody asks for it.
type Late[T any] struct {
	Err  error
	made atomic.Pointer[T]
}

// IsMade reports whether From was called.
func (l *Late[T]) IsMade() bool { return l.made.Load() != nil }

// From makes it, the first time.
func (l *Late[T]) From(read func(error) T) T {
	if !l.IsMade() {
		value := read(l.Err)
		l.made.CompareAndSwap(nil, &value)
	}
	return *l.made.Load()
}

// Append appends a member of an object, and a comma. The name is plain.
func Append[T string | []byte](b []byte, name string, text T) []byte {
	b = append(append(append(b, '"'), name...), `":`...)
	return append(AppendQuoted(b, text), ',')
}

// AppendGiven is Append for a text that is left out if it is empty.
func AppendGiven(b []byte, name, text string) []byte {
	if text == "" {
		return b
	}
	return Append(b, name, text)
}

// Close puts what closes an object or a list in the place of the last comma.
func Close(b []byte, end byte) []byte {
	b[len(b)-1] = end
	return b
}

// AppendQuoted appends a text. What is not plain is left to encoding/json.
func AppendQuoted[T string | []byte](b []byte, text T) []byte {
	for i := range len(text) {
		if !plain[text[i]] {
			quoted, _ := json.Marshal(string(text)) // which has a form for any text
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), text...), '"')
}

// plain are the characters that encoding/json writes as they are.
var plain = func() (set [256]bool) {
	for c := ' '; c <= '~'; c++ {
		set[c] = !strings.ContainsRune(`"\<>&`, c)
	}
	return set
}()

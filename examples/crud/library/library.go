// Package library is what the application is about: books, loans, the people who borrow, and
// the rules for them. It knows nothing of HTTP and of databases, so that a rule can be read,
// and tested, by itself. A rule that is against something says so with a Fault.
package library

import (
	"strings"
	"unicode"

	"github.com/dram-go/dram/binding"
)

// Fault is the error of what a rule is against.
type Fault struct {
	Kind   Kind
	Reason string // for whoever asked
	Field  string // that it is about, by its name in JSON and forms; "" for none
	Rule   string // that the field breaks
	Detail string // what is wrong with the field
}

func (f *Fault) Error() string { return f.Reason }

// Unwrap returns the kind, for errors.Is(err, library.NotFound).
func (f *Fault) Unwrap() error { return f.Kind }

// Kind is why something is refused. It is an error, so that one without a Reason can be
// returned as it is.
type Kind string

// The kinds of faults. Package web has the status of each.
const (
	NotFound  Kind = "there is no such thing here (any more)"
	Conflict  Kind = "it does not go with what is there"
	Unknown   Kind = "nobody is known by these credentials"
	LoggedOut Kind = "log in first"
	Forbidden Kind = "that needs another role"
	Busy      Kind = "too many at once, try again"
	Gone      Kind = "the library is closed for the moment, try again"
)

func (k Kind) Error() string { return string(k) }

// conflict is a Fault about the value of a field.
func conflict(reason, field, rule, detail string) *Fault {
	return &Fault{Kind: Conflict, Reason: reason, Field: field, Rule: rule, Detail: detail}
}

// line makes text fit for every database and for one line: valid UTF-8 without control
// characters (PostgreSQL refuses NUL), and spaces only between words.
func line(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if !strings.ContainsFunc(s, isVisible) {
		return ""
	}
	return strings.Join(strings.Fields(s), " ")
}

// isVisible reports whether a text of this letter alone can be seen: a link of others could not.
func isVisible(r rune) bool {
	const fillers = "\u115f\u1160\u2800\u3164\uffa0"
	return unicode.IsGraphic(r) && !unicode.IsSpace(r) && !unicode.In(r, unicode.Cf, unicode.M) && !strings.ContainsRune(fillers, r)
}

// check returns all rules in the tags of a struct that it breaks, as binding.Errors.
func check(v any) error { return binding.Validator.ValidateStruct(v) }

// Range is the part of a list that a page shows: Limit rows at most behind After, or before
// Before; the first ones if both are nil.
type Range struct {
	After, Before *Position
	Limit         int
}

// Position is a place in a list: the sort key and the id of a row. The id makes it one place,
// whatever has the same key.
type Position struct {
	Key string `json:"k,omitempty"`
	ID  int64  `json:"i"`
}

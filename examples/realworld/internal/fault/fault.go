// Package fault holds the refusals that a client can do something about. Storage and
// rules return them; the api package turns them into status codes and JSON. Any other
// error is the server's own and tells the client nothing.
package fault

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Kind says why a request was refused.
type Kind int

// The kinds, each with the HTTP status that the API answers.
const (
	Invalid         Kind = iota // 422: a value breaks a rule
	Taken                       // 422: a value that must be unique is in use
	Unauthenticated             // 401: no token, or one that does not hold
	Forbidden                   // 403: the thing belongs to someone else
	NotFound                    // 404: there is no such thing
)

// Message tells what is wrong with one field, as in {"title", "can't be blank"}.
type Message struct{ Field, Text string }

// Error is a refusal. It has at least one message.
type Error struct {
	Kind     Kind
	Messages []Message
}

// New returns a refusal for one field (or one kind of thing, as in "article").
func New(kind Kind, field, text string) *Error {
	return &Error{kind, []Message{{field, text}}}
}

// Missing refuses because there is no such thing.
func Missing(thing string) *Error { return New(NotFound, thing, "not found") }

// Forbid refuses because the thing belongs to someone else.
func Forbid(thing string) *Error { return New(Forbidden, thing, "forbidden") }

// Error joins the messages: "title can't be blank, body can't be blank".
func (e *Error) Error() string {
	parts := make([]string, len(e.Messages))
	for i, m := range e.Messages {
		parts[i] = m.Field + " " + m.Text
	}
	return strings.Join(parts, ", ")
}

// List gathers what is wrong with a request, so that one answer tells all of it: of each
// field the first rule that it breaks. The zero value is an empty list.
type List []Message

// Add notes a message when broken is true and the field has none yet.
func (l *List) Add(broken bool, field, text string) {
	if broken && !slices.ContainsFunc(*l, func(m Message) bool { return m.Field == field }) {
		*l = append(*l, Message{field, text})
	}
}

// Blank notes that the field is empty or white space.
func (l *List) Blank(field, value string) {
	l.Add(strings.TrimSpace(value) == "", field, "can't be blank")
}

// Text notes that the field has more characters than most, or some that no database keeps.
func (l *List) Text(field, value string, most int) {
	l.Add(utf8.RuneCountInString(value) > most, field, "is too long")
	l.Add(!utf8.ValidString(value) || strings.ContainsRune(value, 0), field, "is invalid")
}

// Err returns the list as one refusal, or nil when it is empty.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return &Error{Invalid, l}
}

package main

// This file decodes what the API is sent. binding.Optional tells an absent member
// from null. encoding/json stops at the first member of the wrong type; loose
// lets it go on, and so a client learns of everything that is wrong at once.

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
)

// loose is a JSON value that may be of the wrong type.
type loose[T any] struct {
	value T
	err   error
}

func (l *loose[T]) UnmarshalJSON(text []byte) error {
	l.err = json.Unmarshal(text, &l.value)
	return nil
}

// assign stores a given value in dst, or says what is wrong with it. Absent
// members leave dst alone.
func assign[T any](dst *T, given binding.Optional[loose[T]], name string, errs *[]FieldError) {
	got, ok := given.Get()
	switch {
	case given.IsNull():
		*errs = append(*errs, FieldError{"/" + name, "must not be null"})
	case ok && got.err != nil:
		*errs = append(*errs, FieldError{"/" + name, binding.FieldErrors(got.err)[0].Message})
	case ok:
		*dst = got.value
	}
}

// assignNullable is assign for a member that null empties.
func assignNullable[T any](dst **T, given binding.Optional[loose[T]], name string, errs *[]FieldError) {
	if given.IsNull() {
		*dst = nil
	} else if !given.IsAbsent() {
		*dst = new(T)
		assign(*dst, given, name, errs)
	}
}

// bookInput is the body of POST and PATCH. A PATCH is a JSON merge patch
// (RFC 7396): absent members stay, null empties.
type bookInput struct {
	ISBN   binding.Optional[loose[string]] `json:"isbn"`
	Title  binding.Optional[loose[string]] `json:"title"`
	Author binding.Optional[loose[string]] `json:"author"`
	Year   binding.Optional[loose[int]]    `json:"year"`
	Copies binding.Optional[loose[int]]    `json:"copies"`
}

// apply writes what was given into f and validates the whole.
func (in bookInput) apply(f *BookFields) error {
	var errs []FieldError
	assign(&f.ISBN, in.ISBN, "isbn", &errs)
	assign(&f.Title, in.Title, "title", &errs)
	assign(&f.Author, in.Author, "author", &errs)
	assignNullable(&f.Year, in.Year, "year", &errs)
	assign(&f.Copies, in.Copies, "copies", &errs)
	return invalid(merge(errs, f.validate()))
}

// merge adds what validation found, but for fields that have an error already.
func merge(errs, more []FieldError) []FieldError {
	for _, e := range more {
		if !slices.ContainsFunc(errs, func(have FieldError) bool { return have.Pointer == e.Pointer }) {
			errs = append(errs, e)
		}
	}
	return errs
}

// pathID reads the :id of the route. It returns 0, which no row has, for
// anything that is not a number.
func pathID(c *dram.Context) int64 {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return 0
	}
	return id
}

// ifMatch checks the precondition of a write (RFC 9110, 13.1.1). It is required:
// a client that has not seen the current state must not overwrite it.
func ifMatch(c *dram.Context, etag string) error {
	header := c.GetHeader("If-Match")
	if header == "" {
		return &Problem{Status: http.StatusPreconditionRequired, Detail: "Send If-Match with the ETag of the book that you read, or * for any."}
	}
	if !hasETag(header, etag) {
		return &Problem{Status: http.StatusPreconditionFailed, Detail: "The book has changed since you read it. Its ETag is " + etag + " now."}
	}
	return nil
}

// hasETag reports whether a list of entity tags has this one. Ours hold no comma.
func hasETag(list, etag string) bool {
	for item := range strings.SplitSeq(list, ",") {
		if item = strings.TrimSpace(item); item == "*" || item == etag {
			return true
		}
	}
	return false
}

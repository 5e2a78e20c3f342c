package main

// This file decodes what the API is sent.

import (
	"net/http"
	"slices"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
)

// bookInput is the body of POST and PATCH. A PATCH is a JSON merge patch
// (RFC 7396): absent members stay, null empties.
type bookInput struct {
	ISBN   binding.Optional[string] `json:"isbn"`
	Title  binding.Optional[string] `json:"title"`
	Author binding.Optional[string] `json:"author"`
	Year   binding.Optional[int]    `json:"year"`
	Copies binding.Optional[int]    `json:"copies"`
}

// apply writes what was given into f and validates the whole. bound is what the
// binding returned: members of the wrong type are listed with what else is wrong,
// so that a client learns all of it at once.
func (in *bookInput) apply(f *BookFields, bound error) error {
	wrong := binding.FieldErrors(bound)
	if bound != nil && (wrong == nil || wrong[0].Field == "") {
		return bound // nothing was read
	}
	assign(&f.ISBN, in.ISBN, "isbn", &wrong)
	assign(&f.Title, in.Title, "title", &wrong)
	assign(&f.Author, in.Author, "author", &wrong)
	assign(&f.Copies, in.Copies, "copies", &wrong)
	if year, ok := in.Year.Get(); ok {
		f.Year = &year
	} else if in.Year.IsNull() {
		f.Year = nil
	}
	return invalid(merge(wrong, f.validate()))
}

// assign stores what was given in dst, which cannot be empty.
func assign[T any](dst *T, given binding.Optional[T], field string, wrong *binding.Errors) {
	if given.IsNull() {
		*wrong = merge(*wrong, binding.Errors{{Source: "json", Field: field, Rule: "required", Message: "must not be null"}})
	}
	*dst = given.Or(*dst)
}

// merge adds what validation found, but for fields that are wrong already.
func merge(wrong, more binding.Errors) binding.Errors {
	for _, e := range more {
		if !slices.ContainsFunc(wrong, func(have *binding.FieldError) bool { return have.Field == e.Field }) {
			wrong = append(wrong, e)
		}
	}
	return wrong
}

// ifMatch checks the precondition of a write (RFC 9110, 13.1.1). It is required:
// a client that has not seen the current state must not overwrite it.
func ifMatch(header, etag string) error {
	if header == "" {
		return dram.NewProblem(http.StatusPreconditionRequired, "Send If-Match with the ETag of the book that you read, or * for any.")
	}
	if !hasETag(header, etag) {
		return dram.NewProblem(http.StatusPreconditionFailed, "The book has changed since you read it. Its ETag is "+etag+" now.")
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

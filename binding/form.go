package binding

// Forms: net/http parses them, so that Request.PostForm is there for others too, and
// the plan of the destination takes what it needs.
// See docs/internals/15-binding.md.

import (
	"errors"
	"mime/multipart"
	"net/http"

	"github.com/dram-go/dram/internal/body"
	"github.com/dram-go/dram/internal/httpfield"
)

// formMemory is how many bytes of uploaded files stay in memory; the rest goes to
// temporary files.
const formMemory = 32 << 20

// formBinding reads the query and the body.
type formBinding struct{}

func (formBinding) Name() string { return "form" }

func (formBinding) Bind(req *http.Request, obj any) error {
	if req == nil {
		return errInvalidRequest
	}
	if err := parseForm(req); err != nil {
		return formErrors(err)
	}
	// Asking ParseMultipartForm about every urlencoded body would parse its
	// Content-Type a second time.
	if httpfield.IsMultipart(req.Header.Get("Content-Type")) {
		if err := parseMultipart(req); err != nil && !errors.Is(err, http.ErrNotMultipart) {
			return formErrors(err)
		}
	}
	return bindValues(obj, request{values: mapValues(req.Form), tag: "form", source: sourceForm})
}

// parseForm is req.ParseForm, which reads the body of POST, PUT and PATCH, for
// QUERY (RFC 10008) as well.
func parseForm(req *http.Request) error { return body.ParseForm(req, req.Method == "QUERY") }

// parseMultipart is req.ParseMultipartForm within the limit of the body.
func parseMultipart(req *http.Request) error { return body.ParseFormData(req, formMemory) }

// formErrors says that a form cannot be decoded, unless it is only too large.
func formErrors(err error) error { return Undecodable(sourceForm, err) }

// formPostBinding reads the body alone.
type formPostBinding struct{}

func (formPostBinding) Name() string { return "form-urlencoded" }

func (formPostBinding) Bind(req *http.Request, obj any) error {
	if req == nil {
		return errInvalidRequest
	}
	if err := parseForm(req); err != nil {
		return formErrors(err)
	}
	return bindValues(obj, request{values: mapValues(req.PostForm), tag: "form", source: sourceForm})
}

// formMultipartBinding reads the values and the files of a multipart body.
type formMultipartBinding struct{}

func (formMultipartBinding) Name() string { return "multipart/form-data" }

func (formMultipartBinding) Bind(req *http.Request, obj any) error {
	if req == nil {
		return errInvalidRequest
	}
	if err := parseMultipart(req); err != nil {
		return formErrors(err)
	}
	form := req.MultipartForm
	if form == nil {
		form = &multipart.Form{}
	}
	return bindValues(obj, request{values: mapValues(form.Value), files: form.File, tag: "form", source: sourceForm})
}

// MapFormWithTag fills ptr, a pointer to a struct or to a map, from form. Fields
// take the keys that the tag named tag gives. It does not validate.
func MapFormWithTag(ptr any, form map[string][]string, tag string) error {
	errs, err := mapValuesInto(ptr, request{values: mapValues(form), tag: tag, source: tag})
	if err != nil {
		return err
	}
	return errs.orNil()
}

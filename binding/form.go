package binding

// Forms: net/http parses them, so that Request.PostForm is there for others too, and
// the plan of the destination takes what it needs.

import (
	"cmp"
	"errors"
	"io"
	"math"
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
func parseForm(req *http.Request) error { return parseFormAs(req, req.Method == "QUERY") }

// parseFormAs is parseForm, which reads the body of other methods too if asked to take it
// as a POST.
func parseFormAs(req *http.Request, post bool) error {
	parsed := req.PostForm != nil
	bounded, ok := req.Body.(*body.InMemory)
	if ok {
		// net/http stops at 10 MB unless the body is one of these.
		req.Body = http.MaxBytesReader(nil, bounded, math.MaxInt64)
		defer func() { req.Body = bounded }()
	}
	var err error
	if post = post && !parsed; post {
		asPost := *req
		asPost.Method = http.MethodPost
		err = asPost.ParseForm()
		req.Form, req.PostForm = asPost.Form, asPost.PostForm
	} else {
		err = req.ParseForm()
	}
	if err == nil && ok && !parsed && hasForm(req, post) {
		err = formReadBefore(req, bounded)
	}
	return err
}

// hasForm reports whether net/http reads the body as a form, of any method if as a POST.
func hasForm(req *http.Request, post bool) bool {
	switch req.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		post = true
	}
	return post && httpfield.MediaType(req.Header.Get("Content-Type")) == MIMEPOSTForm
}

// parseMultipart is req.ParseMultipartForm within the limit of the body.
func parseMultipart(req *http.Request) error {
	bounded, ok := req.Body.(*body.InMemory)
	if !ok {
		return body.ParseMultipart(req, formMemory)
	}
	err := bounded.ParseMultipart(req)
	if errors.Is(err, io.EOF) {
		return cmp.Or(formReadBefore(req, bounded), err)
	}
	return err
}

// formReadBefore is errReadBefore, if nothing was left of the form in the body.
func formReadBefore(req *http.Request, bounded *body.InMemory) error {
	if req.ContentLength > 0 && bounded.Seen() == 0 {
		return errReadBefore
	}
	return nil
}

// formErrors says that a form cannot be decoded, unless it is only too large.
func formErrors(err error) error {
	if body.IsTooLarge(err) || body.IsUnkept(err) {
		return err
	}
	return syntaxErrors(sourceForm, err)
}

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

package body

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"

	"github.com/dram-go/dram/internal/errs"
	"github.com/dram-go/dram/internal/httpfield"
)

// This file has net/http parse forms, for package binding and for a Context.

// ErrReadBefore is the cause of an empty body that the client has not sent empty. It is
// for the program; what clients are told is that of any empty body.
var ErrReadBefore = fmt.Errorf("the body was read before, by a layer or another Bind; "+
	"decode it with Context.ShouldBindBodyWith each time, the first one too: %w", io.EOF)

// ParseForm is req.ParseForm, which reads the body of other methods than POST, PUT and PATCH
// too if asked to take it as a POST.
func ParseForm(req *http.Request, post bool) error {
	parsed := req.PostForm != nil
	bounded, ok := req.Body.(*InMemory)
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
		err = readBefore(req, bounded)
	}
	return err
}

// hasForm reports whether net/http reads the body as a form, of any method if as a POST.
func hasForm(req *http.Request, post bool) bool {
	switch req.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		post = true
	}
	return post && httpfield.MediaType(req.Header.Get("Content-Type")) == "application/x-www-form-urlencoded"
}

// ParseFormData is req.ParseMultipartForm within the limit of the body. memory is how many
// bytes of files stay in memory if the body has none.
func ParseFormData(req *http.Request, memory int64) error {
	bounded, ok := req.Body.(*InMemory)
	if !ok {
		return ParseMultipart(req, memory)
	}
	err := bounded.ParseMultipart(req)
	if errors.Is(err, io.EOF) {
		return cmp.Or(readBefore(req, bounded), err)
	}
	return err
}

// readBefore is ErrReadBefore, if nothing was left of the form in the body.
func readBefore(req *http.Request, bounded *InMemory) error {
	if req.ContentLength > 0 && bounded.Seen() == 0 {
		return ErrReadBefore
	}
	return nil
}

// handedOut is what net/http says of a form that the program reads by MultipartReader: like ErrReadBefore, a mistake
// that is not the client's.
const handedOut = "http: multipart handled by MultipartReader"

// malformedError is the error of a form that the client has not written as one.
type malformedError struct{ error }

func (e *malformedError) Unwrap() error { return e.error }

// Malformed marks an error of a form if it is the client's and no other function of this package
// knows it. One that net/http has a name for stays as it is: programs compare with it.
func Malformed(err error) error {
	if err == nil || IsMalformed(err) || IsTooLarge(err) || IsUnkept(err) || IsBroken(err) || errors.Is(err, ErrReadBefore) || err.Error() == handedOut {
		return err
	}
	return &malformedError{err}
}

// IsMalformed reports whether err is that of a form that cannot be read as one.
func IsMalformed(err error) bool {
	_, is := errs.As[*malformedError](err)
	return is || errors.Is(err, http.ErrNotMultipart) || errors.Is(err, http.ErrMissingBoundary)
}

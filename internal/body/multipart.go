package body

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"net/url"

	"github.com/dram-go/dram/internal/errs"
)

// This file has no part of a multipart form pass for the whole: package mime/multipart takes a
// body that ends behind a boundary, or inside the header of a part, for one that has no more
// parts.

// errCut reports a form whose last boundary is missing (RFC 2046 section 5.1.1).
var errCut = &brokenError{errors.New("the multipart form is cut, its last boundary is missing")}

// ParseMultipart is req.ParseMultipartForm, but that a form which does not end as it must is
// an error.
func ParseMultipart(req *http.Request, memory int64) error {
	if req.MultipartForm != nil || req.Body == nil {
		return req.ParseMultipartForm(memory)
	}
	read := &tail{ReadCloser: req.Body}
	req.Body = read
	err := req.ParseMultipartForm(memory)
	req.Body = read.ReadCloser
	switch {
	case err != nil && errors.Is(err, io.EOF) && len(read.last) > 0:
		return errCut
	case req.MultipartForm == nil || read.ends(req.Header.Get("Content-Type")):
		return err
	}
	_ = req.MultipartForm.RemoveAll() // what cannot be removed is left to the system
	req.MultipartForm, req.Form, req.PostForm = nil, url.Values{}, url.Values{}
	if req.URL != nil {
		req.Form = req.URL.Query()
	}
	return errCut
}

// IsUnkept reports whether a form could not be kept because a temporary file could not be
// written, which is not the client's fault.
func IsUnkept(err error) bool {
	_, is := errs.As[*fs.PathError](err)
	return is
}

// tail knows the last bytes that were read: more than a multipart.Reader reads ahead.
type tail struct {
	io.ReadCloser
	last    []byte
	dropped bool // there were others before
}

const tailSize = 8 << 10

func (t *tail) Read(p []byte) (n int, err error) {
	n, err = t.ReadCloser.Read(p)
	t.last = append(t.last, p[:n]...)
	if more := len(t.last) - tailSize; more > tailSize {
		t.last, t.dropped = append(t.last[:0], t.last[more:]...), true
	}
	return n, err
}

// ends reports whether the last boundary of a form was read.
func (t *tail) ends(contentType string) bool {
	_, params, err := mime.ParseMediaType(contentType)
	last := []byte("\n--" + params["boundary"] + "--")
	return err == nil && (bytes.Contains(t.last, last) || !t.dropped && bytes.HasPrefix(t.last, last[1:]))
}

// RemoveFiles removes the temporary files of a form that was parsed. net/http does so when the handler
// of a request has returned, not when it panics; other servers leave it to the program.
func RemoveFiles(req *http.Request) {
	if req != nil && req.MultipartForm != nil {
		_ = req.MultipartForm.RemoveAll() // what cannot be removed is left to the system
	}
}

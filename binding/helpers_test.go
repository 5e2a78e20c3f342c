package binding_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/dram-go/dram/binding"
	"github.com/stretchr/testify/require"
)

// bodyRequest is a POST with a body of the given media type.
func bodyRequest(contentType, body string) *http.Request {
	req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	req.Header.Set("Content-Type", contentType)
	return req
}

// queryRequest is a GET with a raw query.
func queryRequest(rawQuery string) *http.Request {
	return &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/", RawQuery: rawQuery}, Header: http.Header{}}
}

// mapForm maps form with the tag "form".
func mapForm(obj any, form map[string][]string) error {
	return binding.MapFormWithTag(obj, form, "form")
}

// upload is one file of a multipart body.
type upload struct{ key, name, content string }

// multipartRequest is a POST of values and files.
func multipartRequest(t *testing.T, values map[string]string, files ...upload) *http.Request {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for k, v := range values {
		require.NoError(t, w.WriteField(k, v))
	}
	for _, f := range files {
		part, err := w.CreateFormFile(f.key, f.name)
		require.NoError(t, err)
		_, err = part.Write([]byte(f.content))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	req := httptest.NewRequest(http.MethodPost, "/?query=1", &body)
	req.Header.Set("Content-Type", w.FormDataContentType())
	return req
}

// withValidator runs the rest of a test with another Validator.
func withValidator(t *testing.T, v binding.StructValidator) {
	t.Helper()
	old := binding.Validator
	binding.Validator = v
	t.Cleanup(func() { binding.Validator = old })
}

// deref returns what a pointer points to.
func deref(ptr any) any { return reflect.ValueOf(ptr).Elem().Interface() }

// encode writes values as a query.
func encode(values map[string][]string) string { return url.Values(values).Encode() }

package binding

// Header fields.
// See docs/internals/15-binding.md.

import "net/http"

// headerBinding reads the header fields of a request. Names in tags are
// canonicalised, so `header:"x-request-id"` finds X-Request-Id.
type headerBinding struct{}

func (headerBinding) Name() string { return "header" }

func (headerBinding) Bind(req *http.Request, obj any) error {
	if req == nil {
		return errInvalidRequest
	}
	return bindValues(obj, request{values: mapValues(req.Header), tag: "header", source: sourceHeader, header: true})
}

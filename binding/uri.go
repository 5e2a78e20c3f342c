package binding

// Path parameters, as the router found them.
// See docs/internals/15-binding.md.

// uriBinding reads path parameters.
type uriBinding struct{}

func (uriBinding) Name() string { return "uri" }

func (uriBinding) BindUri(params map[string][]string, obj any) error {
	return bindValues(obj, request{values: mapValues(params), tag: "uri", source: sourceURI})
}

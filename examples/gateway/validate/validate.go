// Package validate checks requests by an OpenAPI document: parameters and bodies, with every
// fault at once; and answers too, of which it only logs what is wrong (answers.go). The checks are
// kin-openapi's, which knows OpenAPI 3.0 and 3.1, says which keyword of which schema a value
// breaks, and enforces what others let pass: an enum without a type, maxItems of a list in the query.
package validate

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/change"
	"github.com/dram-go/dram/examples/gateway/config"
)

// New makes the layer for a document. The error is config.Faults, of the document's lines. With
// strip_prefix the document has the paths behind it, and otherwise those that clients ask for; the
// paths of its servers are in front. Faults of answers go to the log.
//
// It answers 404 and 405 to what the document does not have, and 422, 400 or 415 to a request that
// is not as it says. Security schemes are not looked at: auth is another layer's.
func New(name string, text []byte, route *config.Route, log *slog.Logger) (dram.HandlerFunc, error) {
	doc, err := load(name, text)
	if err != nil {
		return nil, err
	}
	l := &layer{document: doc, route: route}
	if route.CheckAnswers == "log" {
		l.answers = newAnswers(log, int(route.MaxBody))
	}
	return l.serve, nil
}

type layer struct {
	*document
	route   *config.Route
	answers *answers // nil if they are not looked at
}

// options are those of all checks. Defaults are the service's to set.
var options = &openapi3filter.Options{
	MultiError: true, SkipSettingDefaults: true,
	SchemaValidationOptions: []openapi3.SchemaValidationOption{openapi3.EnableFormatValidation(), openapi3.WithStringFormatValidators(formats())},
}

// formats are those of JSON Schema, which kin-openapi knows in documents of OpenAPI 3.1 only.
func formats() map[string]openapi3.StringFormatValidator {
	all := make(map[string]openapi3.StringFormatValidator)
	for name := range strings.FieldsSeq("duration email hostname ipv4 ipv6 iri iri-reference json-pointer regex relative-json-pointer time uri uri-reference uri-template uuid") {
		compiler := jsonschema.NewCompiler()
		compiler.AssertFormat()
		_ = compiler.AddResource("format.json", map[string]any{"format": name}) // without which MustCompile panics
		one := compiler.MustCompile("format.json")
		all[name] = openapi3.NewCallbackValidator(func(text string) error { return one.Validate(text) })
	}
	return all
}

func (l *layer) serve(c *dram.Context) {
	req := c.Request.WithContext(c.Request.Context())
	in, err := l.find(c, req)
	if err == nil {
		err = check(in, req, newSpelling(l.route.Transcode))
	}
	if err != nil {
		c.Fail(err)
		return
	}
	if l.answers == nil {
		c.NextWith(nil, req)
		return
	}
	l.answers.watch(c, req, in)
}

// check says what is wrong with a request, and leaves its body as it was read.
func check(in *openapi3filter.RequestValidationInput, req *http.Request, names spelling) error {
	var text []byte
	if req.Body != nil {
		var err error
		if text, err = io.ReadAll(req.Body); err != nil {
			return err
		}
	}
	req.Body, req.ContentLength, req.TransferEncoding = http.NoBody, int64(len(text)), nil
	if len(text) > 0 {
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }
		req.Body, _ = req.GetBody()
	}
	r := reading{in: in, spelling: names}
	r.parameters()
	if r.body(text); len(r.faults) > 0 {
		return problemOf(r.faults)
	}
	return nil
}

// find is the operation for a request.
func (l *layer) find(c *dram.Context, req *http.Request) (*openapi3filter.RequestValidationInput, error) {
	asked := *req
	asked.URL = new(url.URL)
	*asked.URL = *req.URL
	if l.route.StripPrefix != "" {
		stripped := *l.route
		stripped.Rewrite = "" // the document knows nothing of
		escaped := change.Path(c, &stripped)
		asked.URL.Path, _ = url.PathUnescape(escaped) // a part of one that was parsed
		asked.URL.RawPath = escaped
	}
	route, params, err := l.FindRoute(&asked)
	if err != nil && asked.Method == http.MethodHead { // is asked as GET is
		get := asked
		get.Method = http.MethodGet
		route, params, err = l.FindRoute(&get)
	}
	switch {
	case errors.Is(err, routers.ErrMethodNotAllowed):
		return nil, dram.NewProblem(http.StatusMethodNotAllowed, "").WithHeader("Allow", l.allowed(&asked))
	case err != nil:
		return nil, dram.NewProblem(http.StatusNotFound, "The description of the service has no such path.")
	}
	if l.plain[route.Operation] {
		plain := *route
		plain.Spec, route = l.as30, &plain
	}
	return &openapi3filter.RequestValidationInput{Request: &asked, PathParams: params, Route: route, Options: options, ParamDecoder: decodeContent}, nil
}

// allowed are the methods of a path.
func (l *layer) allowed(asked *http.Request) string {
	var methods []string
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
		other := *asked
		other.Method = method
		if _, _, err := l.FindRoute(&other); err == nil || method == "HEAD" && slices.Contains(methods, "GET") {
			methods = append(methods, method)
		}
	}
	return strings.Join(methods, ", ")
}

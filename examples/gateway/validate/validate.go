// Package validate checks requests by an OpenAPI document: parameters and bodies, with every
// fault at once; and answers too, of which it only logs what is wrong (answers.go). The checks are
// kin-openapi's, which knows OpenAPI 3.0 and 3.1, says which keyword of which schema a value
// breaks, and enforces what others let pass: an enum without a type, maxItems of a list in the query.
package validate

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

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
	MultiError: true, SkipSettingDefaults: true, RejectWhenRequestBodyNotSpecified: true,
	AuthenticationFunc:      openapi3filter.NoopAuthenticationFunc,
	SchemaValidationOptions: []openapi3.SchemaValidationOption{openapi3.EnableFormatValidation()},
}

func (l *layer) serve(c *dram.Context) {
	req := c.Request.WithContext(c.Request.Context())
	in, err := l.find(c, req)
	if err == nil {
		if err = openapi3filter.ValidateRequest(req.Context(), in); err != nil {
			err = problemOf(err)
		}
	}
	if err != nil {
		c.Fail(err)
		return
	}
	req.Body, req.GetBody, req.ContentLength = in.Request.Body, in.Request.GetBody, in.Request.ContentLength // what was read
	if l.answers == nil {
		c.NextWith(nil, req)
		return
	}
	l.answers.watch(c, req, in)
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
	return &openapi3filter.RequestValidationInput{Request: &asked, PathParams: params, Route: route, Options: options}, nil
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

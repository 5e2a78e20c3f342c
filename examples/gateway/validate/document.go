package validate

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/dram-go/dram/examples/gateway/config"
)

// load reads an OpenAPI document and makes the router of its operations. What is wrong with it is
// config.Faults, with the lines of the document.
func load(name string, text []byte) (routers.Router, error) {
	loader := openapi3.NewLoader() // which follows no reference out of the document
	loader.IncludeOrigin = true
	doc, err := loader.LoadFromData(text)
	if err != nil {
		return nil, config.Faults{faultOf(name, err)}
	}
	if err := doc.Validate(context.Background(), openapi3.EnableMultiError(), openapi3.DisableExamplesValidation()); err != nil {
		return nil, faultsOf(name, err)
	}
	doc.Servers = paths(doc.Servers)
	for path, item := range doc.Paths.Map() {
		item.Servers = paths(item.Servers)
		for method, operation := range item.Operations() {
			if operation.Servers != nil {
				return nil, config.Faults{{File: name, Text: fmt.Sprintf("%s %s has servers of its own: write them at the path or the document", method, path)}}
			}
		}
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		return nil, config.Faults{faultOf(name, err)}
	}
	return router, nil
}

// paths are the paths of servers: their hosts are those behind the gateway, or in front of it.
func paths(servers openapi3.Servers) (own openapi3.Servers) {
	for _, server := range servers {
		base, err := server.BasePath()
		if u, parsed := url.Parse(base); err == nil && parsed == nil {
			own = append(own, &openapi3.Server{URL: u.Path})
		}
	}
	return own
}

// plain returns the route as one of a document of OpenAPI 3.0 if its operation uses nothing else:
// kin-openapi compiles the schemas of 3.1 at each check, which takes a hundred times as long.
func plain(route *routers.Route) *routers.Route {
	if !route.Spec.IsOpenAPI31OrLater() {
		return route
	}
	isPlain := true
	see := func(_ string, ref *openapi3.SchemaRef) error {
		isPlain = isPlain && ref.Value != nil && isOf30(ref.Value)
		return nil
	}
	for _, parameters := range []openapi3.Parameters{route.PathItem.Parameters, route.Operation.Parameters} {
		for _, parameter := range parameters {
			isPlain = isPlain && parameter.Value.Content == nil
			if parameter.Value.Schema != nil {
				_ = parameter.Value.Schema.WalkSubtree(see)
			}
		}
	}
	contents := []openapi3.Content{}
	if body := route.Operation.RequestBody; body != nil {
		contents = append(contents, body.Value.Content)
	}
	for _, response := range route.Operation.Responses.Map() {
		isPlain = isPlain && len(response.Value.Headers) == 0
		contents = append(contents, response.Value.Content)
	}
	for _, content := range contents {
		for _, media := range content {
			if media.Schema != nil {
				_ = media.Schema.WalkSubtree(see)
			}
		}
	}
	if !isPlain {
		return route
	}
	other, spec := *route, *route.Spec
	spec.OpenAPI = "3.0.3"
	other.Spec = &spec
	return &other
}

// isOf30 reports whether a schema has only what one of OpenAPI 3.0 has: keywords that were known
// there, in their meaning of there. Fields that are not looked at here are such keywords, or say nothing.
func isOf30(s *openapi3.Schema) bool {
	types := s.Type.Slice()
	switch {
	case len(types) > 1, slices.Contains(types, "null"), s.Nullable:
		return false
	case s.ExclusiveMin.Value != nil, s.ExclusiveMax.Value != nil:
		return false
	}
	v := reflect.ValueOf(*s)
	for _, field := range reflect.VisibleFields(v.Type()) {
		if field.IsExported() && !slices.Contains(of30, field.Name) && !v.FieldByIndex(field.Index).IsZero() {
			return false
		}
	}
	return true
}

var of30 = []string{
	"Origin", "OneOf", "AnyOf", "AllOf", "Not", "Type", "Title", "Format", "Description", "Enum", "Default", "Example", "Examples", "ExternalDocs",
	"UniqueItems", "ExclusiveMin", "ExclusiveMax", "ReadOnly", "WriteOnly", "AllowEmptyValue", "Deprecated", "XML", "Extensions",
	"Min", "Max", "MultipleOf", "MinLength", "MaxLength", "Pattern", "MinItems", "MaxItems", "Items", "Required", "Properties",
	"MinProps", "MaxProps", "AdditionalProperties", "Discriminator",
}

// faultsOf are all that an error says.
func faultsOf(name string, err error) (faults config.Faults) {
	var all openapi3.MultiError
	if !errors.As(err, &all) {
		return config.Faults{faultOf(name, err)}
	}
	for _, one := range all {
		faults = append(faults, faultsOf(name, one)...)
	}
	return faults
}

var lineOf = regexp.MustCompile(`line (\d+): `)

// faultOf is one error, with the line that it names, or of the element that it is about.
func faultOf(name string, err error) config.Fault {
	text := strings.TrimPrefix(err.Error(), "failed to unmarshal data: ")
	fault := config.Fault{File: name, Text: "it is not a document of OpenAPI 3: " + text}
	if m := lineOf.FindStringSubmatch(text); m != nil {
		fault.Line, _ = strconv.Atoi(m[1])
		fault.Text = strings.Replace(fault.Text, m[0], "", 1)
	}
	for ; err != nil; err = errors.Unwrap(err) {
		v := reflect.Indirect(reflect.ValueOf(err))
		if v.Kind() != reflect.Struct || !v.FieldByName("Origin").IsValid() {
			continue
		}
		if origin, ok := v.FieldByName("Origin").Interface().(*openapi3.Origin); ok && origin != nil && origin.Key != nil {
			fault.Line = origin.Key.Line
		}
	}
	return fault
}

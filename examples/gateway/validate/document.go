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

// document is an OpenAPI document with the router of its operations.
type document struct {
	routers.Router
	// plain are the operations of a document of OpenAPI 3.1 that use nothing but what 3.0 has: they
	// are checked by as30. kin-openapi compiles the schemas of 3.1 at each check, which takes a
	// hundred times as long.
	plain map[*openapi3.Operation]bool
	as30  *openapi3.T
}

// load reads a document. What is wrong with it is config.Faults, with its lines.
func load(name string, text []byte) (*document, error) {
	loader := openapi3.NewLoader() // which follows no reference out of the document
	loader.IncludeOrigin = true
	doc, err := loader.LoadFromData(text)
	if err == nil {
		err = doc.Validate(context.Background(), openapi3.EnableMultiError(), openapi3.DisableExamplesValidation())
	}
	if err != nil {
		return nil, faultsOf(name, err)
	}
	as30 := *doc
	as30.OpenAPI = "3.0.3"
	d := &document{plain: make(map[*openapi3.Operation]bool), as30: &as30}
	doc.Servers = paths(doc.Servers)
	for path, item := range doc.Paths.Map() {
		item.Servers = paths(item.Servers)
		for method, operation := range item.Operations() {
			if operation.Servers != nil {
				return nil, config.Fault{File: name, Text: fmt.Sprintf("%s %s has servers of its own: write them at the path or the document", method, path)}
			}
			if what := unread(slices.Concat(item.Parameters, operation.Parameters), operation.RequestBody); what != "" {
				return nil, config.Fault{File: name, Line: line(operation.Origin), Text: fmt.Sprintf("%s %s has %s", method, path, what)}
			}
			d.plain[operation] = doc.IsOpenAPI31OrLater() && isPlain(item, operation)
		}
	}
	if d.Router, err = gorillamux.NewRouter(doc); err != nil {
		return nil, faultsOf(name, err)
	}
	return d, nil
}

// unread is what a request may have that openapi3filter reads in part only: members that are not
// described are left out, and would reach the service unchecked.
func unread(parameters openapi3.Parameters, body *openapi3.RequestBodyRef) string {
	for _, p := range parameters {
		method := methodOf(p.Value)
		if p.Value.Schema != nil && isA(p.Value.Schema.Value, "object") && method.Style != "deepObject" && (p.Value.In != "query" || method.Style != "form" || !method.Explode) {
			return fmt.Sprintf("the parameter %q, an object, which is not read in this style: write style: deepObject, explode: true or content: {application/json: …}", p.Value.Name)
		}
	}
	if body == nil {
		return ""
	}
	form := body.Value.Content.Get(urlencoded)
	if form == nil || form.Schema == nil {
		return ""
	}
	if form.Schema.Value.AdditionalProperties.Schema != nil {
		return "a form whose other fields have a schema, which is not read: describe them as properties"
	}
	for name, encoding := range form.Encoding {
		if encoding.SerializationMethod().Style == "deepObject" {
			return fmt.Sprintf("the field %q of a form, which is not read in the style deepObject: write the form as application/json", name)
		}
	}
	return ""
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

// isPlain reports whether the schemas of an operation are of OpenAPI 3.0.
func isPlain(item *openapi3.PathItem, operation *openapi3.Operation) bool {
	var contents []openapi3.Content
	var schemas []*openapi3.SchemaRef
	for _, parameter := range slices.Concat(item.Parameters, operation.Parameters) {
		contents = append(contents, parameter.Value.Content)
		schemas = append(schemas, parameter.Value.Schema)
	}
	if body := operation.RequestBody; body != nil {
		contents = append(contents, body.Value.Content)
	}
	for _, response := range operation.Responses.Map() {
		contents = append(contents, response.Value.Content)
		for _, header := range response.Value.Headers {
			contents = append(contents, header.Value.Content)
			schemas = append(schemas, header.Value.Schema)
		}
	}
	for _, content := range contents {
		for _, media := range content {
			schemas = append(schemas, media.Schema)
		}
	}
	for _, schema := range schemas {
		if schema != nil && schema.WalkSubtree(isOf30) != nil {
			return false
		}
	}
	return true
}

var (
	errNewer = errors.New("a keyword of OpenAPI 3.1")
	of30     = strings.Fields(`oneOf anyOf allOf not type title format description enum default example examples externalDocs uniqueItems
		exclusiveMinimum exclusiveMaximum readOnly writeOnly allowEmptyValue deprecated xml minimum maximum multipleOf minLength maxLength
		pattern minItems maxItems items required properties minProperties maxProperties additionalProperties discriminator`)
)

// isOf30 fails for a schema that has more than one of OpenAPI 3.0 has: keywords that were known
// there, in their meaning of there.
func isOf30(_ string, ref *openapi3.SchemaRef) error {
	s := ref.Value
	if s == nil || s.Always != nil || len(s.Type.Slice()) > 1 || s.Type.Includes("null") || s.ExclusiveMin.Value != nil || s.ExclusiveMax.Value != nil {
		return errNewer
	}
	for keyword := range keywords(s) {
		if !slices.Contains(of30, keyword) && !strings.HasPrefix(keyword, "x-") {
			return errNewer
		}
	}
	return nil
}

// faultsOf are all that an error says.
func faultsOf(name string, err error) (faults config.Faults) {
	var all openapi3.MultiError
	if !errors.As(err, &all) {
		all = openapi3.MultiError{err}
	}
	for _, one := range all {
		faults = append(faults, faultOf(name, one))
	}
	return faults
}

var (
	lineOf = regexp.MustCompile(`line (\d+): `)
	quoted = regexp.MustCompile(" `[^`]*`") // a value, which is a secret where the wrong file is named
)

// faultOf is one error, with the line that it names, or of the element that it is about.
func faultOf(name string, err error) config.Fault {
	text := quoted.ReplaceAllString(strings.TrimPrefix(err.Error(), "failed to unmarshal data: "), "")
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
		if origin, ok := v.FieldByName("Origin").Interface().(*openapi3.Origin); ok && line(origin) > 0 {
			fault.Line = line(origin)
		}
	}
	return fault
}

func line(origin *openapi3.Origin) int {
	if origin == nil || origin.Key == nil {
		return 0
	}
	return origin.Key.Line
}

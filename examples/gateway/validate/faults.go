package validate

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/internal/grammar"
	"github.com/dram-go/dram/typed"
)

// maxFaults is how many faults an answer lists: a client chooses how many there are.
const maxFaults = 50

// problemOf is the answer to a request that is not as the document has it: 415 for a body of
// another type, 400 for one that is not what it says, 422 for its values; or the error of a body that
// could not be read. Nothing that a client has sent is repeated, but for the names on the way to
// a value.
func problemOf(err error) error {
	var unread *http.MaxBytesError
	if errors.As(err, &unread) {
		return unread
	}
	status, faults := http.StatusUnprocessableEntity, faultsIn(err)
	for _, fault := range faults {
		switch {
		case fault.Rule == "oneof" && fault.Pointer == "/Content-Type":
			status = http.StatusUnsupportedMediaType
		case fault.Rule == "syntax" && status == http.StatusUnprocessableEntity:
			status = http.StatusBadRequest
		}
	}
	return dram.NewProblem(status, "The request is not valid.").With("errors", faults[:min(len(faults), maxFaults)])
}

// faultsIn are all faults in an error of openapi3filter.
func faultsIn(err error) (faults []typed.Fault) {
	switch e := err.(type) {
	case openapi3.MultiError:
		for _, one := range e {
			faults = append(faults, faultsIn(one)...)
		}
		return faults
	case *openapi3filter.RequestError:
		if e.Parameter != nil {
			return parameterFaults(e)
		}
		if e.RequestBody != nil && e.Err == nil {
			return []typed.Fault{{In: "header", Pointer: "/Content-Type", Rule: "oneof", Detail: "must be a media type of the body"}}
		}
		if e.RequestBody == nil {
			return []typed.Fault{{In: "body", Rule: "unknown", Detail: "must not be there"}}
		}
		return bodyFaults("body", e.Err)
	case *openapi3filter.ResponseError:
		if e.Err == nil {
			return []typed.Fault{{In: "answer", Rule: "unknown", Detail: "has a status, a Content-Type or a header that is not described, or lacks one"}}
		}
		return bodyFaults("answer", e.Err)
	}
	return bodyFaults("body", err)
}

// bodyFaults are those of a body, in the order of their pointers: the checks go through maps.
func bodyFaults(in string, err error) []typed.Fault {
	faults := valueFaults(in, "", err)
	slices.SortStableFunc(faults, func(a, b typed.Fault) int { return strings.Compare(a.Pointer, b.Pointer) })
	return faults
}

// parameterFaults are those of a parameter. Of one that cannot be read its schema says the type.
func parameterFaults(e *openapi3filter.RequestError) []typed.Fault {
	faults := valueFaults(e.Parameter.In, "/"+grammar.Step(e.Parameter.Name), e.Err)
	for i, fault := range faults {
		if schema := e.Parameter.Schema; fault.Rule == "type" && fault.Param == "" && schema != nil {
			_, faults[i].Param, faults[i].Detail = ruleOf("type", schema.Value)
		}
	}
	return faults
}

// valueFaults are the faults of a value: where it is wrong itself, or what is in it.
func valueFaults(in, pointer string, err error) (faults []typed.Fault) {
	switch e := err.(type) {
	case openapi3.MultiError:
		for _, one := range e {
			faults = append(faults, valueFaults(in, pointer, one)...)
		}
		return faults
	case *openapi3.SchemaError:
		if rule := e.SchemaField; rule != "oneOf" && rule != "anyOf" && rule != "not" {
			var inner openapi3.MultiError
			if errors.As(e.Origin, &inner) { // that only says where the others are
				return valueFaults(in, pointer, inner)
			}
		}
		for _, step := range e.JSONPointer() {
			pointer += "/" + grammar.Step(step)
		}
		rule, param, detail := ruleOf(e.SchemaField, e.Schema)
		for _, name := range membersOf(e) {
			faults = append(faults, typed.Fault{In: in, Pointer: pointer + "/" + grammar.Step(name), Rule: rule, Detail: detail})
		}
		if faults == nil {
			faults = []typed.Fault{{In: in, Pointer: pointer, Rule: rule, Param: param, Detail: detail}}
		}
		return faults
	}
	var parse *openapi3filter.ParseError
	switch {
	case errors.Is(err, openapi3filter.ErrInvalidRequired):
		return []typed.Fault{{In: in, Pointer: pointer, Rule: "required", Detail: "is required"}}
	case errors.Is(err, openapi3filter.ErrInvalidEmptyValue):
		return []typed.Fault{{In: in, Pointer: pointer, Rule: "required", Detail: "must not be empty"}}
	case errors.As(err, &parse) && in == "body" && len(parse.Path()) == 0:
		return []typed.Fault{{In: in, Pointer: pointer, Rule: "syntax", Detail: "cannot be read as what its Content-Type says"}}
	case errors.As(err, &parse):
		for _, step := range parse.Path() {
			pointer += "/" + grammar.Step(fmt.Sprint(step))
		}
	}
	return []typed.Fault{{In: in, Pointer: pointer, Rule: "type", Detail: "is not of its type"}}
}

// membersOf are the members that an error is about where it is told of their object.
func membersOf(e *openapi3.SchemaError) []string {
	var name string
	if _, err := fmt.Sscanf(e.Reason, "property %q is unsupported", &name); err == nil {
		return []string{name}
	}
	var cause *jsonschema.ValidationError
	if errors.As(e, &cause) {
		switch k := cause.ErrorKind.(type) {
		case *kind.Required:
			return k.Missing
		case *kind.AdditionalProperties:
			return k.Properties
		}
	}
	return nil
}

// details say what a value has to be, by the keyword that it breaks; %s is what the schema has there.
var details = map[string]string{
	"type": "must be of the type %s", "required": "is required", "format": "must be of the format %s",
	"properties": "is not known here", "additionalProperties": "is not known here",
	"enum": "must be one of the values that are allowed", "const": "must be one of the values that are allowed",
	"minimum": "is too small: the least is %s", "maximum": "is too large: the most is %s",
	"minLength": "must have at least %s characters", "maxLength": "must have at most %s characters",
	"minItems": "must have at least %s items", "maxItems": "must have at most %s items",
	"oneOf": "is none of what is allowed here", "anyOf": "is none of what is allowed here", "not": "is none of what is allowed here",
}

// ruleOf names the keyword that a value breaks, with its parameter, and says what the value has to be.
func ruleOf(rule string, s *openapi3.Schema) (name, param, detail string) {
	detail, known := details[rule]
	switch {
	case !known:
		return rule, "", "breaks the rule " + rule
	case strings.HasSuffix(rule, "roperties"):
		return "unknown", "", detail
	case !strings.Contains(detail, "%s"):
		return rule, "", detail
	}
	if param = keyword(s, rule); param == "" {
		return rule, "", "breaks the rule " + rule
	}
	return rule, param, fmt.Sprintf(detail, param)
}

// keyword is the value of a keyword of a schema, "" if it is not there.
func keyword(s *openapi3.Schema, name string) string {
	if s == nil {
		return ""
	}
	if name == "type" {
		return strings.Join(s.Type.Slice(), " or ")
	}
	if value := reflect.Indirect(reflect.ValueOf(keywords(s)[name])); value.IsValid() {
		return fmt.Sprint(value)
	}
	return ""
}

func keywords(s *openapi3.Schema) map[string]any {
	all, _ := s.MarshalYAML() // of a schema that was read
	known, _ := all.(map[string]any)
	return known
}

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
// another type, 400 for one that is not what it says or can be read in two ways, 422 for its values.
// Nothing that a client has sent is repeated, but for the names on the way to a value.
func problemOf(faults []typed.Fault) error {
	status := http.StatusUnprocessableEntity
	for _, fault := range faults {
		switch {
		case fault.In == "header" && fault.Rule == "oneof":
			status = http.StatusUnsupportedMediaType
		case (fault.Rule == "syntax" || fault.Rule == "duplicate") && status == http.StatusUnprocessableEntity:
			status = http.StatusBadRequest
		}
	}
	return dram.NewProblem(status, "The request is not valid.").With("errors", faults[:min(len(faults), maxFaults)])
}

// answerFaults are all faults of an answer.
func answerFaults(err error) (faults []typed.Fault) {
	var failed *openapi3filter.ResponseError
	if errors.As(err, &failed) && failed.Err == nil {
		return []typed.Fault{{In: "answer", Rule: "unknown", Detail: "has a status, a Content-Type or a header that is not described, or lacks one"}}
	} else if failed != nil {
		err = failed.Err
	}
	return bodyFaults("answer", err)
}

// bodyFaults are those of a body, in the order of their pointers: the checks go through maps.
func bodyFaults(in string, err error) []typed.Fault {
	faults := valueFaults(in, "", err)
	slices.SortStableFunc(faults, func(a, b typed.Fault) int { return strings.Compare(a.Pointer, b.Pointer) })
	return faults
}

// parameterFaults are those of a parameter. Of what cannot be read, in it, its schema says the type.
func parameterFaults(p *openapi3.Parameter, err error) []typed.Fault {
	var failed *openapi3filter.RequestError
	if errors.As(err, &failed) {
		err = failed.Err
	}
	at := "/" + grammar.Step(p.Name)
	faults := valueFaults(p.In, at, err)
	for i, fault := range faults {
		if fault.Rule != "type" || fault.Param != "" || p.Schema == nil {
			continue
		}
		s := p.Schema.Value
		for step := range strings.SplitSeq(fault.Pointer[len(at):], "/") {
			if s != nil && step != "" {
				s, _ = inside(s, step)
			}
		}
		faults[i] = typeFault(fault.In, fault.Pointer, s)
	}
	return faults
}

// typeFault is that of a value of another type than its schema has.
func typeFault(in, pointer string, s *openapi3.Schema) typed.Fault {
	_, param, detail := ruleOf("type", s)
	return typed.Fault{In: in, Pointer: pointer, Rule: "type", Param: param, Detail: detail}
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

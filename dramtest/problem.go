package dramtest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/internal/jsonpointer"
)

// This file is about answers that are problem details (RFC 9457).

// Problem is a problem in an answer.
type Problem struct {
	dram.Problem
	res *Response
}

// Problem fails the test unless the answer is a problem of this status, and returns it.
func (res *Response) Problem(status int) *Problem {
	res.t.Helper()
	res.Want(status)
	p := &Problem{res: res}
	kind := httpfield.MediaType(res.answer.Header.Get("Content-Type"))
	if kind != "application/problem+json" {
		res.fatal("Content-Type %q, want application/problem+json", kind)
	}
	if err := json.Unmarshal(res.Bytes(), &p.Problem); err != nil {
		res.fatal("the body is not a problem: %v", err)
	}
	if p.Status != status {
		res.fatal("the problem's status is %d, the answer's %d", p.Status, status)
	}
	return p
}

// Kind fails the test unless the problem has this type.
func (p *Problem) Kind(uri string) *Problem {
	p.res.t.Helper()
	if p.Type != uri {
		p.res.fatal("the problem's type is %q, want %q", p.Type, uri)
	}
	return p
}

// Says fails the test unless the detail contains the text.
func (p *Problem) Says(text string) *Problem {
	p.res.t.Helper()
	if !strings.Contains(p.Detail, text) {
		p.res.fatal("the problem's detail is %q, want one with %q", p.Detail, text)
	}
	return p
}

// Field fails the test unless the problem's errors, those of a Bind or of a handler of package typed, have one of this
// field that breaks this rule. The field is named as by Bind ("isbn", "items[2].qty"), or by a JSON pointer as by typed ("/items/2/qty"),
// whatever the answer has; the rule without its parameter ("min"), or with it ("min=1").
func (p *Problem) Field(field, rule string) *Problem {
	p.res.t.Helper()
	faults := p.faults()
	for _, f := range faults {
		if f.isOf(field) && (f.Rule == rule || f.broken() == rule) {
			return p
		}
	}
	if len(faults) == 0 {
		p.res.fatal("no error of the field %q by the rule %q: the problem has no errors of fields", field, rule)
	}
	var all strings.Builder
	for _, f := range faults {
		fmt.Fprintf(&all, "\n\t%s", f)
	}
	p.res.fatal("no error of the field %q by the rule %q, but%s", field, rule, &all)
	return p
}

// faults returns the problem's errors of fields.
func (p *Problem) faults() []fault {
	var problem struct {
		Errors []fault `json:"errors"`
	}
	if json.Unmarshal(p.res.Bytes(), &problem) != nil {
		return nil // errors of another form
	}
	return problem.Errors
}

// fault is an error of a field in both forms, that of binding.FieldError and that of typed.Fault.
type fault struct {
	Source, Field, Message string
	In, Pointer, Detail    string
	Rule, Param            string
}

// isOf reports whether a field is meant, named in one of the forms; "" is the whole.
func (f fault) isOf(field string) bool {
	name := f.name()
	return name == field || name != "" && field != "" && asPointer(name) == asPointer(field)
}

func (f fault) name() string { return cmp.Or(f.Field, f.Pointer) }

// broken is the rule as in a tag, "min=1".
func (f fault) broken() string {
	if f.Param == "" {
		return f.Rule
	}
	return f.Rule + "=" + f.Param
}

// String is the fault in a message: "/items/0/qty (body) breaks min=1: must be at least 1".
func (f fault) String() string {
	text := cmp.Or(f.name(), "the whole")
	if place := cmp.Or(f.Source, f.In); place != "" {
		text += " (" + place + ")"
	}
	return text + " breaks " + cmp.Or(f.broken(), "no rule") + ": " + cmp.Or(f.Message, f.Detail)
}

// asPointer is "/items/2/qty" for "items[2].qty", and for what is a pointer already.
func asPointer(field string) string {
	if strings.HasPrefix(field, "/") {
		return field
	}
	return jsonpointer.Of(field)
}

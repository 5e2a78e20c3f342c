package dramtest

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
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

// Field fails the test unless the problem's errors, those of a Bind, have one of this field, named as in the answer ("isbn",
// "items[2].qty"), that breaks this rule. A JSON pointer, "/items/2/qty", names the same field.
func (p *Problem) Field(field, rule string) *Problem {
	p.res.t.Helper()
	errors, _ := p.Member("errors").([]any)
	var all []string
	for _, one := range errors {
		members, _ := one.(map[string]any)
		name := fmt.Sprint(members["field"])
		if (name == field || asPointer(name) == field) && members["rule"] == rule {
			return p
		}
		all = append(all, fmt.Sprintf("%s %v", name, members["rule"]))
	}
	p.res.fatal("no error of the field %s by the rule %s, only [%s]", field, rule, strings.Join(all, ", "))
	return p
}

// asPointer is "/items/2/qty" for "items[2].qty".
func asPointer(field string) string {
	return "/" + strings.NewReplacer("[", "/", "]", "", ".", "/").Replace(field)
}

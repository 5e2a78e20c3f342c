package binding

// What only the engine of a JSON body knows, for error_json.go: which of the documents
// that encoding/json reads it refuses, as encoding/json/v2 does, and whether a value goes
// into a type where the comparison found nothing wrong. It is asked by having it decode;
// what its errors say is not looked at.
// See docs/internals/15-binding.md.

import (
	"reflect"

	"github.com/dram-go/dram/codec/json"
)

// maxAsked is how many bytes an engine is given at most to find out which value it
// refuses, for each byte of the body.
const maxAsked = 32

// jsonRules are those in which engines differ. The zero value has encoding/json's.
type jsonRules struct {
	exact  bool // a name that differs in case from a field's is another one
	unique bool // an object may not have a name twice
}

// newJSONRules asks the engine in use.
func newJSONRules() jsonRules {
	var folded struct {
		A bool `json:"a"`
	}
	var twice any
	return jsonRules{
		exact:  json.API.Unmarshal([]byte(`{"A":true}`), &folded) != nil || !folded.A,
		unique: json.API.Unmarshal([]byte(`{"a":0,"a":0}`), &twice) != nil,
	}
}

// confirm has the engine say that the value from start to here goes into typ, if nothing
// was found in it since there were before errors.
func (c *jsonCheck) confirm(typ reflect.Type, start, before int) {
	value := c.since(start)
	if c.asks < len(value) || len(c.errs) > before {
		return
	}
	c.asks -= len(value)
	if err := unmarshalMended(value, reflect.New(typ).Interface()); err != nil {
		c.report(misfit(typ, err), start)
	}
}

// misfit is what there is to say of a value that only the engine finds fault with.
func misfit(typ reflect.Type, cause error) *FieldError {
	name := typeName(typ)
	return &FieldError{Rule: ruleType, Param: name, Message: "does not fit " + article(name), Err: cause}
}

// text has the engine say that it takes the string from start to here, which is not all
// UTF-8, or not all of what \u writes are characters.
func (c *jsonCheck) text(start int) {
	for c.body[start] != '"' {
		start++
	}
	var text string
	if err := json.API.Unmarshal(c.since(start), &text); err != nil && !c.isFull() {
		c.report(&FieldError{Rule: "utf8", Message: "has text that is not UTF-8", Err: err}, noValue)
	}
}

// jsonNames are the names that an object has had so far.
type jsonNames struct {
	check *jsonCheck
	seen  map[string]bool // nil where a name may be there twice
}

func (c *jsonCheck) names() jsonNames {
	if !c.rules.unique {
		return jsonNames{}
	}
	return jsonNames{check: c, seen: make(map[string]bool)}
}

// add reports a name, which the path ends in, that is there for the second time.
func (n jsonNames) add(name string) {
	if n.seen == nil {
		return
	}
	if n.seen[name] && !n.check.isFull() {
		n.check.report(&FieldError{Rule: "duplicate", Message: "is there more than once", Err: errNameTwice}, noValue)
	}
	n.seen[name] = true
}

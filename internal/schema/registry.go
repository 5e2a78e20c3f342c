package schema

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// Direction says who writes the value that a schema describes.
type Direction uint8

const (
	// Input is what a client sends: what package binding accepts.
	Input Direction = iota
	// Output is what a handler answers: what encoding/json writes.
	Output
)

// variant is what a component describes of its type.
type variant uint8

const (
	checked   variant = iota // input whose rules are asked
	unchecked                // input whose rules are not: an item of a list without dive
	written                  // output
	bodyPart                 // the part of a struct of several sources that is the JSON body
)

// Registry makes schemas of Go types, and keeps those that have a name as components. It is
// safe for concurrent use.
type Registry struct {
	mu         sync.Mutex
	components map[componentKey]*Component
	unions     unions
	open       map[reflect.Type]bool // interfaces that were described before a Union
	keywords   map[string]func(*Schema, string)
	notes      []Note
	noted      map[Note]bool
	named      bool // whether all components have their names
}

type componentKey struct {
	typ     reflect.Type
	variant variant
}

// New returns an empty Registry.
func New() *Registry {
	return &Registry{
		components: make(map[componentKey]*Component),
		unions:     make(unions),
		open:       make(map[reflect.Type]bool),
		keywords:   make(map[string]func(*Schema, string)),
		noted:      make(map[Note]bool),
	}
}

// Keyword teaches what a rule of the tag binding is in a schema: apply sets the keywords on
// a schema that has none yet. It comes before what the Registry knows of the rule, and has
// to accept all that the rule accepts. Call it before the first Of.
func (r *Registry) Keyword(rule string, apply func(s *Schema, param string)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keywords[rule] = apply
}

// Of returns the schema of a type: a reference, if it has a name. The error names type,
// field and rule of what contradicts itself, and the mend.
func (r *Registry) Of(typ reflect.Type, d Direction) (*Schema, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if typ == nil {
		return &Schema{}, nil
	}
	mode := r.asked()
	if d == Output {
		mode = written
	}
	b := builder{Registry: r, owner: typ}
	return b.value(typ, nil, mode)
}

// Note is something that a schema does not say, or says with less than the rule.
type Note struct {
	Kind  NoteKind
	Type  string // store.Book
	Field string // the Go name
	Rule  string // "gtfield=From"
	Why   string
}

// NoteKind sorts notes.
type NoteKind uint8

const (
	// Unknown is a rule that neither the Registry knows nor Keyword has taught.
	Unknown NoteKind = iota
	// Inexact is a rule of which the schema says less, or nothing.
	Inexact
	// Unasked are rules that the validator never asks: those of the items of a list without dive.
	Unasked
)

func (k NoteKind) String() string { return [...]string{"unknown", "inexact", "unasked"}[k] }

func (n Note) String() string {
	return fmt.Sprintf("field %s of %s: the rule %q is %s to schemas: %s", n.Field, n.Type, n.Rule, n.Kind, n.Why)
}

// Notes returns what was noted so far, in the order of the fields.
func (r *Registry) Notes() []Note {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Note(nil), r.notes...)
}

func (r *Registry) note(n Note) {
	if !r.noted[n] {
		r.noted[n] = true
		r.notes = append(r.notes, n)
	}
}

// RuleError reports a rule that contradicts its type or another rule, or without a Rule a field
// that nothing can be said of.
type RuleError struct {
	Type, Field, Rule string
	Why               string // with the mend
}

func (e *RuleError) Error() string {
	where := fmt.Sprintf("dram: field %s of %s", e.Field, e.Type)
	if e.Field == "" {
		where = "dram: " + e.Type
	}
	switch {
	case e.Rule == "":
		return where + " " + e.Why
	case strings.Contains(e.Rule, ","):
		return fmt.Sprintf("%s: the rules %q %s", where, e.Rule, e.Why)
	}
	return fmt.Sprintf("%s: the rule %q %s", where, e.Rule, e.Why)
}

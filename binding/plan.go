package binding

import (
	"fmt"
	"net/textproto"
	"reflect"
	"strings"
	"sync"
)

// This file compiles a plan, which mapping.go runs on a request. See docs/internals/15-binding.md.

// A plan is what a struct type wants from keys and values under one tag. It is
// compiled from the struct's tags when the type is first bound and then kept: a
// program has finitely many types, so no request can make the cache grow.
//
// The plan is flat. Take
//
//	type Search struct {
//		Term string `form:"q"`
//		Page Page   `form:"page"`
//	}
//	type Page struct {
//		Size int `form:"size"`
//	}
//
// Its fields are q (index 0), page (index 1; takes JSON; skips 1) and size (index
// 1, 0). Running it (mapping.go) is one loop: look up the key, and if it has
// values convert the first (or all) into the struct's field.
type plan struct {
	keys    []key
	numbers map[string]int // the position in keys by lookup name
	fields  []field
}

// key is a name that at least one field reads.
type key struct {
	// lookup is the name in the request: canonical for headers.
	lookup string
	// many reports that some field takes more than the first value.
	many bool
}

// field is one place in the struct that a key can fill.
type field struct {
	name   string // as the client knows it
	typ    reflect.Type
	number int   // the key's position in plan.keys
	index  []int // the way from the root: a struct field's position at each level
	// skip is the number of fields after this one that lie inside it, and that
	// its value replaces.
	skip     int
	many     bool
	nested   bool     // a struct that is read from JSON
	defaults []string // used when there is no value, or only an empty one; may be nil
	set      setter
	file     bool
	opens    bool // some struct on the way is in an Optional
}

// setter stores values (at least one; just one unless field.many) in v.
type setter func(v reflect.Value, values []string) error

// maxFields bounds a plan. Struct types that refer to each other in many ways have
// more paths than anyone binds.
const maxFields = 10_000

type planKey struct {
	typ reflect.Type
	tag string
	// header plans look keys up in a http.Header, whose keys are canonical.
	header bool
	// tagged plans are BindAll's: only fields that have the tag are keys.
	tagged bool
}

var plans sync.Map // planKey → *plan

// planFor returns the plan of a struct type. The error is a mistake in its tags.
func planFor(typ reflect.Type, r request) (*plan, error) {
	k := planKey{typ, r.tag, r.header, r.tagged}
	if p, ok := plans.Load(k); ok {
		return p.(*plan), nil
	}
	c := compiler{planKey: k, plan: &plan{numbers: make(map[string]int)}}
	if err := c.walk(typ, nil); err != nil {
		return nil, err
	}
	p, _ := plans.LoadOrStore(k, c.plan)
	return p.(*plan), nil
}

// compiler builds a plan.
type compiler struct {
	planKey
	plan *plan
	path []reflect.Type // the struct types that enclose the current one
	// opens reports whether an Optional encloses the current field.
	opens bool
}

func (c *compiler) walk(typ reflect.Type, index []int) error {
	c.path = append(c.path, typ)
	defer func() { c.path = c.path[:len(c.path)-1] }()
	for i := range typ.NumField() {
		sf := typ.Field(i)
		opts, err := parseOptions(sf, c.tag)
		opts.lenient = c.header
		if opts.name == "-" || !sf.IsExported() && !isEmbeddedStruct(sf) {
			continue
		}
		if c.tagged && opts.unknown != "" {
			err = opts.meansNothing(c.tag)
		}
		if err != nil && (!c.tagged || hasTag(sf, c.tag)) {
			return fmt.Errorf("dram: field %s of %s: %w", sf.Name, typ, err)
		}
		// The capacity is cut so that siblings do not share an array.
		if err := c.field(sf, opts, append(index[:len(index):len(index)], i)); err != nil {
			return err
		}
	}
	return nil
}

// field adds the struct field, and what it encloses if it is a struct.
func (c *compiler) field(sf reflect.StructField, opts options, index []int) error {
	inner := valueType(sf.Type)
	nested := isNested(inner)
	// An embedded struct that parses itself has its key, and its fields have theirs.
	walked := nested || isEmbeddedStruct(sf)
	keyed := sf.IsExported() && !(nested && sf.Anonymous)
	if c.tagged {
		keyed = keyed && hasTag(sf, c.tag)
		walked = walked && !ownedByOther(sf, c.tag) && tagsWithin(inner, func(sf reflect.StructField) bool { return hasTag(sf, c.tag) })
	}
	at := len(c.plan.fields)
	if keyed {
		if at >= maxFields {
			return fmt.Errorf("dram: %s has more than %d fields to bind; tag the structs that are not part of the request with `%s:\"-\"`",
				c.path[0], maxFields, c.tag)
		}
		if mistake := unreadable(sf.Type); c.tagged && mistake != "" {
			return fmt.Errorf("dram: field %s of %s has the tag %s, but %s, or remove the tag", sf.Name, c.path[len(c.path)-1], c.tag, mistake)
		}
		f := newField(sf.Type, opts)
		if err := f.checkDefault(opts.byDefault); err != nil {
			return fmt.Errorf("dram: field %s of %s: %w; correct it in the tag %s", sf.Name, c.path[len(c.path)-1], err, c.tag)
		}
		f.number, f.index, f.opens, f.nested = c.number(opts.name, f.many), index, c.opens, nested
		c.plan.fields = append(c.plan.fields, f)
	}
	if walked && !c.within(inner) {
		opens := c.opens
		c.opens = opens || indirect(sf.Type) != inner
		if err := c.walk(inner, index); err != nil {
			return err
		}
		c.opens = opens
	}
	if keyed {
		c.plan.fields[at].skip = len(c.plan.fields) - at - 1
	}
	return nil
}

// number returns the position of the key that name is looked up with.
func (c *compiler) number(name string, many bool) int {
	if c.header {
		name = textproto.CanonicalMIMEHeaderKey(name)
	}
	n, ok := c.plan.numbers[name]
	if !ok {
		n = len(c.plan.keys)
		c.plan.keys = append(c.plan.keys, key{lookup: name})
		c.plan.numbers[name] = n
	}
	c.plan.keys[n].many = c.plan.keys[n].many || many
	return n
}

// within reports whether typ is one of the structs being walked.
func (c *compiler) within(typ reflect.Type) bool {
	for _, t := range c.path {
		if t == typ {
			return true
		}
	}
	return false
}

// newField compiles how a struct field of type typ is filled.
func newField(typ reflect.Type, opts options) field {
	f := field{name: opts.name, typ: typ}
	if isFile(typ) {
		f.file = true
		return f
	}
	convert := newCollection(typ, opts)
	f.set, f.many = convert.set, convert.many
	if opts.hasDefault {
		f.defaults = []string{opts.byDefault}
		if f.many {
			f.defaults = strings.Split(opts.byDefault, ";")
		}
	}
	return f
}

// checkDefault sets a field that nobody sees, so that a default that does not fit is a
// mistake in the tags, and not one of all clients that send nothing. text is the default.
func (f *field) checkDefault(text string) error {
	if f.defaults == nil {
		return nil
	}
	err := f.set(reflect.New(f.typ).Elem(), f.defaults)
	if err == nil {
		return nil
	}
	// Only its text: what FieldErrors finds in an error is told to clients.
	fe := conversionErrors(f.name, "", f.typ, err)[0]
	what := ""
	if fe.Field != f.name {
		what = ": " + fe.Field
	}
	message := fe.Message
	if rest, ok := strings.CutPrefix(message, "must be "); ok {
		message = "is not " + rest
	}
	if message == "is not valid" {
		message += ": " + shorten(fe.Err.Error())
	}
	return fmt.Errorf("default %q%s %s", shorten(text), what, message)
}

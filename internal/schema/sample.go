package schema

// Values that fit a schema, by chance: what requests of a test are made of. A rule that a
// schema says less of is asked of the validator itself.

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Tries, and how deep values of types that contain themselves go.
const (
	maxTries  = 60
	maxLevel  = 5
	maxValues = 10_000 // that are made to find one
)

// ErrNoSample reports that no value was found that keeps all rules: patterns that exclude each
// other, or a rule of the program's own. The tag example helps.
var ErrNoSample = errors.New("dram: no value was found that fits the schema; give the field the tag example")

// Valid returns a value that fits a schema: nil, bool, json.Number, string, []any or map[string]any.
// The same state of rnd gives the same value.
func (r *Registry) Valid(s *Schema, rnd *rand.Rand) (any, error) {
	left := maxValues
	for range maxTries {
		v, ok := sampler{rnd, 0, &left}.value(s)
		if ok && fitsStrictly(s, v) {
			return v, nil
		}
	}
	return nil, ErrNoSample
}

// fitsStrictly is fits, and asks the validator for the rules that are inexact.
func fitsStrictly(s *Schema, v any) bool { return evaluator{strict: true}.fits(s, v) }

// sampler makes values at a level of nesting.
type sampler struct {
	*rand.Rand
	level int
	left  *int // how many values more it makes
}

func (p sampler) coin() bool { return p.IntN(2) == 0 }

func pick[T any](p sampler, list []T) T { return list[p.IntN(len(list))] }

// flat returns one schema for a schema, what it refers to, all of allOf and one of anyOf. The
// conditions stay in its allOf.
func (p sampler) flat(s *Schema) *Schema {
	if s.Ref == nil && s.AllOf == nil && s.AnyOf == nil && s.OneOf == nil && s.If == nil {
		return s
	}
	own := *s
	own.Ref, own.AllOf, own.AnyOf, own.OneOf = nil, nil, nil, nil
	out := &Schema{}
	if s.Ref != nil {
		out.and(p.flat(s.Ref.schema))
	}
	properties := own.Properties
	own.Properties = nil
	if own.If != nil {
		out.AllOf = append(out.AllOf, &Schema{If: own.If, Then: own.Then, Else: own.Else})
		own.If, own.Then, own.Else = nil, nil, nil
	}
	out.and(&own)
	for _, property := range properties { // a member of a union narrows what it refers to
		out.Properties = slices.Clone(out.Properties)
		at := slices.IndexFunc(out.Properties, func(known Property) bool { return known.Name == property.Name })
		if at < 0 {
			out.Properties = append(out.Properties, property)
			continue
		}
		both := &Schema{AllOf: []*Schema{out.Properties[at].Schema, property.Schema}}
		out.Properties[at].Schema = both
	}
	for _, part := range s.AllOf {
		if part.If != nil {
			out.AllOf = append(out.AllOf, part)
			continue
		}
		out.and(p.flat(part))
	}
	for _, parts := range [][]*Schema{s.AnyOf, s.OneOf} {
		if len(parts) > 0 {
			out.and(p.flat(p.alternative(parts)))
		}
	}
	return out
}

// alternative picks one, and null where values nest deep.
func (p sampler) alternative(parts []*Schema) *Schema {
	if last := parts[len(parts)-1]; p.level > maxLevel && slices.Equal(last.Type, Types{"null"}) {
		return last
	}
	return pick(p, parts)
}

// value makes a value that most likely fits.
func (p sampler) value(s *Schema) (v any, ok bool) {
	if *p.left--; *p.left < 0 {
		return nil, false
	}
	f := p.flat(s)
	switch {
	case f.Const != nil:
		return f.Const, true
	case len(f.Enum) > 0:
		return pick(p, f.Enum), true
	case len(f.Examples) > 0 && p.coin():
		return pick(p, f.Examples), true
	case len(f.Type) == 0 && len(f.samples) > 0: // of a type that reads itself, as JSON
		v, err := decoded(pick(p, f.samples))
		return v, err == nil
	case len(f.Type) == 0:
		return pick(p, []any{"a", json.Number("1"), true, []any{}, map[string]any{}}), true
	}
	kind := f.Type[0]
	if len(f.Type) > 1 && (p.level > maxLevel || p.IntN(4) == 0) {
		kind = f.Type[len(f.Type)-1]
	}
	switch kind {
	case "null":
		return nil, true
	case "boolean":
		return p.coin(), true
	case "integer", "number":
		return p.number(f, kind), true
	case "string":
		return p.text(f), true
	case "array":
		return p.list(f)
	}
	return p.members(f)
}

// number is near a bound, or near 0.
func (p sampler) number(f *Schema, kind string) json.Number {
	near := []json.Number{"0"}
	for _, bound := range bounds(f) {
		near = append(near, bound, bound)
	}
	step := pick(p, []json.Number{"0", "1", "-1", "2", "-2", "17", "-40"})
	if kind == "number" && p.coin() {
		step = pick(p, []json.Number{"0.5", "-0.5", "0.25"})
	}
	return sum(pick(p, near), step)
}

// bounds are those that a number has.
func bounds(f *Schema) []json.Number {
	all := []json.Number{f.Minimum, f.Maximum, f.ExclusiveMinimum, f.ExclusiveMaximum}
	return slices.DeleteFunc(all, func(bound json.Number) bool { return bound == "" })
}

// sum is exact if it is an integer.
func sum(a, b json.Number) json.Number {
	x, _ := rational(a)
	y, _ := rational(b)
	x.Add(x, y)
	if x.IsInt() {
		return json.Number(x.Num().String())
	}
	f, _ := x.Float64()
	return number(f)
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_.äß水"

func (p sampler) text(f *Schema) string {
	least := length(f.MinLength, 0)
	switch {
	case len(f.samples) > 0 && (len(f.asked) == 0 || p.IntN(4) > 0): // what nobody can ask about is one of them
		return pick(p, f.samples)
	case f.ContentSchema != nil:
		p.level++
		content, _ := p.fitting(f.ContentSchema)
		text, _ := json.Marshal(content)
		return string(text)
	case f.ContentEncoding == "base64":
		data := make([]byte, least/4*3+p.IntN(4))
		for i := range data {
			data[i] = byte(p.IntN(256))
		}
		return base64.StdEncoding.EncodeToString(data)
	case f.Pattern != "" && p.IntN(8) > 0:
		return p.matching(f.Pattern, least)
	}
	switch f.Format {
	case "date-time":
		return time.Unix(p.Int64N(4e9), 0).UTC().Format(time.RFC3339)
	case "date":
		return time.Unix(p.Int64N(4e9), 0).UTC().Format(time.DateOnly)
	case "uuid":
		return p.matching(exact["uuid"], 0)
	case "duration":
		return (time.Duration(p.IntN(1e6)) * time.Millisecond).String()
	}
	n := p.size(least, 4, f.MaxLength)
	if p.IntN(3) > 0 { // a rule may be about one kind of characters
		return strings.Repeat(pick(p, []string{"a", "B", "7"}), n)
	}
	var out strings.Builder
	for range n {
		out.WriteRune(pick(p, []rune(letters)))
	}
	return out.String()
}

func length(n *int64, otherwise int) int {
	if n == nil {
		return otherwise
	}
	return int(min(*n, 1<<16))
}

// size is least, or up to more-1 above it, but not above most.
func (p sampler) size(least, more int, most *int64) int {
	return min(least+p.IntN(more), length(most, math.MaxInt))
}

func (p sampler) list(f *Schema) (any, bool) {
	least := length(f.MinItems, 0)
	n := p.size(least, 3, f.MaxItems)
	if p.level > maxLevel {
		n = least
	}
	list := []any{}
	inner := p
	inner.level++
	for tries := 0; len(list) < n && tries < maxTries; tries++ {
		item, ok := any("a"), true
		switch {
		case len(list) < len(f.PrefixItems):
			item, ok = inner.value(f.PrefixItems[len(list)])
		case f.Items != nil:
			item, ok = inner.value(f.Items)
		}
		if ok && !(f.UniqueItems && repeats(append(list[:len(list):len(list)], item))) {
			list = append(list, item)
		}
	}
	return list, len(list) >= least
}

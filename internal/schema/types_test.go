package schema_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"net/netip"
	"net/url"
	"reflect"
	"strconv"
	"testing"
	"time"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/internal/schema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type (
	UUID    [16]byte
	Decimal struct{ cents int64 }
	Color   string
	Level   int
	Shape   interface{ area() float64 }
	Circle  struct {
		Kind string  `json:"kind"`
		R    float64 `json:"r"`
	}
	Square struct {
		Kind string  `json:"kind"`
		Side float64 `json:"side"`
	}
	Own   struct{ A int }
	Lists []Lists
	Pair  struct {
		A Page[int]    `json:"a"`
		B Page[*Tree]  `json:"b"`
		C Page[[]Tree] `json:"c"`
		D url.URL      `json:"d"`
	}
	Tree struct {
		Name string           `json:"name" binding:"required"`
		Kids []Tree           `json:"kids" binding:"dive"`
		By   map[string]*Tree `json:"by,omitempty"`
	}
	Page[T any] struct {
		Items []T    `json:"items" binding:"dive"`
		Next  string `json:"next,omitempty"`
	}
)

func (u UUID) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:]), nil
}
func (u *UUID) UnmarshalText(text []byte) error {
	n, err := hex.Decode(u[:], bytes.ReplaceAll(text, []byte("-"), nil))
	if err == nil && n != len(u) {
		err = errors.New("too short")
	}
	return err
}
func (d Decimal) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, `"%d.%02d"`, d.cents/100, d.cents%100), nil
}
func (d *Decimal) UnmarshalJSON(text []byte) error {
	return d.UnmarshalText(bytes.Trim(text, `"`))
}
func (d *Decimal) UnmarshalText(text []byte) error {
	f, err := strconv.ParseFloat(string(text), 64)
	d.cents = int64(f * 100)
	return err
}
func (d Decimal) MarshalText() ([]byte, error) { return []byte("0.00"), nil }
func (Color) EnumValues() []Color              { return []Color{"red", "green"} }
func (Level) EnumValues() []Level              { return []Level{1, 2} }
func (l *Level) UnmarshalText(text []byte) error {
	if len(text) != 2 || text[0] != 'L' {
		return errors.New("no level")
	}
	*l = Level(text[1] - '0')
	return nil
}
func (l Level) MarshalText() ([]byte, error) { return []byte{'L', byte('0' + l)}, nil }
func (Circle) area() float64                 { return 0 }
func (*Square) area() float64                { return 0 }
func (Own) JSONSchema() *schema.Schema {
	return &schema.Schema{Type: schema.Types{"string"}, Pattern: "^x$"}
}

// of returns the schema of a type, as text.
func of(t *testing.T, r *schema.Registry, typ reflect.Type, d schema.Direction) string {
	t.Helper()
	s, err := r.Of(typ, d)
	require.NoError(t, err)
	text, err := schema.Marshal(s)
	require.NoError(t, err)
	return string(text)
}

func TestTypes(t *testing.T) {
	tests := []struct {
		typ     reflect.Type
		in, out string // out is in, if it is empty
	}{
		{typ: reflect.TypeFor[string](), in: `{"type":"string"}`},
		{typ: reflect.TypeFor[bool](), in: `{"type":"boolean"}`},
		{typ: reflect.TypeFor[int](), in: `{"type":"integer","format":"int64"}`},
		{typ: reflect.TypeFor[int8](), in: `{"type":"integer","minimum":-128,"maximum":127}`},
		{typ: reflect.TypeFor[int32](), in: `{"type":"integer","format":"int32","minimum":-2147483648,"maximum":2147483647}`},
		{typ: reflect.TypeFor[uint16](), in: `{"type":"integer","minimum":0,"maximum":65535}`},
		{typ: reflect.TypeFor[uint64](), in: `{"type":"integer","format":"uint64","minimum":0}`},
		{typ: reflect.TypeFor[float32](), in: `{"type":"number","format":"float"}`},
		{typ: reflect.TypeFor[*int8](), in: `{"type":["integer","null"],"minimum":-128,"maximum":127}`},
		{typ: reflect.TypeFor[any](), in: `{}`},
		{typ: reflect.TypeFor[[]byte](), in: `{"type":"string","contentEncoding":"base64"}`, out: `{"type":["string","null"],"contentEncoding":"base64"}`},
		{typ: reflect.TypeFor[[]string](), in: `{"type":"array","items":{"type":"string"}}`, out: `{"type":["array","null"],"items":{"type":"string"}}`},
		{typ: reflect.TypeFor[[2]bool](), in: `{"type":"array","prefixItems":[{"type":"boolean"},{"type":"boolean"}]}`, out: `{"type":"array","minItems":2,"maxItems":2,"items":{"type":"boolean"}}`},
		{typ: reflect.TypeFor[map[string]bool](), in: `{"type":"object","additionalProperties":{"type":"boolean"}}`, out: `{"type":["object","null"],"additionalProperties":{"type":"boolean"}}`},
		{typ: reflect.TypeFor[map[int]any](), in: `{"type":"object","propertyNames":{"pattern":"^[-+]?[0-9]+$"}}`, out: `{"type":["object","null"]}`},
		{typ: reflect.TypeFor[map[UUID]bool](), in: `{"type":"object","additionalProperties":{"type":"boolean"}}`, out: `{"type":["object","null"],"additionalProperties":{"type":"boolean"}}`},
		{typ: reflect.TypeFor[binding.Optional[string]](), in: `{"type":["string","null"]}`},
		{typ: reflect.TypeFor[time.Time](), in: `{"type":"string","format":"date-time"}`},
		{typ: reflect.TypeFor[time.Duration](), in: `{"type":"integer","format":"int64"}`},
		{typ: reflect.TypeFor[json.Number](), in: `{"type":"number"}`},
		{typ: reflect.TypeFor[json.RawMessage](), in: `{}`},
		{typ: reflect.TypeFor[*big.Int](), in: `{"type":["integer","null"]}`},
		{typ: reflect.TypeFor[netip.Addr](), in: `{"type":"string","format":"ip"}`},
		{typ: reflect.TypeFor[UUID](), in: `{"type":"string","format":"uuid"}`},
		{typ: reflect.TypeFor[Decimal](), in: `{"type":["string","number"]}`, out: `{"type":"string"}`},
		{typ: reflect.TypeFor[Color](), in: `{"type":"string"}`, out: `{"type":"string","enum":["red","green"]}`},
		{typ: reflect.TypeFor[Level](), in: `{"type":"string","enum":["L1","L2"]}`},
		{typ: reflect.TypeFor[Own](), in: `{"type":"string","pattern":"^x$"}`},
	}
	for _, tt := range tests {
		t.Run(tt.typ.String(), func(t *testing.T) {
			assert.Equal(t, tt.in, of(t, schema.New(), tt.typ, schema.Input))
			if tt.out == "" {
				tt.out = tt.in
			}
			assert.Equal(t, tt.out, of(t, schema.New(), tt.typ, schema.Output))
		})
	}
}

type (
	base struct {
		ID   int    `json:"id" binding:"required"`
		Note string `json:"note"`
	}
	Deep struct {
		Note string `json:"note"`
		Far  string `json:"far"`
	}
	Embeds struct {
		base
		*Deep
		Name    string `json:"name,omitempty" binding:"min=1"`
		Hidden  string `json:"-"`
		Quoted  int    `json:"quoted,string"`
		Zero    *int   `json:"zero,omitzero"`
		private int
	}
	Behind struct {
		*Must
	}
	Must struct {
		A string `json:"a" binding:"required"`
		B string `json:"b" binding:"required"`
		C string `json:"c"`
	}
)

// object returns the schema of a struct type itself.
func object(t *testing.T, typ reflect.Type, d schema.Direction) string {
	t.Helper()
	r := schema.New()
	s, err := r.Of(typ, d)
	require.NoError(t, err)
	if s.Ref != nil {
		s = s.Ref.Schema()
	}
	text, err := schema.Marshal(s)
	require.NoError(t, err)
	return string(text)
}

func TestEmbeddedStructs(t *testing.T) {
	_ = Embeds{private: 1}
	typ := reflect.TypeFor[Embeds]()
	assert.JSONEq(t, `{"type":"object","properties":{"id":{"type":"integer","format":"int64","not":{"const":0}},"far":{"type":"string"},
		"name":{"type":"string","minLength":1},"quoted":{"type":"string","pattern":"^-?[0-9]+$"},"zero":{"type":["integer","null"],"format":"int64"}},
		"required":["id","name"]}`, object(t, typ, schema.Input))
	assert.JSONEq(t, `{"type":"object","properties":{"id":{"type":"integer","format":"int64"},"far":{"type":"string"},
		"name":{"type":"string"},"quoted":{"type":"string","pattern":"^-?[0-9]+$"},"zero":{"type":"integer","format":"int64"}},
		"required":["id","quoted"]}`, object(t, typ, schema.Output))
	assert.JSONEq(t, `{"type":"object","properties":{"a":{"type":"string","minLength":1},"b":{"type":"string","minLength":1},"c":{"type":"string"}},
		"dependentRequired":{"a":["b"],"b":["a"],"c":["a","b"]}}`, object(t, reflect.TypeFor[Behind](), schema.Input))
}

// names returns the components' names.
func names(r *schema.Registry) (list []string) {
	for _, p := range r.Components() {
		list = append(list, p.Name)
	}
	return list
}

func TestNamesOfComponents(t *testing.T) {
	r := schema.New()
	assert.Equal(t, `{"$ref":"#/components/schemas/Pair"}`, of(t, r, reflect.TypeFor[Pair](), schema.Output))
	assert.Equal(t, `{"$ref":"#/components/schemas/TreeInput"}`, of(t, r, reflect.TypeFor[Tree](), schema.Input), "it differs from answers")
	assert.Equal(t, `{"$ref":"#/components/schemas/Lists"}`, of(t, r, reflect.TypeFor[Lists](), schema.Input))
	assert.Equal(t, []string{"Lists", "Page_List_Tree", "Page_Tree", "Page_int", "Pair", "Tree", "TreeInput", "TreeUnchecked", "URL", "Userinfo"}, names(r),
		"the values of By are not checked, without dive")

	type URL struct{ Local bool }
	of(t, r, reflect.TypeFor[URL](), schema.Output)
	type Tree struct{ Local bool }
	of(t, r, reflect.TypeFor[Tree](), schema.Output)
	assert.Equal(t, []string{"Lists", "Page_List_Tree", "Page_Tree", "Page_int", "Pair", "Tree", "TreeInput", "TreeUnchecked", "Tree_2", "Userinfo",
		"schema_test_URL", "url_URL"}, names(r))
}

func TestNamesDoNotDependOnTheOrder(t *testing.T) {
	list := []reflect.Type{reflect.TypeFor[Tree](), reflect.TypeFor[Pair](), reflect.TypeFor[url.URL](), reflect.TypeFor[Page[Embeds]]()}
	var first []string
	for _, order := range [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}} {
		r := schema.New()
		for _, at := range order {
			of(t, r, list[at], schema.Output)
			of(t, r, list[at], schema.Input)
		}
		if first == nil {
			first = names(r)
		}
		assert.Equal(t, first, names(r))
	}
}

// A type that is the same in both directions is one component.
func TestEqualVariantsAreOneComponent(t *testing.T) {
	r := schema.New()
	of(t, r, reflect.TypeFor[Circle](), schema.Input)
	of(t, r, reflect.TypeFor[Circle](), schema.Output)
	assert.Equal(t, []string{"Circle", "CircleInput"}, names(r), "its fields are always written, and need not be sent")
	type Free struct {
		A string `json:"a,omitempty"`
	}
	r = schema.New()
	of(t, r, reflect.TypeFor[Free](), schema.Input)
	of(t, r, reflect.TypeFor[Free](), schema.Output)
	assert.Equal(t, []string{"Free"}, names(r))
}

func TestUnions(t *testing.T) {
	iface := reflect.TypeFor[Shape]()
	r := schema.New()
	require.NoError(t, r.Union(iface, "kind", map[string]reflect.Type{"circle": reflect.TypeFor[Circle](), "square": reflect.TypeFor[*Square]()}))
	s, err := r.Of(iface, schema.Output)
	require.NoError(t, err)
	text, err := schema.Marshal(s.AnyOf[0].Ref.Schema())
	require.NoError(t, err)
	assert.JSONEq(t, `{"oneOf":[
		{"$ref":"#/components/schemas/Circle","properties":{"kind":{"const":"circle"}},"required":["kind"]},
		{"$ref":"#/components/schemas/Square","properties":{"kind":{"const":"square"}},"required":["kind"]}],
		"discriminator":{"propertyName":"kind","mapping":{"circle":"#/components/schemas/Circle","square":"#/components/schemas/Square"}}}`, string(text))
	for body, fits := range map[string]bool{
		`{"kind":"circle","r":1}`: true, `{"kind":"square","side":1}`: true, `{"kind":"square","r":1}`: false, `{"kind":"x","r":1}`: false, `null`: true,
	} {
		assert.Equal(t, fits, len(r.Check(s, decode(t, []byte(body)))) == 0, body)
	}
	v, err := r.Valid(s, rand.New(rand.NewPCG(1, 1)))
	require.NoError(t, err)
	assert.Empty(t, r.Check(s, v))

	for why, err := range map[string]error{
		"is not a struct":     r.Union(reflect.TypeFor[any](), "kind", map[string]reflect.Type{"a": reflect.TypeFor[Level]()}),
		"does not implement":  r.Union(iface, "kind", map[string]reflect.Type{"square": reflect.TypeFor[Square]()}),
		"has no field":        r.Union(iface, "type", map[string]reflect.Type{"circle": reflect.TypeFor[Circle]()}),
		"is of an interface,": r.Union(reflect.TypeFor[Circle](), "kind", nil),
	} {
		assert.ErrorContains(t, err, why)
	}
}

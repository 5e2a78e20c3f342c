package schema_test

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/internal/schema"
	"github.com/go-playground/validator/v10"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// field makes struct{ F T } with rules.
func field(typ reflect.Type, rules string) reflect.Type {
	return reflect.StructOf([]reflect.StructField{{Name: "F", Type: typ, Tag: reflect.StructTag(fmt.Sprintf(`json:"f" binding:%q`, rules))}})
}

func TestRules(t *testing.T) {
	text, integer, list := reflect.TypeFor[string](), reflect.TypeFor[int8](), reflect.TypeFor[[]string]()
	tests := []struct {
		name     string
		typ      reflect.Type
		rules    string
		want     string
		required bool
	}{
		{"required text is not empty", text, "required", `{"type":"string","minLength":1}`, true},
		{"an empty text breaks min", text, "min=3", `{"type":"string","minLength":3}`, true},
		{"max lets it pass", text, "max=3", `{"type":"string","maxLength":3}`, false},
		{"omitempty lets the empty text pass", text, "omitempty,min=3", `{"type":"string","anyOf":[{"maxLength":0},{"minLength":3}]}`, false},
		{"but not where the rest does", text, "omitempty,max=3", `{"type":"string","maxLength":3}`, false},
		{"and an enum has it", text, "omitempty,oneof=a 'b c'", `{"type":"string","enum":["a","b c",""]}`, false},
		{"rules before omitempty hold", text, "max=5,omitempty,min=3", `{"type":"string","maxLength":5,"anyOf":[{"maxLength":0},{"minLength":3}]}`, false},
		{"a pointer to an empty text is not empty", reflect.TypeFor[*string](), "omitempty,min=3", `{"type":["string","null"],"minLength":3}`, false},
		{"omitzero says it is", reflect.TypeFor[*string](), "omitzero,min=3", `{"anyOf":[{"type":"string","anyOf":[{"maxLength":0},{"minLength":3}]},{"type":"null"}]}`, false},
		{"a rule alone makes a pointer required", reflect.TypeFor[*string](), "min=3", `{"type":"string","minLength":3}`, true},
		{"required pointer may point to nothing much", reflect.TypeFor[*string](), "required", `{"type":"string"}`, true},
		{"Optional is as its value", reflect.TypeFor[binding.Optional[string]](), "required", `{"type":"string","minLength":1}`, true},
		{"with omitnil null too", reflect.TypeFor[binding.Optional[string]](), "omitnil,min=1", `{"type":["string","null"],"minLength":1}`, false},
		{"required number is not zero", integer, "required,max=9", `{"type":"integer","minimum":-128,"maximum":9,"not":{"const":0}}`, true},
		{"gt", integer, "gt=0", `{"type":"integer","minimum":-128,"exclusiveMinimum":0,"maximum":127}`, true},
		{"omitempty lets zero pass", integer, "omitempty,min=5", `{"type":"integer","minimum":-128,"maximum":127,"anyOf":[{"const":0},{"minimum":5}]}`, false},
		{"oneof of integers", integer, "oneof=1 2", `{"type":"integer","enum":[1,2],"minimum":-128,"maximum":127}`, true},
		{"the constants of a type", reflect.TypeFor[Color](), "omitempty,enum", `{"type":"string","enum":["red","green",""]}`, false},
		{"those of each item", reflect.TypeFor[[]Color](), "dive,enum", `{"type":"array","items":{"type":"string","enum":["red","green"]}}`, false},
		{"a duration has units", reflect.TypeFor[time.Duration](), "max=1h", `{"type":"integer","format":"int64","maximum":3600000000000}`, false},
		{"eq of a bool", reflect.TypeFor[bool](), "eq=true", `{"type":"boolean","const":true}`, true},
		{"ne", text, "ne=a", `{"type":"string","not":{"const":"a"}}`, false},
		{"an empty list is not nil", list, "required", `{"type":"array","items":{"type":"string"}}`, true},
		{"nor is it empty", list, "omitempty,min=1", `{"type":"array","minItems":1,"items":{"type":"string"}}`, false},
		{"omitzero says it is, of a list", list, "omitzero,min=2", `{"type":"array","items":{"type":"string"},"anyOf":[{"maxItems":0},{"minItems":2}]}`, false},
		{"dive", list, "max=2,unique,dive,alpha,max=3", `{"type":"array","maxItems":2,"uniqueItems":true,"items":{"type":"string","pattern":"^[a-zA-Z]+$","maxLength":3}}`, false},
		{"keys", reflect.TypeFor[map[string]int8](), "len=1,dive,keys,len=2,endkeys,gt=1", `{"type":"object","minProperties":1,"maxProperties":1,
			"additionalProperties":{"type":"integer","minimum":-128,"maximum":127,"exclusiveMinimum":1},"propertyNames":{"minLength":2,"maxLength":2}}`, true},
		{"alternatives", text, "len=0|uuid4", `{"type":"string","anyOf":[{"maxLength":0},{"format":"uuid","pattern":"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"}]}`, false},
		{"two patterns", text, "startswith=a,endswith=.b", `{"type":"string","pattern":"^a","allOf":[{"pattern":"\\.b$"}]}`, true},
		{"a comma and a pipe", text, "contains=0x2C0x7C", `{"type":"string","pattern":",\\|"}`, true},
		{"any", reflect.TypeFor[any](), "required", `{"not":{"type":"null"}}`, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := schema.New()
			s, err := r.Of(field(tt.typ, tt.rules), schema.Input)
			require.NoError(t, err)
			got, err := schema.Marshal(s.Properties.Get("f"))
			require.NoError(t, err)
			assert.JSONEq(t, tt.want, string(got))
			assert.Equal(t, tt.required, len(s.Required) == 1)
			assert.Empty(t, r.Notes())
		})
	}
}

// A rule that cannot be kept, or not asked, is said when the type is registered.
func TestContradictions(t *testing.T) {
	tests := []struct {
		typ        reflect.Type
		rules, why string
	}{
		{reflect.TypeFor[string](), "min=5,max=3", "ask for more than they allow"},
		{reflect.TypeFor[string](), "omitempty,min=5,max=3", "ask for more than they allow"},
		{reflect.TypeFor[int8](), "min=200", "leaves no value"},
		{reflect.TypeFor[int](), "gt=5,lt=6", "ask for more than they allow"},
		{reflect.TypeFor[int](), "gt=3,lt=3", "ask for more than they allow"},
		{reflect.TypeFor[string](), "oneof=a b,len=2", "none of which they accept"},
		{reflect.TypeFor[string](), "eq=abc,max=2", "ask for one value and refuse it"},
		{reflect.TypeFor[string](), "lt=0", "refuses every value"},
		{reflect.TypeFor[string](), "containsany=", "has no parameter"},
		{reflect.TypeFor[[2]int](), "len=3", "has 2 items"},
		{reflect.TypeFor[int](), "oneof=1 x", `names "x"`},
		{reflect.TypeFor[uint8](), "oneof=1 256", `names "256"`},
		{reflect.TypeFor[int](), "oneof=01", "in their usual form"},
		{reflect.TypeFor[string](), "oneof=", "names no value"},
		{reflect.TypeFor[string](), "enum", "give it a method EnumValues"},
		{reflect.TypeFor[int](), "min=x", "not an integer"},
		{reflect.TypeFor[uint](), "min=-1", "from 0 on"},
		{reflect.TypeFor[float64](), "min=x", "not a number"},
		{reflect.TypeFor[bool](), "eq=x", "true or false"},
		{reflect.TypeFor[int](), "email", "it is for a string"},
		{reflect.TypeFor[[]string](), "email", "behind dive"},
		{reflect.TypeFor[bool](), "min=1", "does not fit the type bool"},
		{reflect.TypeFor[string](), "dive,min=1", "does not fit the type string"},
		{reflect.TypeFor[[][]string](), "unique", "Go cannot compare"},
		{reflect.TypeFor[Circle](), "required", "never absent: make the field a pointer"},
		{reflect.TypeFor[*string](), "required_with=F,min=3", "write omitempty before min=3"},
		{reflect.TypeFor[string](), "required_with=Nothing", "not a field"},
		{reflect.TypeFor[string](), "required_if=F", "pairs of a field and a value"},
		{reflect.TypeFor[string](), "required,", "has an empty name"},
		{reflect.TypeFor[[]string](), "keys,min=1,endkeys", "write dive,keys"},
		{reflect.TypeFor[func()](), "", "which JSON does not have"},
	}
	for _, tt := range tests {
		t.Run(tt.typ.String()+" "+tt.rules, func(t *testing.T) {
			_, err := schema.New().Of(field(tt.typ, tt.rules), schema.Input)
			var rule *schema.RuleError
			require.ErrorAs(t, err, &rule)
			assert.Equal(t, "F", rule.Field[:1])
			assert.ErrorContains(t, err, tt.why)
		})
	}
	type unreachable struct {
		A string `json:"-" binding:"required"`
	}
	_, err := schema.New().Of(reflect.TypeFor[unreachable](), schema.Input)
	assert.EqualError(t, err, "dram: field A of schema_test.unreachable: the rule \"required\" cannot be kept by a field that nothing fills, as its tag is `json:\"-\"`: take one of the tags out")
	_, err = schema.New().Of(reflect.TypeFor[unreachable](), schema.Output)
	assert.NoError(t, err, "answers have no rules")
}

func TestNotes(t *testing.T) {
	type item struct {
		N int `json:"n" binding:"min=1"`
	}
	type noted struct {
		A string `json:"a" binding:"gtfield=B"`
		B string `json:"b" binding:"even"`
		C []item `json:"c"`
		D Color  `json:"d"`
	}
	r := schema.New()
	s, err := r.Of(reflect.TypeFor[noted](), schema.Input)
	require.NoError(t, err)
	var all []string
	for _, n := range r.Notes() {
		all = append(all, n.String())
	}
	assert.Equal(t, []string{
		`field A of schema_test.noted: the rule "gtfield=B" is inexact to schemas: a schema does not compare two values`,
		`field B of schema_test.noted: the rule "even" is unknown to schemas: teach it with Keyword`,
		`field B of schema_test.noted: the rule "even" is unknown to schemas: nor is it known to the validator: register it before the first request`,
		`field C of schema_test.noted: the rule "dive" is unasked to schemas: the rules inside schema_test.item are not asked without it`,
		`field D of schema_test.noted: the rule "EnumValues" is unasked to schemas: binding accepts any value: write the rule enum`,
	}, all)
	text, _ := schema.Marshal(s.Ref.Schema().Properties.Get("a"))
	assert.JSONEq(t, `{"type":"string","$comment":"gtfield=B"}`, string(text))
	assert.Empty(t, r.Check(s, decode(t, []byte(`{"c":[{"n":0}]}`))), "as binding accepts it")
}

func TestKeyword(t *testing.T) {
	v := binding.Validator.Engine().(*validator.Validate)
	require.NoError(t, v.RegisterValidation("schematest_even", func(level validator.FieldLevel) bool { return len(level.Field().String())%2 == 0 }))
	r := schema.New()
	r.Keyword("schematest_even", func(s *schema.Schema, param string) { s.Pattern = "^(..)*$"; s.Description = param })
	s, err := r.Of(field(reflect.TypeFor[string](), "schematest_even=x"), schema.Input)
	require.NoError(t, err)
	text, _ := schema.Marshal(s)
	assert.JSONEq(t, `{"type":"object","properties":{"f":{"type":"string","pattern":"^(..)*$","description":"x"}}}`, string(text))
	assert.Empty(t, r.Notes())
}

// Without a validator nothing is asked, and nothing is required.
func TestNoValidator(t *testing.T) {
	was := binding.Validator
	binding.Validator = nil
	defer func() { binding.Validator = was }()
	s, err := schema.New().Of(field(reflect.TypeFor[string](), "required,min=3"), schema.Input)
	require.NoError(t, err)
	text, _ := schema.Marshal(s)
	assert.JSONEq(t, `{"type":"object","properties":{"f":{"type":"string"}}}`, string(text))
}

// Unknown members are refused where binding refuses them.
func TestUnknownMembers(t *testing.T) {
	binding.EnableDecoderDisallowUnknownFields = true
	defer func() { binding.EnableDecoderDisallowUnknownFields = false }()
	typ := field(reflect.TypeFor[string](), "")
	r := schema.New()
	s, err := r.Of(typ, schema.Input)
	require.NoError(t, err)
	for body, want := range map[string]bool{`{"f":"a"}`: true, `{"g":"a"}`: false} {
		assert.Equal(t, want, len(r.Check(s, decode(t, []byte(body)))) == 0, body)
		assert.Equal(t, want, verdict(typ, []byte(body)) == nil, body)
	}
	s, err = r.Of(typ, schema.Output)
	require.NoError(t, err)
	assert.Nil(t, s.AdditionalProperties)
}

func TestTags(t *testing.T) {
	type tagged struct {
		_ struct{} `doc:"a thing"`
		A string   `json:"a" doc:"its name" example:"x" format:"name"`
		B []int8   `json:"b" example:"[1,2]" deprecated:"true"`
		C *int8    `json:"c" example:"3"`
	}
	assert.JSONEq(t, `{"type":"object","description":"a thing","properties":{
		"a":{"type":"string","description":"its name","format":"name","examples":["x"]},
		"b":{"type":"array","items":{"type":"integer","minimum":-128,"maximum":127},"examples":[[1,2]],"deprecated":true},
		"c":{"type":["integer","null"],"minimum":-128,"maximum":127,"examples":[3]}}}`, object(t, reflect.TypeFor[tagged](), schema.Input))
	for tag, why := range map[string]string{`example:"x"`: "which the field does not accept", `example:"300"`: "does not accept", `deprecated:"x"`: "neither true nor false"} {
		typ := reflect.StructOf([]reflect.StructField{{Name: "F", Type: reflect.TypeFor[int8](), Tag: reflect.StructTag(tag)}})
		_, err := schema.New().Of(typ, schema.Output)
		var rule *schema.RuleError
		assert.True(t, errors.As(err, &rule))
		assert.ErrorContains(t, err, why)
	}
}

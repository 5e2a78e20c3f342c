package binding_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/dram-go/dram/binding"
	"github.com/go-playground/validator/v10"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// jsonKinds are a value of each kind that an any may hold.
var jsonKinds = []string{`null`, `true`, `false`, `0`, `1`, `-1.5`, `1e300`, `""`, `"admin"`, `"1"`, `"a,b"`, `"{}"`, `"2024-01-01"`, `[]`, `[1]`, `[[]]`,
	`[{}]`, `[{},{}]`, `[null,null]`, `["a","a"]`, `[1,"a",{}]`, `{}`, `{"a":1}`, `{"a":{},"b":{}}`, `{"a":[],"b":[]}`, `{"1":null}`}

// ruleNames are all rules of the validator and its aliases.
func ruleNames(t *testing.T) (names []string) {
	v := reflect.ValueOf(engine(t)).Elem()
	for _, table := range []string{"validations", "aliases"} {
		for _, key := range v.FieldByName(table).MapKeys() {
			names = append(names, key.String())
		}
	}
	require.Greater(t, len(names), 150, "the validator keeps its rules elsewhere now")
	slices.Sort(names)
	return names
}

// shapes are how an any comes under a rule: the type of the field, its tag, its JSON.
var shapes = []struct {
	typ       reflect.Type
	tag, body string
}{
	{reflect.TypeFor[any](), "%s", `%s`},
	{reflect.TypeFor[*any](), "%s", `%s`},
	{reflect.TypeFor[binding.Optional[any]](), "%s", `%s`},
	{reflect.TypeFor[*binding.Optional[*any]](), "%s", `%s`},
	{reflect.TypeFor[any](), "omitempty,%s", `%s`},
	{reflect.TypeFor[any](), "omitnil,%s", `%s`},
	{reflect.TypeFor[any](), "%s|eq=x", `%s`},
	{reflect.TypeFor[[]any](), "dive,%s", `[%s,%[1]s]`},
	{reflect.TypeFor[map[string]any](), "dive,%s", `{"k":%s}`},
	{reflect.TypeFor[map[string]any](), "dive,keys,min=0,endkeys,%s", `{"k":%s}`},
	{reflect.TypeFor[any](), "dive,%s", `%s`},
	{reflect.TypeFor[[]any](), "dive,dive,%s", `[%s]`},
	{reflect.TypeFor[any](), "dive,keys,min=0,endkeys,%s", `%s`},
	{reflect.TypeFor[binding.Optional[[]any]](), "omitempty,dive,%s", `[%s]`},
	{reflect.TypeFor[[]map[string]any](), "dive,dive,%s", `[{"k":%s}]`},
}

// Whatever a client puts where the program allows anything, no rule makes the validator
// panic.
func TestAnyRuleOnAnyValue(t *testing.T) {
	names := ruleNames(t)
	params := []string{"=1", "=Other", "=Other 1", "", "=admin", "=Other admin", "=Sub.X", "=2006-01-02"}
	for i, shape := range shapes {
		if i == 1 {
			params = params[:2] // enough for the others than a plain any
		}
		for _, param := range params {
			fields := slices.Clone(besideRules)
			body := `{"Other":%[2]s,"Sub":{"X":%[1]s}`
			for i, name := range names {
				paired := strings.HasSuffix(name, "_if") || strings.HasSuffix(name, "_unless")
				if paired != strings.Contains(param, " ") {
					continue // one without the other is a mistake of the program
				}
				tag := reflect.StructTag(fmt.Sprintf(`binding:"`+shape.tag+`"`, name+param))
				fields = append(fields, reflect.StructField{Name: fmt.Sprint("F", i), Type: shape.typ, Tag: tag})
				body += fmt.Sprintf(`,"F%d":`, i) + strings.Replace(shape.body, "%s", "%[1]s", 1)
			}
			typ := reflect.StructOf(fields)
			for i, value := range jsonKinds {
				body := fmt.Sprintf(body+"}", value, jsonKinds[(i*7+3)%len(jsonKinds)])
				if panicked := panicOf(func() {
					err := binding.JSON.BindBody([]byte(body), reflect.New(typ).Interface())
					list := binding.FieldErrors(err)
					require.NotEmpty(t, list, body)
					for _, fe := range list {
						require.True(t, fe.Field != "" && fe.Rule != "" && fe.Message != "", "%#v", fe)
					}
				}); panicked != nil {
					t.Errorf("%s %s%s on %s: %v", shape.typ, shape.tag, param, value, panicked)
				}
			}
		}
	}
}

// besideRules are fields that rules compare with, and one that is always wrong.
var besideRules = []reflect.StructField{
	{Name: "Other", Type: reflect.TypeFor[any]()},
	{Name: "Sub", Type: reflect.TypeFor[struct{ X any }]()},
	{Name: "Req", Type: reflect.TypeFor[string](), Tag: `binding:"required"`},
}

func panicOf(f func()) (panicked any) {
	defer func() { panicked = recover() }()
	f()
	return nil
}

// A rule on a field of a fixed type may compare it with one that the client chooses.
func TestAnyRuleBesideAnyValue(t *testing.T) {
	types := []reflect.Type{reflect.TypeFor[string](), reflect.TypeFor[int](), reflect.TypeFor[*bool](), reflect.TypeFor[[]string]()}
	fields := slices.Clone(besideRules)
	for _, name := range ruleNames(t) {
		paired := strings.HasSuffix(name, "_if") || strings.HasSuffix(name, "_unless")
		compares := strings.HasSuffix(name, "field") || strings.Contains(name, "_with")
		for _, param := range []string{"=Other", "=Other 1", "=Other admin", "=Sub.X"} {
			if paired && strings.Contains(param, " ") || compares && !strings.Contains(param, " ") {
				for _, typ := range types {
					tag := reflect.StructTag(`binding:"` + name + param + `"`)
					fields = append(fields, reflect.StructField{Name: fmt.Sprint("F", len(fields)), Type: typ, Tag: tag})
				}
			}
		}
	}
	require.Greater(t, len(fields), 100)
	typ := reflect.StructOf(fields)
	for _, value := range jsonKinds {
		body := fmt.Sprintf(`{"Other":%s,"Sub":{"X":%[1]s}}`, value)
		if panicked := panicOf(func() { _ = binding.JSON.BindBody([]byte(body), reflect.New(typ).Interface()) }); panicked != nil {
			t.Errorf("%s: %v", value, panicked)
		}
	}
}

// The field, the index, the rule and the message are those that a fitting value gets.
func TestFieldErrorsOfAnyValues(t *testing.T) {
	type inner struct {
		Role any `json:"role" binding:"eq=admin"`
	}
	type dest struct {
		Role   any                   `json:"role" binding:"omitempty,eq=admin"`
		Min    any                   `json:"min" binding:"omitempty,min=3"`
		Unique []any                 `json:"unique" binding:"unique"`
		Each   []any                 `json:"each" binding:"dive,oneof=a b"`
		Map    map[string]any        `json:"map" binding:"dive,alphaunicode|gt=3"`
		Into   any                   `json:"into" binding:"omitempty,dive,min=2"`
		Opt    binding.Optional[any] `json:"opt" binding:"omitempty,len=2"`
		Inner  []inner               `json:"inner" binding:"dive"`
		Name   string                `json:"name" binding:"max=1"`
		Start  any                   `json:"start"`
		End    string                `json:"end" binding:"required_if=Start now"`
	}
	tests := []struct{ name, body, want string }{
		{"eq", `{"role":1}`, "role: must be admin"},
		{"min", `{"min":true}`, "min: must be at least 3"},
		{"unique", `{"unique":[{}]}`, "unique: must not repeat an item"},
		{"unique lists", `{"unique":[1,[]]}`, "unique: must not repeat an item"},
		{"dive", `{"each":["a",1.5,"c",null,{}]}`, "each[1]: must be one of: a b\neach[2]: must be one of: a b\neach[3]: must be one of: a b\neach[4]: must be one of: a b"},
		{"map", `{"map":{"k":true}}`, "map[k]: is not valid: alphaunicode|gt=3"},
		{"dive into a number", `{"into":1}`, "into: must be an array"},
		{"dive into a map", `{"into":{"a":1,"b":2}}`, "into[a]: must be at least 2"},
		{"Optional", `{"opt":{"a":1}}`, "opt: must have exactly 2 items"},
		{"Optional bool", `{"opt":true}`, "opt: must be exactly 2"},
		{"nested", `{"inner":[{"role":"admin"},{"role":1},{"role":"x"},{"role":{}}]}`, "inner[1].role: must be admin\ninner[2].role: must be admin\ninner[3].role: must be admin"},
		{"all at once", `{"role":1,"min":[],"unique":[[]],"name":"long","each":[1]}`,
			"role: must be admin\nmin: must have at least 3 items\nunique: must not repeat an item\neach[0]: must be one of: a b\nname: must have at most 1 character"},
		{"another field", `{"start":1}`, "end: is required"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := binding.JSON.BindBody([]byte(tt.body), &dest{})
			require.IsType(t, validator.ValidationErrors{}, err)
			var lines []string
			for _, fe := range binding.FieldErrors(err) {
				assert.Equal(t, "json", fe.Source)
				lines = append(lines, fe.Field+": "+fe.Message)
			}
			assert.Equal(t, tt.want, strings.Join(lines, "\n"))
		})
	}
	t.Run("an element of the top", func(t *testing.T) {
		err := binding.JSON.BindBody([]byte(`[{"role":"admin"},{"role":1}]`), &[]inner{})
		assert.EqualError(t, binding.FieldErrors(err), `dram: json "[1].role": must be admin (eq=admin)`)
	})
	t.Run("JSON in a query", func(t *testing.T) {
		var d struct {
			M map[string]any `form:"m" binding:"dive,eq=admin"`
			I inner          `form:"i"`
		}
		err := binding.Query.Bind(queryRequest(`m={"a":1}&i={"role":[]}`), &d)
		assert.EqualError(t, binding.FieldErrors(err), `dram: query "m[a]": must be admin (eq=admin)
dram: query "Role": must be admin (eq=admin)`)
	})
	t.Run("what fits passes", func(t *testing.T) {
		body := `{"role":"admin","min":"abc","unique":[1,"a"],"each":["a"],"map":{"k":"x"},"into":["ab"],"opt":"ab"}`
		assert.NoError(t, binding.JSON.BindBody([]byte(body), &dest{}))
	})
}

// A rule of the program's own that takes the value for a string.
func TestOwnRuleOnAnyValue(t *testing.T) {
	v := freshValidator(t)
	require.NoError(t, v.RegisterValidation("shout", func(fl validator.FieldLevel) bool {
		return strings.ToUpper(fl.Field().Interface().(string)) == fl.Field().String()
	}))
	v.RegisterAlias("loud", "min=2,shout")
	require.NoError(t, v.RegisterTranslation("shout", nil, accept, missing))
	var d struct {
		A any `json:"a" binding:"shout"`
		B any `json:"b" binding:"loud"`
	}
	err := binding.JSON.BindBody([]byte(`{"a":1,"b":true}`), &d)
	assert.EqualError(t, binding.FieldErrors(err), "dram: json \"a\": is not valid (shout)\ndram: json \"b\": is not valid (loud)")
	assert.Equal(t, "a is missing", err.(validator.ValidationErrors)[0].Translate(nil))
	require.NoError(t, binding.JSON.BindBody([]byte(`{"a":"AB","b":"AB"}`), &d))
}

// A rule that stands in no tag is not found, but does not end in a panic either.
func TestMapRulesOnAnyValue(t *testing.T) {
	type dest struct {
		Role any `json:"role"`
	}
	freshValidator(t).RegisterStructValidationMapRules(map[string]string{"Role": "eq=admin"}, dest{})
	err := binding.JSON.BindBody([]byte(`{"role":1}`), &dest{})
	assert.EqualError(t, err, "dram: json body: has a value that does not fit its rule (type=object)")
	err = binding.JSON.BindBody([]byte(`[{"role":"admin"},{"role":1}]`), &[]dest{})
	assert.EqualError(t, binding.FieldErrors(err), `dram: json "[1]": has a value that does not fit its rule (type=object)`)
}

// What is wrong whatever the client sends is a mistake of the program, which the panic
// names with its field and its rule.
func TestMistakenRules(t *testing.T) {
	v := freshValidator(t)
	v.RegisterStructValidation(func(validator.StructLevel) { panic(errBroken) }, address{})
	for name, tt := range map[string]struct {
		obj  any
		body string
		want []string
	}{
		"unknown": {&struct {
			V int `binding:"requierd"`
		}{}, `{"V":1}`, []string{"V", "requierd"}},
		"unknown, on an any": {&struct {
			V any `binding:"requierd"`
		}{}, `{"V":1}`, []string{"V", "requierd"}},
		"of another type": {&struct {
			V bool `binding:"min=3"`
		}{}, `{"V":true}`, []string{"field V", `"min=3"`, "bool", "write a rule for a boolean"}},
		"in a list": {&struct {
			V []bool `binding:"dive,min=3"`
		}{}, `{"V":[true]}`, []string{"field V[0]", `"min=3"`, "bool"}},
		"dive into a number": {&struct {
			V int `binding:"dive,min=3"`
		}{}, `{"V":1}`, []string{"field V", `"dive`, "int", "take dive out"}},
		"beside an any": {&struct {
			A any
			V bool `binding:"min=3"`
		}{}, `{"A":1,"V":true}`, []string{"field V", `"min=3"`}},
		"a list of any is not a string": {&struct {
			V []any `binding:"eq=admin"`
		}{}, `{"V":[1]}`, []string{"field V", `"eq=admin"`, "[]interface {}", `write binding:"dive,eq=admin"`}},
		"a map is not a string": {&struct {
			V binding.Optional[map[string]any] `binding:"len=x"`
		}{}, `{"V":{"a":1}}`, []string{"field V", `"len=x"`, `write binding:"dive,len=x"`}},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				message := fmt.Sprint(recover())
				assert.True(t, strings.HasPrefix(message, "dram: "), message)
				for _, want := range tt.want {
					assert.Contains(t, message, want)
				}
			}()
			_ = binding.JSON.BindBody([]byte(tt.body), tt.obj)
			t.Error("no panic")
		})
	}
	assert.PanicsWithValue(t, errBroken, func() { _ = binding.JSON.BindBody([]byte(`{"zip":"12345"}`), &address{}) })
}

// The second validator is made by whichever request comes first.
func TestAnyValuesConcurrently(t *testing.T) {
	type dest struct {
		Role any `json:"role" binding:"eq=admin"`
	}
	errs := make(chan error)
	for range 8 {
		go func() { errs <- binding.JSON.BindBody([]byte(`{"role":1}`), &dest{}) }()
	}
	for range 8 {
		var broken validator.ValidationErrors
		assert.True(t, errors.As(<-errs, &broken))
	}
}

package binding_test

import (
	stdjson "encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/dram-go/dram/binding"
	"github.com/go-playground/validator/v10"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func engine(t *testing.T) *validator.Validate {
	t.Helper()
	v, ok := binding.Validator.Engine().(*validator.Validate)
	require.True(t, ok)
	return v
}

// freshValidator gives the test a default validator of its own, so that what it
// registers does not reach other tests.
func freshValidator(t *testing.T) *validator.Validate {
	t.Helper()
	typ := reflect.TypeOf(binding.Validator).Elem()
	withValidator(t, reflect.New(typ).Interface().(binding.StructValidator))
	return engine(t)
}

func TestValidateStruct(t *testing.T) {
	valid, broken := user{Name: "a"}, user{}
	p := &broken
	var nilUser *user
	var nilAny any
	for _, obj := range []any{
		valid, &valid, nil, nilUser, &nilUser, &nilAny, 1, "text", map[string]user{"a": broken}, time.Now(), new(time.Time),
		[]user{valid}, []*user{nil, &valid}, [1]user{valid}, []any{nil, valid}, []int{1}, []time.Time{{}}, [][]byte{{1}},
	} {
		assert.NoError(t, binding.Validator.ValidateStruct(obj), "%T", obj)
	}
	for _, obj := range []any{broken, &broken, &p} {
		assert.IsType(t, validator.ValidationErrors{}, binding.Validator.ValidateStruct(obj), "%T", obj)
	}
	for _, obj := range []any{
		[]user{broken}, &[]user{broken}, []*user{&broken}, [2]user{valid, broken}, []any{&broken}, [][]user{{valid}, {broken}},
	} {
		assert.IsType(t, binding.SliceValidationError{}, binding.Validator.ValidateStruct(obj), "%T", obj)
	}
}

func TestSliceValidationError(t *testing.T) {
	var list []user
	err := binding.JSON.BindBody([]byte(`[{"name":"a"},{},{"name":"b"},{},{"name":"c"}]`), &list)
	slice, ok := err.(binding.SliceValidationError)
	require.True(t, ok, "%T", err)
	require.Len(t, slice, 4)
	assert.NoError(t, slice[0])
	assert.IsType(t, validator.ValidationErrors{}, slice[1], "the index is the element's")
	assert.NoError(t, slice[2])
	assert.Equal(t, "[1]: Key: 'json.name' Error:Field validation for 'name' failed on the 'required' tag\n"+
		"[3]: Key: 'json.name' Error:Field validation for 'name' failed on the 'required' tag", err.Error())
	var broken validator.ValidationErrors
	assert.ErrorAs(t, err, &broken)
	assert.Equal(t, "dram: json \"[1].name\": is required (required)\ndram: json \"[3].name\": is required (required)",
		binding.FieldErrors(err).Error())
	assert.Empty(t, binding.SliceValidationError{}.Error())

	nested := [][]user{{{Name: "a"}, {}}}
	err = binding.JSON.BindBody([]byte(`[[{"name":"a"},{}]]`), &nested)
	assert.Equal(t, "[0][1].name", binding.FieldErrors(err)[0].Field)
}

func TestJSONNull(t *testing.T) {
	u := &user{Name: "a"}
	assert.NoError(t, binding.JSON.BindBody([]byte(`null`), &u))
	assert.Nil(t, u)
	var list []*user
	assert.NoError(t, binding.JSON.BindBody([]byte(`[null,{"name":"a"}]`), &list))
	assert.Len(t, list, 2)
	assert.NoError(t, binding.JSON.BindBody([]byte(`null`), &list))
}

func TestNoValidator(t *testing.T) {
	withValidator(t, nil)
	assert.NoError(t, binding.JSON.BindBody([]byte(`{}`), &user{}))
	assert.NoError(t, binding.Query.Bind(queryRequest(""), &user{}))
}

func TestOwnRules(t *testing.T) {
	v := freshValidator(t)
	require.NoError(t, v.RegisterValidation("even", func(fl validator.FieldLevel) bool { return fl.Field().Int()%2 == 0 }))
	var d struct {
		N int `form:"n" binding:"even"`
	}
	assert.NoError(t, binding.Query.Bind(queryRequest("n=2"), &d))
	err := binding.Query.Bind(queryRequest("n=3"), &d)
	assert.EqualError(t, binding.FieldErrors(err), `dram: query "n": is not valid (even)`)
	assert.Contains(t, err.Error(), "failed on the 'even' tag")
}

// A program's own names, given as Gin's users do it, stay.
func TestOwnTagNames(t *testing.T) {
	v := freshValidator(t)
	v.RegisterTagNameFunc(func(sf reflect.StructField) string { return "the " + strings.ToLower(sf.Name) })
	err := binding.JSON.BindBody([]byte(`{}`), &user{})
	assert.Equal(t, "the name", err.(validator.ValidationErrors)[0].Field())
	assert.EqualError(t, binding.FieldErrors(err), `dram: json "the name": is required (required)`)
}

// The function of most programs knows the tag json alone.
func TestAFieldWithoutAnOwnTagNameHasTheClients(t *testing.T) {
	v := freshValidator(t)
	v.RegisterTagNameFunc(func(sf reflect.StructField) string { return sf.Tag.Get("json") })
	var list struct {
		Page int      `form:"page" binding:"required"`
		Tags []string `form:"tag" binding:"dive,min=2"`
		Sort string   `json:"sort" form:"order_by" binding:"required"`
	}
	assert.EqualError(t, binding.FieldErrors(binding.Query.Bind(queryRequest("tag=x"), &list)), strings.Join([]string{
		`dram: query "page": is required (required)`, `dram: query "tag[0]": must have at least 2 characters (min=2)`, `dram: query "order_by": is required (required)`,
	}, "\n"))
}

// A value that is not of its field's type breaks no rule besides, under whatever name.
func TestAFieldWithAnOwnTagNameIsReportedOnce(t *testing.T) {
	v := freshValidator(t)
	v.RegisterTagNameFunc(func(sf reflect.StructField) string { return sf.Tag.Get("label") })
	type line struct {
		Qty int `json:"qty" form:"qty" uri:"qty" label:"Menge" binding:"required"`
	}
	type order struct {
		ID    int    `query:"id" label:"Nummer" binding:"required"`
		Lines []line `json:"lines" binding:"dive"`
		Gift  line   `json:"gift"`
	}
	assert.EqualError(t, binding.Query.Bind(queryRequest("qty=x"), &line{}), `dram: query "qty": must be an integer (type=integer)`)
	assert.EqualError(t, binding.JSON.BindBody([]byte(`{"qty":"x"}`), &line{}), `dram: json "qty": must be an integer (type=integer)`)
	assert.EqualError(t, binding.JSON.BindBody([]byte(`[{"qty":1},{"qty":"x"}]`), &[]line{}), `dram: json "[1].qty": must be an integer (type=integer)`)
	req := allRequest("POST", "/?id=x", "application/json", `{"lines":[{"qty":1},{"qty":"x"}],"gift":{"qty":"x"}}`)
	err := binding.All(req, nil, &order{})
	assert.EqualError(t, err, strings.Join([]string{
		`dram: query "id": must be an integer (type=integer)`, `dram: json "lines[1].qty": must be an integer (type=integer)`, `dram: json "gift.qty": must be an integer (type=integer)`,
	}, "\n"))
}

// The translator's type belongs to a package that the core does not import: these
// functions take it as it comes.
func accept[Translator any](Translator) error { return nil }

func missing[Translator any](_ Translator, fe validator.FieldError) string {
	return fe.Field() + " is missing"
}

func TestTranslate(t *testing.T) {
	v := freshValidator(t)
	require.NoError(t, v.RegisterTranslation("required", nil, accept, missing))
	type signup struct {
		Name    string `json:"fullName" form:"full_name" binding:"required"`
		Address struct {
			Zip string `json:"zip" form:"postcode" binding:"required"`
		} `json:"address"`
	}
	err := binding.Query.Bind(queryRequest(""), &signup{})
	assert.Equal(t, validator.ValidationErrorsTranslations{
		"query.full_name": "full_name is missing", "query.postcode": "postcode is missing",
	}, err.(validator.ValidationErrors).Translate(nil))
	err = binding.JSON.BindBody([]byte(`{}`), &signup{})
	assert.Equal(t, validator.ValidationErrorsTranslations{
		"json.fullName": "fullName is missing", "json.address.zip": "zip is missing",
	}, err.(validator.ValidationErrors).Translate(nil))
}

// Another StructValidator's errors are its own: no source, and its names.
type custom struct{ v *validator.Validate }

func (c custom) ValidateStruct(obj any) error { return c.v.Struct(obj) }
func (c custom) Engine() any                  { return c.v }

func TestOwnStructValidator(t *testing.T) {
	v := validator.New()
	v.SetTagName("check")
	withValidator(t, custom{v})
	type signup struct {
		Name string `json:"fullName" form:"full_name" check:"required"`
	}
	err := binding.Query.Bind(queryRequest(""), &signup{})
	assert.Equal(t, "Name", err.(validator.ValidationErrors)[0].Field())
	assert.EqualError(t, binding.FieldErrors(err), `dram: "Name": is required (required)`)
}

// wrapped is the default validator with something around it.
type wrapped struct{ binding.StructValidator }

func TestWrappedStructValidator(t *testing.T) {
	withValidator(t, wrapped{binding.Validator})
	err := binding.JSON.BindBody([]byte(`{"items":[{"qty":1},{"qty":0}],"by":"x","fullName":"x","address":{"zip":"123"}}`), &order{})
	assert.EqualError(t, binding.FieldErrors(err), `dram: "items[1].qty": must be at least 1 (min=1)`)
}

// As in Gin: "required" on a nested struct that is not a pointer says nothing.
func TestRequiredStruct(t *testing.T) {
	type inner struct{ X int }
	var d struct {
		In  inner  `binding:"required"`
		Ptr *inner `binding:"required"`
	}
	err := binding.JSON.BindBody([]byte(`{}`), &d)
	require.Error(t, err)
	assert.Equal(t, "Ptr", binding.FieldErrors(err)[0].Field)
	assert.Len(t, binding.FieldErrors(err), 1)
}

type tree struct {
	Name string `json:"n" binding:"required"`
	Next *tree  `json:"x"`
	Kids []tree `json:"k" binding:"dive"`
	Any  any    `json:"a"`
	Map  map[string]*tree
}

func TestDeepValues(t *testing.T) {
	nest := func(key string, levels int) string {
		return strings.Repeat(`{"n":"a","`+key+`":`, levels) + `{"n":"a"}` + strings.Repeat(`}`, levels)
	}
	assert.NoError(t, binding.JSON.BindBody([]byte(nest("x", 200)), &tree{}))
	assert.ErrorIs(t, binding.JSON.BindBody([]byte(nest("x", 2000)), &tree{}), binding.ErrTooDeep)
	kids := strings.Repeat(`{"n":"a","k":[`, 300) + strings.Repeat(`]}`, 300)
	assert.ErrorIs(t, binding.JSON.BindBody([]byte(kids), &tree{}), binding.ErrTooDeep)
	maps := strings.Repeat(`{"n":"a","Map":{"k":`, 300) + `{"n":"a"}` + strings.Repeat(`}}`, 300)
	assert.ErrorIs(t, binding.JSON.BindBody([]byte(maps), &tree{}), binding.ErrTooDeep)
	assert.Error(t, binding.JSON.BindBody([]byte(nest("x", 100_000)), &tree{}), "deeper than encoding/json goes")
}

func TestErrorsAreBounded(t *testing.T) {
	many := strings.Repeat(`{},`, 50_000) + `{}`
	var d struct {
		Items []user `json:"items" binding:"dive"`
	}
	err := binding.JSON.BindBody([]byte(`{"items":[`+many+`]}`), &d)
	assert.Len(t, err, 1000)
	var list []user
	err = binding.JSON.BindBody([]byte(`[`+many+`]`), &list)
	assert.Len(t, err, 1000)
}

func TestLongMapKey(t *testing.T) {
	var d struct {
		M map[string]user `json:"m" binding:"dive"`
	}
	err := binding.JSON.BindBody(fmt.Appendf(nil, `{"m":{"%s":{}}}`, strings.Repeat("k", 1000)), &d)
	assert.Equal(t, "m["+strings.Repeat("k", 1000)+"].name", binding.FieldErrors(err)[0].Field)
	var scalars struct {
		M map[string]int `json:"m" binding:"dive,min=3"`
	}
	err = binding.JSON.BindBody(fmt.Appendf(nil, `{"m":{"%s":1}}`, strings.Repeat("k", 1000)), &scalars)
	assert.Equal(t, "m["+strings.Repeat("k", 1000)+"]", binding.FieldErrors(err)[0].Field)
}

func TestEmailRule(t *testing.T) {
	var d struct {
		E string `form:"e" binding:"email"`
	}
	tests := map[string]bool{
		"jane.doe+list@mail.example.com": true, "a@b.co": true, "A_b-c@x-1.io": true, "jürgen@exämple.de": true, `"a b"@example.com`: true,
		"o'hara@example.com": true, "": false, "a": false, "@b.co": false, "a@": false, "a..b@example.com": false, "a@b..co": false,
		"a@example.com\n": false, "a@b@c.de": false, ".a@example.com": false, "a@-x.com": false,
		"a@example.10": false, "a@example.c1": false, "A@B.CO": true,
	}
	plain := validator.New()
	for text, want := range tests {
		d.E = text
		assert.Equal(t, want, binding.Validator.ValidateStruct(&d) == nil, "%q", text)
		assert.Equal(t, want, plain.Var(text, "email") == nil, "%q by the validator itself", text)
	}
}

type (
	lists []lists
	maps  map[string]maps
)

func TestTypesOfThemselves(t *testing.T) {
	var d struct {
		L lists `json:"l" form:"l"`
		M maps  `json:"m" form:"m"`
	}
	deep := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	require.NoError(t, binding.JSON.BindBody([]byte(`{"l":`+deep+`,"m":{"a":{"b":null}}}`), &d))
	require.NoError(t, binding.JSON.BindBody([]byte(deep), &d.L))
	require.NoError(t, binding.Query.Bind(queryRequest(`m={"a":{}}`), &d))
	assert.Error(t, binding.Query.Bind(queryRequest(`l=x`), &d))
}

// vague is a type whose UnmarshalJSON says little.
type vague struct{}

func (*vague) UnmarshalJSON([]byte) error { return &stdjson.UnmarshalTypeError{Value: "x"} }

func TestFieldErrorWithoutType(t *testing.T) {
	var d struct {
		V vague `json:"v" form:"v"`
	}
	err := binding.JSON.BindBody([]byte(`{"v":1}`), &d)
	assert.EqualError(t, binding.FieldErrors(err), `dram: json "v": must be a value (type=value)`)
	err = binding.Query.Bind(queryRequest("v=1"), &d)
	assert.EqualError(t, err, `dram: query "v": must be a value (type=value)`)
}

package binding_test

import (
	stdjson "encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dram-go/dram/binding"
	"github.com/go-playground/validator/v10"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type address struct {
	Zip string `json:"zip" form:"postcode" xml:"location>zip" binding:"required,min=3"`
}

type line struct {
	Qty int `json:"qty" form:"quantity" binding:"min=1"`
}

type Audit struct {
	By string `json:"by" form:"author" binding:"required"`
}

type order struct {
	Audit
	Name    string          `json:"fullName" form:"full_name" header:"x-name" xml:"nm,attr" binding:"required"`
	Address address         `json:"address" form:"address" xml:"addr"`
	Lines   []line          `json:"items" form:"items" binding:"dive"`
	Meta    map[string]line `json:"meta" form:"-" binding:"dive"`
	NoTag   string          `binding:"max=2"`
	OnlyGo  int             `json:"-" form:"only_form" binding:"max=2"`
}

const brokenOrder = `{"items":[{"qty":1},{"qty":0}],"meta":{"a.b]c":{"qty":0}},"NoTag":"long"}`

func TestFieldErrorsOfJSON(t *testing.T) {
	o := order{OnlyGo: 3}
	err := binding.JSON.BindBody([]byte(brokenOrder), &o)

	broken, ok := err.(validator.ValidationErrors) // as users of Gin do
	require.True(t, ok, "%T", err)
	var fields []string
	for _, fe := range broken {
		fields = append(fields, fe.Namespace()+" "+fe.Field()+" "+fe.StructField()+" "+fe.Tag())
	}
	assert.Equal(t, []string{
		"json.by by By required",
		"json.fullName fullName Name required",
		"json.address.zip zip Zip required",
		"json.items[1].qty qty Qty min",
		"json.meta[a.b]c].qty qty Qty min",
		"json.NoTag NoTag NoTag max",
		"json.OnlyGo OnlyGo OnlyGo max",
	}, fields)

	assert.Equal(t, []string{
		`dram: json "by": is required (required)`,
		`dram: json "fullName": is required (required)`,
		`dram: json "address.zip": is required (required)`,
		`dram: json "items[1].qty": must be at least 1 (min=1)`,
		`dram: json "meta[a.b]c].qty": must be at least 1 (min=1)`,
		`dram: json "NoTag": must have at most 2 characters (max=2)`,
		`dram: json "OnlyGo": must be at most 2 (max=2)`,
	}, strings.Split(binding.FieldErrors(err).Error(), "\n"))
}

// The names follow the source, though the validator knows one name per field.
func TestFieldErrorsOfOtherSources(t *testing.T) {
	query := "items=%7B%22qty%22:0%7D&NoTag=long&only_form=3"
	var o order
	err := binding.Query.Bind(queryRequest(query), &o)
	broken, ok := err.(validator.ValidationErrors)
	require.True(t, ok, "%T", err)
	var fields []string
	for _, fe := range broken {
		fields = append(fields, fe.Namespace()+" "+fe.Field())
	}
	assert.Equal(t, []string{
		"query.author author", "query.full_name full_name", "query.postcode postcode", "query.items[0].qty qty",
		"query.NoTag NoTag", "query.only_form only_form",
	}, fields)
	assert.Equal(t, "order.Address.Zip", broken[2].StructNamespace())
	assert.Equal(t, "required", broken[2].ActualTag())
	assert.Equal(t, 0, broken[3].Value())
	assert.Equal(t, reflect.Int, broken[3].Kind())

	assert.Equal(t, []string{
		`dram: query "author": is required (required)`,
		`dram: query "full_name": is required (required)`,
		`dram: query "postcode": is required (required)`,
		`dram: query "items[0].qty": must be at least 1 (min=1)`,
		`dram: query "NoTag": must have at most 2 characters (max=2)`,
		`dram: query "only_form": must be at most 2 (max=2)`,
	}, strings.Split(binding.FieldErrors(err).Error(), "\n"))

	err = binding.XML.BindBody([]byte(`<order><By>x</By></order>`), &order{})
	assert.Equal(t, []string{`dram: xml "nm": is required (required)`, `dram: xml "addr.location.zip": is required (required)`},
		strings.Split(binding.FieldErrors(err).Error(), "\n"))
}

func TestConversionErrorsAreGathered(t *testing.T) {
	var d struct {
		A int    `form:"a" binding:"required"`
		B []bool `form:"b" binding:"min=3"`
		C line   `form:"c"`
		D string `form:"d" binding:"required"`
		E uint8  `form:"e"`
	}
	err := binding.Query.Bind(queryRequest(`a=x&b=1&b=maybe&c={"qty":"x"}&e=256`), &d)
	list, ok := err.(binding.Errors)
	require.True(t, ok, "%T", err)
	assert.Equal(t, []string{
		`dram: query "a": must be an integer (type=integer)`,
		`dram: query "b[1]": must be a boolean (type=boolean)`,
		`dram: query "c.qty": must be an integer (type=integer)`,
		`dram: query "e": must be an integer between 0 and 255 (type=integer)`,
		`dram: query "quantity": must be at least 1 (min=1)`,
		`dram: query "d": is required (required)`,
	}, strings.Split(list.Error(), "\n"))

	var number *strconv.NumError
	require.ErrorAs(t, err, &number)
	assert.Equal(t, "x", number.Num)
	var broken validator.ValidationErrors
	require.ErrorAs(t, err, &broken)
	assert.Len(t, broken, 2)
	var one *binding.FieldError
	require.ErrorAs(t, err, &one)
	assert.Equal(t, "a", one.Field)
	assert.ErrorIs(t, err, strconv.ErrRange)
}

func TestConversionErrorsWithAnotherValidator(t *testing.T) {
	withValidator(t, refusing{})
	var d struct{ A int }
	err := binding.Query.Bind(queryRequest("A=x"), &d)
	assert.ErrorIs(t, err, errRefused)
	assert.Len(t, binding.FieldErrors(err), 1)
	assert.Equal(t, errRefused, binding.Query.Bind(queryRequest("A=1"), &d))
}

func TestFieldErrorsOfNoField(t *testing.T) {
	assert.Nil(t, binding.FieldErrors(nil))
	assert.Nil(t, binding.FieldErrors(io.EOF))
	assert.Nil(t, binding.FieldErrors(&http.MaxBytesError{Limit: 1}))
}

func TestFieldErrorText(t *testing.T) {
	for want, fe := range map[string]binding.FieldError{
		`dram: query "a": must be b (c=d)`:     {Source: "query", Field: "a", Message: "must be b", Rule: "c", Param: "d"},
		`dram: "a": must be b (c)`:             {Field: "a", Message: "must be b", Rule: "c"},
		`dram: must be b (c)`:                  {Message: "must be b", Rule: "c"},
		`dram: xml body: is bad (syntax)`:      {Source: "xml", Message: "is bad", Rule: "syntax"},
		`dram: xml body: is bad (syntax): EOF`: {Source: "xml", Message: "is bad", Rule: "syntax", Err: io.EOF},
		`dram: form "a": is bad (syntax)`:      {Source: "form", Field: "a", Message: "is bad", Rule: "syntax", Err: io.EOF},
		`dram: json body: is bad (syntax)`:     {Source: "json", Message: "is bad", Rule: "syntax", Err: io.EOF},
	} {
		assert.EqualError(t, &fe, want)
	}
}

func TestFieldErrorsOfWrappedErrors(t *testing.T) {
	err := binding.JSON.BindBody([]byte(`{}`), &user{})
	want := binding.FieldErrors(err)
	require.Len(t, want, 1)
	assert.Equal(t, want, binding.FieldErrors(fmt.Errorf("creating a user: %w", err)))
	assert.Equal(t, want, binding.FieldErrors(errors.Join(io.EOF, err)))
	assert.Equal(t, want, binding.FieldErrors(want[0]))
}

// Errors that some other validator call gave carry no source, but the names.
func TestFieldErrorsOfForeignErrors(t *testing.T) {
	err := validator.New().Struct(struct{ A address }{})
	assert.Nil(t, binding.FieldErrors(err), "the tag is validate there")
	err = validator.New().Var("x", "min=2")
	require.Len(t, binding.FieldErrors(err), 1)
	assert.EqualError(t, binding.FieldErrors(err), `dram: must have at least 2 characters (min=2)`)
}

func TestFieldErrorAsJSON(t *testing.T) {
	err := binding.JSON.BindBody([]byte(`{"name":"x","age":"y"}`), &user{})
	body, marshalErr := stdjson.Marshal(binding.FieldErrors(err))
	require.NoError(t, marshalErr)
	assert.JSONEq(t, `[{"source":"json","field":"age","rule":"type","param":"integer","message":"must be an integer"}]`, string(body))
	body, marshalErr = stdjson.Marshal(binding.FieldErrors(binding.Validator.ValidateStruct(&user{})))
	require.NoError(t, marshalErr)
	assert.JSONEq(t, `[{"field":"name","rule":"required","message":"is required"}]`, string(body), "no binding, no source")
}

func TestRuleMessages(t *testing.T) {
	for _, tt := range []struct {
		rule  string
		value any
		want  string
	}{
		{"required", "", "is required"},
		{"email", "x", "must be an e-mail address"},
		{"oneof=a b", "x", "must be one of: a b"},
		{"min=1", "", "must have at least 1 character"},
		{"min=2", []int{1}, "must have at least 2 items"},
		{"len=2", map[int]int{}, "must have exactly 2 items"},
		{"lt=2", 2.5, "must be less than 2"},
		{"gt=10", 2, "must be more than 10"},
		{"lt", time.Now().Add(time.Hour), "must be in the past"},
		{"contains=" + strings.Repeat("é", 200), "x", "must contain " + strings.Repeat("é", 100) + "…"},
		{"mac", "x", "is not valid"},
		{"excludesall=xy", "x", "is not valid: excludesall=xy"},
	} {
		err := binding.Validator.Engine().(*validator.Validate).Var(tt.value, tt.rule)
		require.Error(t, err, tt.rule)
		assert.Equal(t, tt.want, binding.FieldErrors(err)[0].Message)
	}
}

type page[T any] struct {
	Items []T `json:"items" form:"entries" binding:"dive"`
	Ptr   *T  `json:"ptr" form:"pointer" binding:"required"`
}

// The name of a generic type has dots and brackets of its own.
func TestFieldErrorsOfGenericTypes(t *testing.T) {
	err := binding.JSON.BindBody([]byte(`{"items":[{}]}`), &page[line]{})
	assert.Equal(t, []string{
		`dram: json "items[0].qty": must be at least 1 (min=1)`, `dram: json "ptr": is required (required)`,
	}, strings.Split(binding.FieldErrors(err).Error(), "\n"))

	err = binding.Query.Bind(queryRequest("entries={}"), &page[line]{})
	broken := err.(validator.ValidationErrors)
	assert.Equal(t, "pointer", broken[1].Field())
	assert.Equal(t, reflect.Pointer, broken[1].Kind())
	assert.Equal(t, reflect.TypeFor[*line](), broken[1].Type())
	assert.Equal(t, "entries[0].qty", binding.FieldErrors(err)[0].Field)
}

func TestFieldErrorsInsideInterfaces(t *testing.T) {
	d := struct {
		Any  any                      `json:"any"`
		Opt  binding.Optional[[]line] `json:"opt" binding:"omitempty,dive"`
		Anys []any                    `json:"anys" binding:"dive"`
	}{Any: line{}, Opt: binding.Some([]line{{}}), Anys: []any{line{}}}
	err := binding.JSON.BindBody([]byte(`{}`), &d)
	assert.Equal(t, []string{
		`dram: json "any.qty": must be at least 1 (min=1)`,
		`dram: json "opt[0].qty": must be at least 1 (min=1)`,
		`dram: json "anys[0].qty": must be at least 1 (min=1)`,
	}, strings.Split(binding.FieldErrors(err).Error(), "\n"))
}

package binding_test

import (
	stdjson "encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/dram-go/dram/binding"
	"github.com/go-playground/validator/v10"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type patch struct {
	Title binding.Optional[string]    `json:"title,omitzero" form:"title" binding:"omitempty,min=3"`
	Pages binding.Optional[int]       `json:"pages,omitzero" form:"pages" binding:"omitempty,gt=0"`
	When  binding.Optional[time.Time] `json:"when,omitzero" form:"when"`
	Addr  binding.Optional[address]   `json:"addr,omitzero" form:"addr"`
}

func TestOptionalJSON(t *testing.T) {
	var p patch
	require.NoError(t, binding.JSON.BindBody([]byte(`{"title":"abc","pages":null}`), &p))
	title, ok := p.Title.Get()
	assert.True(t, ok)
	assert.Equal(t, "abc", title)
	assert.True(t, p.Pages.IsNull())
	assert.False(t, p.Pages.IsAbsent())
	assert.True(t, p.When.IsAbsent())
	assert.True(t, p.When.IsZero())

	body, err := stdjson.Marshal(p)
	require.NoError(t, err)
	assert.JSONEq(t, `{"title":"abc","pages":null}`, string(body))

	err = binding.JSON.BindBody([]byte(`{"pages":"x"}`), &p)
	assert.EqualError(t, binding.FieldErrors(err), `dram: json "pages": must be an integer (type=integer)`)
}

func TestOptionalForm(t *testing.T) {
	var p patch
	require.NoError(t, binding.Query.Bind(queryRequest(`title=&pages=&when=2024-02-29T00:00:00Z&addr={"zip":"12345"}`), &p))
	assert.Equal(t, binding.Some(""), p.Title)
	assert.Equal(t, binding.Null[int](), p.Pages)
	assert.Equal(t, 2024, p.When.Or(time.Time{}).Year())
	assert.Equal(t, "12345", p.Addr.Or(address{}).Zip)

	require.NoError(t, binding.Query.Bind(queryRequest("title=+++&pages=+"), &p))
	assert.Equal(t, binding.Some("   "), p.Title)
	assert.Equal(t, binding.Null[int](), p.Pages, "a space in a form is as little a number as nothing is")

	var tags struct {
		Optional binding.Optional[[]string] `form:"tags"`
		Plain    []string                   `form:"tags"`
	}
	require.NoError(t, binding.Query.Bind(queryRequest("tags=+"), &tags))
	assert.Equal(t, binding.Some(tags.Plain), tags.Optional, "a list of strings keeps the one of white space")

	err := binding.Query.Bind(queryRequest("pages=x"), &p)
	assert.EqualError(t, binding.FieldErrors(err), `dram: query "pages": must be an integer (type=integer)`)
}

func TestOptionalValidation(t *testing.T) {
	for body, want := range map[string]string{
		`{}`:                          ``,
		`{"title":null,"pages":null}`: ``,
		`{"title":"abc","pages":1}`:   ``,
		`{"title":"ab"}`:              `dram: json "title": must have at least 3 characters (min=3)`,
		`{"pages":-1}`:                `dram: json "pages": must be more than 0 (gt=0)`,
		`{"addr":{}}`:                 `dram: json "addr.zip": is required (required)`,
	} {
		var p patch
		err := binding.JSON.BindBody([]byte(body), &p)
		if want == "" {
			assert.NoError(t, err, body)
			continue
		}
		require.IsType(t, validator.ValidationErrors{}, err, body)
		assert.EqualError(t, binding.FieldErrors(err), want)
	}
	var required struct {
		V binding.Optional[int] `json:"v" binding:"required"`
	}
	for _, body := range []string{`{}`, `{"v":null}`} {
		required.V = binding.Optional[int]{}
		assert.Error(t, binding.JSON.BindBody([]byte(body), &required), body)
	}
	assert.NoError(t, binding.JSON.BindBody([]byte(`{"v":3}`), &required))
}

// Absent, null, empty, and a value, under each combination of rules.
func TestOptionalRules(t *testing.T) {
	type strings struct {
		V binding.Optional[string] `json:"v" binding:"omitnil,min=1"`
	}
	type emptyToo struct {
		V binding.Optional[string] `json:"v" binding:"omitempty,min=2"`
	}
	type zeroToo struct {
		V binding.Optional[string] `json:"v" binding:"omitzero,min=2"`
	}
	type lists struct {
		V binding.Optional[[]string] `json:"v" binding:"omitnil,min=1,dive,min=1"`
	}
	type pointed struct {
		V *binding.Optional[string] `json:"v" binding:"omitnil,min=1"`
	}
	type must struct {
		V binding.Optional[string] `json:"v" binding:"required"`
	}
	type bare struct {
		V binding.Optional[string] `json:"v" binding:"min=1"`
	}
	type nested struct {
		V binding.Optional[address] `json:"v" binding:"omitnil"`
	}
	for _, tt := range []struct {
		obj    any
		passes []string
		fails  []string
	}{
		{&strings{}, []string{`{}`, `{"v":null}`, `{"v":"a"}`}, []string{`{"v":""}`}},
		{&emptyToo{}, []string{`{}`, `{"v":null}`, `{"v":""}`, `{"v":"ab"}`}, []string{`{"v":"a"}`}},
		{&zeroToo{}, []string{`{}`, `{"v":null}`, `{"v":""}`, `{"v":"ab"}`}, []string{`{"v":"a"}`}},
		{&lists{}, []string{`{}`, `{"v":null}`, `{"v":["a"]}`}, []string{`{"v":[]}`, `{"v":[""]}`}},
		{&pointed{}, []string{`{}`, `{"v":null}`, `{"v":"a"}`}, []string{`{"v":""}`}},
		{&must{}, []string{`{"v":"a"}`}, []string{`{}`, `{"v":null}`, `{"v":""}`}},
		{&bare{}, []string{`{"v":"a"}`}, []string{`{}`, `{"v":null}`, `{"v":""}`}},
		{&nested{}, []string{`{}`, `{"v":null}`, `{"v":{"zip":"123"}}`}, []string{`{"v":{}}`}},
	} {
		fresh := func() any { return reflect.New(reflect.TypeOf(tt.obj).Elem()).Interface() }
		for _, body := range tt.passes {
			assert.NoError(t, binding.JSON.BindBody([]byte(body), fresh()), "%T %s", tt.obj, body)
		}
		for _, body := range tt.fails {
			assert.NotEmpty(t, binding.FieldErrors(binding.JSON.BindBody([]byte(body), fresh())), "%T %s", tt.obj, body)
		}
	}
}

func TestOptionalOr(t *testing.T) {
	assert.Equal(t, 1, binding.Some(1).Or(2))
	assert.Equal(t, 2, binding.Null[int]().Or(2))
	assert.Equal(t, 2, binding.Optional[int]{}.Or(2))
}

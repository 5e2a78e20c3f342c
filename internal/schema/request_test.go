package schema_test

import (
	"mime/multipart"
	"reflect"
	"testing"
	"time"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/internal/schema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type create struct {
	Shelf  UUID                  `uri:"shelf"`
	Dry    bool                  `query:"dry_run" doc:"check only" deprecated:"true"`
	Size   int8                  `query:"size,default=20" binding:"min=1,max=100"`
	Tags   []string              `query:"tag,default=a;b" collection_format:"csv" binding:"max=3,dive,alpha"`
	Since  time.Time             `query:"since" time_format:"2006-01-02"`
	Until  *time.Time            `query:"until" time_format:"unix" binding:"required"`
	Wait   time.Duration         `query:"wait"`
	Pair   [2]int8               `query:"pair"`
	Key    string                `header:"Idempotency-Key" binding:"required"`
	Theme  *string               `cookie:"theme" binding:"omitempty,oneof=dark light"`
	Title  string                `json:"title" form:"title" binding:"required"`
	Pages  *int8                 `json:"pages" binding:"required_with=Title"`
	Cover  *multipart.FileHeader `form:"cover"`
	Paging Paging
}

type Paging struct {
	Page int8 `query:"page" binding:"min=1"`
}

func TestRequest(t *testing.T) {
	r := schema.New()
	q, err := r.Request(reflect.TypeFor[create]())
	require.NoError(t, err)
	tests := []struct {
		in, name, schema string
		required         bool
		style            string
		explode          bool
	}{
		{in: "path", name: "shelf", schema: `{"type":"string","format":"uuid"}`, required: true},
		{in: "query", name: "dry_run", schema: `{"type":"boolean"}`, explode: true},
		{in: "query", name: "size", schema: `{"type":"integer","minimum":1,"maximum":100,"default":20}`, explode: true},
		{in: "query", name: "tag", schema: `{"type":"array","maxItems":3,"items":{"type":"string","pattern":"^[a-zA-Z]+$"},"default":["a","b"]}`},
		{in: "query", name: "since", schema: `{"type":"string","format":"date"}`, explode: true},
		{in: "query", name: "until", schema: `{"type":"integer","format":"int64"}`, required: true, explode: true},
		{in: "query", name: "wait", schema: `{"type":"string","pattern":"^[-+]?([0-9.]+(ns|us|µs|μs|ms|s|m|h))*[0-9]*$"}`, explode: true},
		{in: "query", name: "pair", schema: `{"type":"array","minItems":2,"maxItems":2,"items":{"type":"integer","minimum":-128,"maximum":127}}`, explode: true},
		{in: "header", name: "Idempotency-Key", schema: `{"type":"string","minLength":1}`, required: true},
		{in: "cookie", name: "theme", schema: `{"type":"string","enum":["dark","light"]}`},
		{in: "query", name: "page", schema: `{"type":"integer","minimum":1,"maximum":127}`, required: true, explode: true},
	}
	require.Len(t, q.Params, len(tests))
	for i, tt := range tests {
		p := q.Params[i]
		text, err := schema.Marshal(p.Schema)
		require.NoError(t, err)
		assert.Equal(t, []any{tt.in, tt.name, tt.required, tt.style, tt.explode}, []any{p.In, p.Name, p.Required, p.Style, p.Explode})
		assert.JSONEq(t, tt.schema, string(text), tt.name)
	}
	assert.Equal(t, "check only", q.Params[1].Description)
	assert.True(t, q.Params[1].Deprecated)
	assert.Equal(t, "time as unix", q.Params[5].Description)
	assert.Equal(t, "create", q.JSON.Ref.Name())
	text, _ := schema.Marshal(q.JSON.Ref.Schema())
	assert.JSONEq(t, `{"type":"object","properties":{"title":{"type":"string","minLength":1},"pages":{"type":["integer","null"],"minimum":-128,"maximum":127}},"required":["title"],
		"allOf":[{"if":{"properties":{"title":{"type":"string","minLength":1}},"required":["title"]},"then":{"properties":{"pages":{"not":{"type":"null"}}},"required":["pages"]}}]}`, string(text))
	text, _ = schema.Marshal(q.Form)
	assert.JSONEq(t, `{"type":"object","properties":{"title":{"type":"string","minLength":1},"cover":{"type":"string","contentMediaType":"application/octet-stream"}},"required":["title"]}`, string(text))
	assert.True(t, q.Files)
	assert.True(t, q.BodyRequired())
}

func TestRequestOfABodyAlone(t *testing.T) {
	r := schema.New()
	q, err := r.Request(reflect.TypeFor[Tree]())
	require.NoError(t, err)
	text, _ := schema.Marshal(q.JSON)
	assert.Equal(t, `{"$ref":"#/components/schemas/Tree"}`, string(text))
	assert.Nil(t, q.Form)
	assert.True(t, q.BodyRequired())
	q, err = r.Request(reflect.TypeFor[Paging]())
	require.NoError(t, err)
	assert.Nil(t, q.JSON)
	assert.False(t, q.BodyRequired())
}

func TestRequestMistakes(t *testing.T) {
	type both struct {
		A string `uri:"a" json:"a"`
	}
	_, err := schema.New().Request(reflect.TypeFor[both]())
	assert.ErrorIs(t, err, binding.ErrTags)
	_, err = schema.New().Request(reflect.TypeFor[int]())
	assert.ErrorIs(t, err, binding.ErrDestination)
	type wrong struct {
		A int `query:"a" binding:"email"`
	}
	_, err = schema.New().Request(reflect.TypeFor[wrong]())
	var rule *schema.RuleError
	assert.ErrorAs(t, err, &rule)
	type unread struct {
		A any `query:"a"`
	}
	_, err = schema.New().Request(reflect.TypeFor[unread]())
	assert.ErrorIs(t, err, binding.ErrTags)
	assert.ErrorContains(t, err, "field A of schema_test.unread has the tag query, but has the type interface {}, in which no text can be stored")
}

// A decoder of JSON reads neither of two fields of one name.
func TestFieldsOfOneNameAreSaid(t *testing.T) {
	text := reflect.TypeFor[string]()
	fields := func(tags ...reflect.StructTag) reflect.Type {
		var list []reflect.StructField
		for i, tag := range tags {
			list = append(list, reflect.StructField{Name: string(rune('A' + i)), Type: text, Tag: tag})
		}
		return reflect.StructOf(list)
	}
	for _, typ := range []reflect.Type{fields(`json:"a"`, `json:"a"`), fields(`json:"a"`, `json:"a"`, `query:"q"`)} {
		_, err := schema.New().Request(typ)
		assert.ErrorContains(t, err, ` has the name "a" in JSON, as B has, so that JSON has neither`)
	}
	_, err := schema.New().Of(fields(`json:"a"`, `json:"a"`), schema.Output)
	assert.ErrorContains(t, err, "field A of ")
	_, err = schema.New().Request(fields(`json:"a"`, `json:"b"`, `json:"-"`, `json:"-"`))
	assert.NoError(t, err)
}

func TestFormatInWhichNoBodyIsRight(t *testing.T) {
	type both struct {
		Title string                `json:"title" form:"title" binding:"required"`
		Cover *multipart.FileHeader `form:"cover" binding:"required"`
	}
	q, err := schema.New().Request(reflect.TypeFor[both]())
	require.NoError(t, err)
	assert.Nil(t, q.JSON)
	type inJSON struct {
		Title string `json:"title" form:"title"`
		Pages int    `json:"pages" binding:"min=1"`
	}
	q, err = schema.New().Request(reflect.TypeFor[inJSON]())
	require.NoError(t, err)
	assert.Nil(t, q.Form)
	type either struct {
		Title string `form:"title" binding:"omitempty,min=3"`
		Lang  string `form:"lang,default=en" binding:"required"`
		Pages int    `json:"pages"`
	}
	q, err = schema.New().Request(reflect.TypeFor[either]())
	require.NoError(t, err)
	assert.NotNil(t, q.Form)
	assert.NotNil(t, q.JSON)
}

package binding_test

import (
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/dram-go/dram/binding"
	"github.com/go-playground/validator/v10"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type ab struct {
	A string   `form:"a" uri:"a" header:"x-a"`
	B []string `form:"b" uri:"b" header:"x-b"`
}

func TestForm(t *testing.T) {
	post := func(body string) *http.Request {
		req := httptest.NewRequest(http.MethodPost, "/?a=query&b=query", strings.NewReader(body))
		req.Header.Set("Content-Type", binding.MIMEPOSTForm)
		return req
	}
	t.Run("Form reads body and query", func(t *testing.T) {
		var d ab
		require.NoError(t, binding.Form.Bind(post("a=body&b=body"), &d))
		assert.Equal(t, ab{"body", []string{"body", "query"}}, d)
		require.NoError(t, binding.Form.Bind(post("x=1"), &d))
		assert.Equal(t, ab{"query", []string{"query"}}, d)
	})
	t.Run("FormPost reads the body", func(t *testing.T) {
		var d ab
		req := post("b=body")
		require.NoError(t, binding.FormPost.Bind(req, &d))
		assert.Equal(t, ab{B: []string{"body"}}, d)
		assert.Equal(t, url.Values{"b": {"body"}}, req.PostForm, "parsed as net/http does, for code that reads it later")
	})
	t.Run("Form of a GET reads the query", func(t *testing.T) {
		var d ab
		require.NoError(t, binding.Form.Bind(queryRequest("a=1&b=2&b=3"), &d))
		assert.Equal(t, ab{"1", []string{"2", "3"}}, d)
	})
	t.Run("Form of a multipart body", func(t *testing.T) {
		var d struct{ Query, Body string }
		req := multipartRequest(t, map[string]string{"Body": "b"})
		req.URL.RawQuery = "Query=q"
		require.NoError(t, binding.Form.Bind(req, &d))
		assert.Equal(t, struct{ Query, Body string }{"q", "b"}, d)
	})
	t.Run("another multipart type is not a form", func(t *testing.T) {
		req := post("")
		req.Header.Set("Content-Type", "multipart/mixed; boundary=x")
		assert.NoError(t, binding.Form.Bind(req, &ab{}))
	})
	t.Run("the body of a QUERY is read", func(t *testing.T) {
		req := post("a=body")
		req.Method = "QUERY"
		var d, again ab
		require.NoError(t, binding.FormPost.Bind(req, &d))
		assert.Equal(t, ab{A: "body"}, d)
		require.NoError(t, binding.Form.Bind(req, &again))
		assert.Equal(t, ab{"body", []string{"query"}}, again)
	})
	t.Run("errors of net/http", func(t *testing.T) {
		for _, b := range []binding.Binding{binding.Form, binding.FormPost} {
			assert.Error(t, b.Bind(post("a=%zz"), &ab{}), b.Name())
			assert.Error(t, b.Bind(post(strings.Repeat("k=&", 100_000)), &ab{}), "%s: 100,000 keys", b.Name())
		}
		req := post("")
		req.Header.Set("Content-Type", "multipart/form-data")
		assert.ErrorIs(t, binding.Form.Bind(req, &ab{}), http.ErrMissingBoundary)
		assert.ErrorIs(t, binding.FormMultipart.Bind(post("a=1"), &ab{}), http.ErrNotMultipart)
	})
}

func TestMultipartFiles(t *testing.T) {
	type dest struct {
		Name  string                   `form:"name"`
		One   *multipart.FileHeader    `form:"one"`
		Value multipart.FileHeader     `form:"one"`
		Many  []*multipart.FileHeader  `form:"many"`
		Flat  []multipart.FileHeader   `form:"many"`
		Pair  [2]*multipart.FileHeader `form:"many"`
		None  *multipart.FileHeader    `form:"none"`
		Query string                   `form:"query"`
	}
	req := multipartRequest(t, map[string]string{"name": "n", "Filename": "forged"},
		upload{"one", "1.txt", "first"}, upload{"many", "2.txt", "x"}, upload{"many", "3.txt", "y"})
	var d dest
	require.NoError(t, binding.FormMultipart.Bind(req, &d))
	assert.Equal(t, "n", d.Name)
	assert.Equal(t, "1.txt", d.One.Filename)
	assert.Equal(t, "1.txt", d.Value.Filename)
	assert.EqualValues(t, 5, d.Value.Size)
	assert.Equal(t, "3.txt", d.Many[1].Filename)
	assert.Equal(t, "2.txt", d.Flat[0].Filename)
	assert.Equal(t, "3.txt", d.Pair[1].Filename)
	assert.Nil(t, d.None)
	assert.Empty(t, d.Query, "the query is not read")

	t.Run("a value forges no file", func(t *testing.T) {
		var d dest
		require.NoError(t, binding.FormMultipart.Bind(multipartRequest(t, map[string]string{"one": "x", "Filename": "forged"}), &d))
		assert.Nil(t, d.One)
		assert.Empty(t, d.Value.Filename)
	})
	t.Run("a file for a text field", func(t *testing.T) {
		err := binding.FormMultipart.Bind(multipartRequest(t, nil, upload{"name", "n.txt", ""}), &dest{})
		require.ErrorIs(t, err, binding.ErrMultiFileHeader)
		assert.Equal(t, "must not be a file", binding.FieldErrors(err)[0].Message)
	})
	t.Run("an array of another length", func(t *testing.T) {
		err := binding.FormMultipart.Bind(multipartRequest(t, nil, upload{"many", "n.txt", ""}), &dest{})
		require.ErrorIs(t, err, binding.ErrMultiFileHeaderLenInvalid)
		assert.Equal(t, "must be exactly 2 files", binding.FieldErrors(err)[0].Message)
	})
}

func TestQuery(t *testing.T) {
	queries := []string{
		"", "&", "&&", "a", "a=", "=x", "a=1", "a=1&a=2", "b=1&b=2&b=3", "a=x+y%20z", "%61=1", "a=%zz&b=1", "%zz=1&a=2", "a=1;b=2&b=3",
		"a=1=2", "a=b&b=a&unknown=%ff&c", "b=%zz&b=ok", "a=%zz&a=ok", "b=;&b=1", "+=1", "a+=1",
	}
	for _, raw := range queries {
		t.Run(raw, func(t *testing.T) {
			var got, want ab
			require.NoError(t, binding.Query.Bind(queryRequest(raw), &got))
			values, _ := url.ParseQuery(raw)
			require.NoError(t, mapForm(&want, values))
			assert.Equal(t, want, got)
		})
	}
	t.Run("more pairs than net/url takes", func(t *testing.T) {
		assert.Error(t, binding.Query.Bind(queryRequest(strings.Repeat("a=1&", 100_000)), &ab{}))
	})
	t.Run("as many as it takes", func(t *testing.T) {
		var d ab
		require.NoError(t, binding.Query.Bind(queryRequest(strings.Repeat("b=1&", 9_998)+"b=1"), &d))
		assert.Len(t, d.B, 9_999)
	})
	t.Run("two fields of one key", func(t *testing.T) {
		var d struct {
			One  int   `form:"n"`
			Many []int `form:"n"`
		}
		require.NoError(t, binding.Query.Bind(queryRequest("n=1&n=2"), &d))
		assert.Equal(t, 1, d.One)
		assert.Equal(t, []int{1, 2}, d.Many)
	})
	t.Run("a mistake in the tags", func(t *testing.T) {
		var d struct {
			L []int `collection_format:"?"`
		}
		assert.ErrorContains(t, binding.Query.Bind(queryRequest(""), &d), "field L of struct")
	})
}

// What one query left in the pool must not show up in the next request.
func TestQueryPoolIsClean(t *testing.T) {
	type small struct{ X string }
	for range 20 {
		var full, empty ab
		require.NoError(t, binding.Query.Bind(queryRequest("a=1&b=2&b=3"), &full))
		require.NoError(t, binding.Query.Bind(queryRequest(""), &empty))
		require.Equal(t, ab{}, empty)
		var s small
		require.NoError(t, binding.Query.Bind(queryRequest("a=1"), &s))
		require.Equal(t, small{}, s)
	}
}

func TestUri(t *testing.T) {
	var d ab
	require.NoError(t, binding.Uri.BindUri(map[string][]string{"a": {"1"}, "b": {"2"}}, &d))
	assert.Equal(t, ab{"1", []string{"2"}}, d)

	var v struct {
		ID int `uri:"id" json:"ident" binding:"min=1"`
	}
	err := binding.Uri.BindUri(map[string][]string{"id": {"0"}}, &v)
	require.IsType(t, validator.ValidationErrors{}, err)
	assert.Equal(t, "id", err.(validator.ValidationErrors)[0].Field())
	assert.Equal(t, "uri", binding.FieldErrors(err)[0].Source)
}

func TestHeader(t *testing.T) {
	req := &http.Request{Header: http.Header{"X-A": {"1"}, "X-B": {"2", "3"}, "Limit": {"x"}}}
	var d ab
	require.NoError(t, binding.Header.Bind(req, &d))
	assert.Equal(t, ab{"1", []string{"2", "3"}}, d)

	var v struct {
		Limit int    `header:"LIMIT"`
		Agent string `header:"x-a"`
	}
	err := binding.Header.Bind(req, &v)
	require.Error(t, err)
	assert.Equal(t, `dram: header "LIMIT": must be an integer (type=integer)`, err.Error())
	assert.Equal(t, "1", v.Agent)

	req.Header.Set("X-A", "caf\xe9")
	require.NoError(t, binding.Header.Bind(req, &d), "a header may be Latin-1")
	assert.Equal(t, "caf\xe9", d.A)
}

func TestMapFormWithTag(t *testing.T) {
	var d struct {
		A int `custom:"x" form:"y"`
		H int `header:"x-low"`
	}
	require.NoError(t, binding.MapFormWithTag(&d, form{"x": {"1"}, "y": {"2"}}, "custom"))
	assert.Equal(t, 1, d.A)
	require.NoError(t, binding.MapFormWithTag(&d, form{"x-low": {"3"}}, "header"))
	assert.Equal(t, 3, d.H, "only the header binding canonicalises")

	err := binding.MapFormWithTag(&d, form{"x": {"z"}}, "custom")
	assert.EqualError(t, err, `dram: custom "x": must be an integer (type=integer)`)

	var required struct {
		A int `custom:"x" binding:"required"`
	}
	assert.NoError(t, binding.MapFormWithTag(&required, form{}, "custom"), "it does not validate")

	keys := form{}
	for i := range 100_000 {
		keys[strings.Repeat("k", i%50)+string(rune(i))] = []string{"v"}
	}
	assert.NoError(t, binding.MapFormWithTag(&d, keys, "custom"))
}

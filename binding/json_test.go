package binding_test

import (
	stdjson "encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/codec/json"
	"github.com/go-playground/validator/v10"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type user struct {
	Name string `json:"name" xml:"name" form:"name" binding:"required"`
	Age  int    `json:"age" xml:"age" form:"age"`
}

func TestJSON(t *testing.T) {
	var u user
	require.NoError(t, binding.JSON.Bind(bodyRequest("", " {\"name\":\"ann\",\"age\":7} \r\n\t"), &u))
	assert.Equal(t, user{"ann", 7}, u)

	var again user
	require.NoError(t, binding.JSON.BindBody([]byte(`{"name":"bob"}`), &again))
	assert.Equal(t, user{Name: "bob"}, again)
}

func TestJSONErrors(t *testing.T) {
	syntax := new(*stdjson.SyntaxError)
	wrongType := new(*stdjson.UnmarshalTypeError)
	tests := []struct {
		name, body string
		is         error
		as         any
	}{
		{name: "nothing", body: "", is: io.EOF},
		{name: "white space", body: " \t\r\n", is: io.EOF},
		{name: "cut off", body: `{"name":"a`, is: io.ErrUnexpectedEOF},
		{name: "no JSON", body: `name=a`, as: syntax},
		{name: "a second value", body: `{"name":"a"}{"name":"b"}`, as: syntax},
		{name: "garbage behind", body: `{"name":"a"} x`, as: syntax},
		{name: "wrong type", body: `{"name":"a","age":"x"}`, as: wrongType},
		{name: "out of range", body: `{"name":"a","age":1e999}`, as: wrongType},
		{name: "deeper than any value", body: strings.Repeat(`[`, 1_000_000), as: syntax},
		{name: "a broken rule", body: `{}`, as: new(validator.ValidationErrors)},
	}
	strict := map[string]func(){
		"Unmarshal": func() {},
		"Decoder":   func() { binding.EnableDecoderUseNumber = true },
	}
	for way, set := range strict {
		for _, tt := range tests {
			t.Run(way+"/"+tt.name, func(t *testing.T) {
				set()
				defer func() { binding.EnableDecoderUseNumber = false }()
				err := binding.JSON.Bind(bodyRequest("", tt.body), &user{})
				require.Error(t, err)
				if tt.is != nil {
					assert.ErrorIs(t, err, tt.is)
					assert.NotEmpty(t, binding.FieldErrors(err))
					assert.NotContains(t, err.Error(), "EOF")
					return
				}
				if way == "Decoder" && tt.name == "a second value" {
					return // encoding/json has no error of its own for it
				}
				assert.ErrorAs(t, err, tt.as)
			})
		}
	}
}

func TestJSONHugeNumberIsNotRepeated(t *testing.T) {
	body := `{"name":"a","age":` + strings.Repeat("9", 10<<20) + `}`
	err := binding.JSON.BindBody([]byte(body), &user{})
	require.Error(t, err)
	assert.Less(t, len(err.Error()), 1000)
}

func TestJSONBodyTooLarge(t *testing.T) {
	req := bodyRequest("", `{"name":"`+strings.Repeat("a", 1000)+`"}`)
	req.Body = http.MaxBytesReader(httptest.NewRecorder(), req.Body, 10)
	var tooLarge *http.MaxBytesError
	require.ErrorAs(t, binding.JSON.Bind(req, &user{}), &tooLarge)
	assert.EqualValues(t, 10, tooLarge.Limit)
}

func TestJSONUseNumber(t *testing.T) {
	var v struct{ N any }
	require.NoError(t, binding.JSON.BindBody([]byte(`{"N":12345678901234567890}`), &v))
	assert.IsType(t, float64(0), v.N)

	binding.EnableDecoderUseNumber = true
	defer func() { binding.EnableDecoderUseNumber = false }()
	require.NoError(t, binding.JSON.BindBody([]byte(`{"N":12345678901234567890} `), &v))
	assert.Equal(t, stdjson.Number("12345678901234567890"), v.N)
}

func TestJSONDisallowUnknownFields(t *testing.T) {
	body := []byte(`{"name":"a","nick":"b"}`)
	require.NoError(t, binding.JSON.BindBody(body, &user{}))

	binding.EnableDecoderDisallowUnknownFields = true
	defer func() { binding.EnableDecoderDisallowUnknownFields = false }()
	assert.ErrorContains(t, binding.JSON.BindBody(body, &user{}), "nick")
}

// A pooled buffer must not show through in what an earlier request decoded.
func TestJSONBufferIsNotShared(t *testing.T) {
	var first struct {
		Raw  stdjson.RawMessage `json:"raw"`
		Text string             `json:"text"`
	}
	require.NoError(t, binding.JSON.Bind(bodyRequest("", `{"raw":[1,2,3],"text":"first"}`), &first))
	for range 10 {
		var other map[string]any
		require.NoError(t, binding.JSON.Bind(bodyRequest("", `{"xxx":[9,9,9],"yyyy":"other"}`), &other))
	}
	assert.Equal(t, "[1,2,3]", string(first.Raw))
	assert.Equal(t, "first", first.Text)
}

// keeper is an engine whose Unmarshal keeps the bytes, as fast engines do.
type keeper struct {
	json.Core
	kept [][]byte
}

func (k *keeper) Unmarshal(data []byte, v any) error {
	k.kept = append(k.kept, data)
	return k.Core.Unmarshal(data, v)
}

func TestJSONOtherEngineOwnsTheBody(t *testing.T) {
	k := &keeper{Core: json.API}
	json.API = k
	defer func() { json.API = k.Core }()
	for _, name := range []string{"one", "two", "six"} {
		require.NoError(t, binding.JSON.Bind(bodyRequest("", `{"name":"`+name+`"}`), &user{}))
	}
	assert.Equal(t, `{"name":"one"}`, string(k.kept[0]))

	broken := bodyRequest("", "")
	broken.Body = io.NopCloser(failingReader{})
	assert.ErrorIs(t, binding.JSON.Bind(broken, &user{}), errBroken)
}

var errBroken = errors.New("the line broke")

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errBroken }

func TestBodyReadErrors(t *testing.T) {
	for _, b := range []binding.Binding{binding.JSON, binding.Plain, binding.YAML, binding.XML} {
		req := bodyRequest("", "")
		req.Body = io.NopCloser(failingReader{})
		var text string
		assert.ErrorIs(t, b.Bind(req, &text), errBroken, b.Name())
	}
}

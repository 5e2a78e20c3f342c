// Package jsontest is what every engine for codec/json has to hold to: clients
// must not see which one a program has chosen. See docs/contrib.md.
package jsontest

import (
	stdjson "encoding/json"
	"io"
	"math"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/codec/json"
	"github.com/dram-go/dram/render"
)

// Run tests the engine that json.API is. In what except names it has to differ from
// encoding/json.
func Run(t *testing.T, except ...string) {
	t.Run("IsTheSame", func(t *testing.T) { testSame(t, except) })
	t.Run("OutputIsThatOfEncodingJSON", testOutputIsThatOfEncodingJSON)
	t.Run("PureJSON", testPureJSON)
	t.Run("FailureSendsNothing", testFailureSendsNothing)
	t.Run("Decoder", testDecoder)
	t.Run("HostileInput", testHostileInput)
	t.Run("FieldErrors", testFieldErrors)
	t.Run("BehindTheBody", testBehindTheBody)
}

type distillery struct {
	Name    string             `json:"name"`
	Founded int                `json:"founded,omitempty"`
	Notes   map[string]any     `json:"notes"`
	Raw     stdjson.RawMessage `json:"raw"`
	Seen    time.Time          `json:"seen"`
	Shares  []float64          `json:"shares"`
	Bytes   []byte             `json:"bytes"`
	Next    *distillery        `json:"next,omitempty"`
}

// What clients see must not depend on the engine.
func testOutputIsThatOfEncodingJSON(t *testing.T) {
	values := map[string]any{
		"nil":      nil,
		"string":   "<a href='x'>&amp;\u2028\u2029\x00\x1f\"\\é𝄞",
		"numbers":  []float64{0, -1.5, 1e21, 1e-7, math.MaxFloat64, 3},
		"map":      map[string]int{"z": 1, "a": 2, "m": 3, "A": 4},
		"int keys": map[int]string{10: "a", 9: "b"},
		"struct": distillery{Name: "Oban", Notes: map[string]any{"smoke": nil, "fruit": []any{1, "x"}}, Raw: stdjson.RawMessage(`{"b":1,"a":[2]}`),
			Seen: time.Unix(1_700_000_000, 0).UTC(), Bytes: []byte("hi"), Next: &distillery{Founded: 1794}},
	}
	for name, v := range values {
		t.Run(name, func(t *testing.T) {
			want, err := stdjson.Marshal(v)
			require.NoError(t, err)
			got, err := json.API.Marshal(v)
			require.NoError(t, err)
			assert.Equal(t, string(want), string(got))

			w := httptest.NewRecorder()
			require.NoError(t, render.JSON{Data: v}.Render(w))
			assert.Equal(t, string(want), w.Body.String())

			want, err = stdjson.MarshalIndent(v, "", "    ")
			require.NoError(t, err)
			got, err = json.API.MarshalIndent(v, "", "    ")
			require.NoError(t, err)
			assert.Equal(t, string(want), string(got))
		})
	}
}

func testPureJSON(t *testing.T) {
	w := httptest.NewRecorder()
	require.NoError(t, render.PureJSON{Data: "<a> & b"}.Render(w))
	assert.Equal(t, "\"<a> & b\"\n", w.Body.String())
}

func testFailureSendsNothing(t *testing.T) {
	for _, r := range []render.Render{render.JSON{Data: func() {}}, render.PureJSON{Data: func() {}}, render.IndentedJSON{Data: func() {}}} {
		w := httptest.NewRecorder()
		require.Error(t, r.Render(w))
		assert.Empty(t, w.Header())
		assert.Empty(t, w.Body.String())
	}
}

func testDecoder(t *testing.T) {
	var out distillery
	d := json.API.NewDecoder(strings.NewReader(`{"name": "Oban"} {"unknown": 1}`))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(&out))
	assert.Equal(t, "Oban", out.Name)
	require.Error(t, d.Decode(&out))

	var number any
	d = json.API.NewDecoder(strings.NewReader(`12345678901234567890`))
	d.UseNumber()
	require.NoError(t, d.Decode(&number))
	assert.Equal(t, stdjson.Number("12345678901234567890"), number)
	require.ErrorIs(t, d.Decode(&number), io.EOF)

	require.Error(t, json.API.Unmarshal([]byte(`{} x`), &out))
}

// Endless nesting is refused, even where the decoder skips it.
func testHostileInput(t *testing.T) {
	deep := strings.Repeat("[", 1_000_000)
	for name, document := range map[string]string{
		"arrays":  deep,
		"objects": strings.Repeat(`{"a":`, 1_000_000),
		"skipped": `{"unknown":` + deep,
		"struct":  strings.Repeat(`{"next":`, 1_000_000),
	} {
		t.Run(name, func(t *testing.T) {
			var untyped any
			require.Error(t, json.API.Unmarshal([]byte(document), &untyped))
			var typed distillery
			require.Error(t, json.API.Unmarshal([]byte(document), &typed))
		})
	}
}

// The error that a client reads about a wrong body is the same with every
// engine, and quotes none of the body.
func testFieldErrors(t *testing.T) {
	type order struct {
		N    int            `json:"n" binding:"max=9"`
		Tiny int8           `json:"tiny"`
		List []distillery   `json:"list"`
		Map  map[string]int `json:"map"`
		When time.Time      `json:"when"`
		Text string         `json:"text"`
	}
	for body, want := range map[string][]string{
		``:                               {"must not be empty"},
		`{`:                              {"is cut off"},
		`{"n":1,"text":"SECRET`:          {"is cut off"},
		`{"n":SECRET}`:                   {"is not valid JSON"},
		`{"text":"SECRET"} SECRET`:       {"must be a single JSON value; there is more behind it"},
		`["SECRET"]`:                     {"must be an object"},
		`{"n":"SECRET"}`:                 {"n must be an integer"},
		`{"n":1.5}`:                      {"n must be an integer"},
		`{"n":true,"text":{"SECRET":1}}`: {"n must be an integer", "text must be a string"},
		`{"tiny":128}`:                   {"tiny must be an integer between -128 and 127"},
		`{"list":[{"founded":1},{"founded":"SECRET"}]}`: {"list[1].founded must be an integer"},
		`{"map":{"a":"SECRET","b":1}}`:                  {"map[a] must be an integer"},
		`{"when":"SECRET"}`:                             {"when must be a time"},
		`{"n":10,"text":1}`:                             {"text must be a string", "n must be at most 9"},
	} {
		t.Run(body, func(t *testing.T) {
			err := binding.JSON.BindBody([]byte(body), new(order))
			require.Error(t, err)
			var got []string
			for _, fault := range binding.FieldErrors(err) {
				got = append(got, strings.TrimSpace(fault.Field+" "+fault.Message))
			}
			assert.Equal(t, want, got)
			assert.NotContains(t, err.Error(), "SECRET")
		})
	}
}

// A Decoder, which binding needs for its switches, may take what is not a value for the end of the body.
func testBehindTheBody(t *testing.T) {
	binding.EnableDecoderDisallowUnknownFields = true
	defer func() { binding.EnableDecoderDisallowUnknownFields = false }()
	for _, behind := range []string{"x", " x", "{", "}", "[", "]", ",", ":", `"`, "-", "\x00", " nul", "1", "{}"} {
		err := binding.JSON.BindBody([]byte(`{"name":"Oban"}`+behind), new(distillery))
		require.Error(t, err, behind)
		require.Len(t, binding.FieldErrors(err), 1, behind)
		assert.Equal(t, "must be a single JSON value; there is more behind it", binding.FieldErrors(err)[0].Message, behind)
	}
	require.NoError(t, binding.JSON.BindBody([]byte("{\"name\":\"Oban\"} \r\n\t"), new(distillery)))
}

package bson_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	gobson "go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/codec"
	"github.com/dram-go/dram/contrib/bson"
	"github.com/dram-go/dram/render"
)

type distillery struct {
	Name  string   `bson:"name"`
	Casks []string `bson:"casks"`
}

func Example() {
	w := httptest.NewRecorder()
	err := render.BSON{Data: map[string]int32{"age": 10}}.Render(w)
	fmt.Println(err, w.Header().Get("Content-Type"))
	fmt.Printf("%q\n", w.Body)
	// Output:
	// <nil> application/bson
	// "\x0e\x00\x00\x00\x10age\x00\n\x00\x00\x00\x00"
}

func TestRoundTrip(t *testing.T) {
	c, err := codec.Get("bson")
	require.NoError(t, err)
	byMIME, ok := codec.ByMIME("application/bson")
	require.True(t, ok)
	assert.Equal(t, c, byMIME)

	in := distillery{Name: "Lagavulin", Casks: []string{"sherry"}}
	data, err := c.Marshal(in)
	require.NoError(t, err)
	var out distillery
	require.NoError(t, c.Unmarshal(data, &out))
	assert.Equal(t, in, out)

	w := httptest.NewRecorder()
	require.NoError(t, render.BSON{Data: in}.Render(w))
	var bound distillery
	require.NoError(t, binding.BSON.Bind(httptest.NewRequest(http.MethodPost, "/", w.Body), &bound))
	assert.Equal(t, in, bound)

	require.ErrorIs(t, c.Unmarshal(nil, &out), io.EOF)
	_, err = c.Marshal(7)
	require.Error(t, err, "a number is not a document")
}

// nested returns a document in a document in a document, and so on.
func nested(depth int) []byte {
	size := 5 + 8*depth
	data := make([]byte, 0, size)
	for left := size; left > 5; left -= 8 {
		data = binary.LittleEndian.AppendUint32(data, uint32(left))
		data = append(data, 3, 'a', 0)
	}
	data = append(data, 5, 0, 0, 0, 0)
	return append(data, make([]byte, depth)...)
}

// A document that lies about its size, or nests without end, is refused before
// it costs memory or stack.
func TestHostileInput(t *testing.T) {
	var out map[string]any
	require.NoError(t, bson.Codec{}.Unmarshal(nested(99), &out))

	tests := map[string][]byte{
		"empty":           nil,
		"huge document":   {0xff, 0xff, 0xff, 0x7f, 0},
		"negative size":   {0xff, 0xff, 0xff, 0xff, 0},
		"huge string":     {16, 0, 0, 0, 2, 'a', 0, 0xff, 0xff, 0xff, 0x7f, 'x', 'x', 'x', 'x', 0},
		"trailing data":   {5, 0, 0, 0, 0, 1, 2},
		"unknown element": {8, 0, 0, 0, 0x50, 'a', 0, 0},
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			var untyped map[string]any
			require.Error(t, bson.Codec{}.Unmarshal(data, &untyped))
			var typed distillery
			require.Error(t, bson.Codec{}.Unmarshal(data, &typed))
		})
	}
}

func TestNumberThatDoesNotFit(t *testing.T) {
	for _, in := range []gobson.D{{{Key: "small", Value: 300}}, {{Key: "small", Value: 1.5}}, {{Key: "unsigned", Value: -1}}, {{Key: "whole", Value: 1e19}}, {{Key: "half", Value: 1e40}}} {
		data, err := gobson.Marshal(in)
		require.NoError(t, err)
		var out struct {
			Small    int8
			Unsigned uint
			Whole    int64
			Half     float32
		}
		assert.Error(t, bson.Codec{}.Unmarshal(data, &out), in)
	}
}

// A document whose inside breaks off is not an empty one, for which io.EOF stands.
func TestBrokenIsNotEmpty(t *testing.T) {
	document := []byte("\x16\x00\x00\x00\x0fa\x00\x0e\x00\x00\x00\xff\xff\xff\x7f\x00\x05\x00\x00\x00\x00\x00")
	var out map[string]any
	err := bson.Codec{}.Unmarshal(document, &out)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.NotErrorIs(t, err, io.EOF)
}

// Nesting without end would exhaust the stack, and so end the process, also where
// the decoder skips it.
func TestDepth(t *testing.T) {
	for _, depth := range []int{bson.MaxDepth, 1_000_000} {
		var untyped map[string]any
		require.ErrorIs(t, bson.Codec{}.Unmarshal(nested(depth), &untyped), bson.ErrTooDeep)
		var typed distillery
		require.ErrorIs(t, bson.Codec{}.Unmarshal(nested(depth), &typed), bson.ErrTooDeep)
	}

	var v any = int32(1)
	for range bson.MaxDepth {
		v = []any{v}
	}
	data, err := bson.Codec{}.Marshal(map[string]any{"a": v})
	require.NoError(t, err)
	var out map[string]any
	require.ErrorIs(t, bson.Codec{}.Unmarshal(data, &out), bson.ErrTooDeep, "arrays count")

	code := gobson.CodeWithScope{Code: "x", Scope: gobson.D{{Key: "a", Value: v}}}
	data, err = bson.Codec{}.Marshal(map[string]any{"a": code})
	require.NoError(t, err)
	require.ErrorIs(t, bson.Codec{}.Unmarshal(data, &out), bson.ErrTooDeep, "scopes count")
}

package protobuf_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/codec"
	"github.com/dram-go/dram/contrib/protobuf"
	"github.com/dram-go/dram/render"
)

func Example() {
	w := httptest.NewRecorder()
	err := render.ProtoBuf{Data: wrapperspb.String("Talisker")}.Render(w)
	fmt.Println(err, w.Header().Get("Content-Type"))
	fmt.Printf("%q\n", w.Body)
	// Output:
	// <nil> application/x-protobuf
	// "\n\bTalisker"
}

func TestRoundTrip(t *testing.T) {
	c, err := codec.Get("protobuf")
	require.NoError(t, err)
	byMIME, ok := codec.ByMIME("application/x-protobuf")
	require.True(t, ok)
	assert.Equal(t, c, byMIME)

	in, err := structpb.NewStruct(map[string]any{"name": "Lagavulin", "casks": []any{"sherry"}})
	require.NoError(t, err)
	data, err := c.Marshal(in)
	require.NoError(t, err)
	out := &structpb.Struct{Fields: map[string]*structpb.Value{"old": nil}}
	require.NoError(t, c.Unmarshal(data, out))
	assert.True(t, proto.Equal(in, out), "%v", out)

	w := httptest.NewRecorder()
	require.NoError(t, render.ProtoBuf{Data: in}.Render(w))
	bound := new(structpb.Struct)
	require.NoError(t, binding.ProtoBuf.Bind(httptest.NewRequest(http.MethodPost, "/", w.Body), bound))
	assert.True(t, proto.Equal(in, bound), "%v", bound)
}

func TestOnlyMessages(t *testing.T) {
	for _, v := range []any{nil, 7, struct{}{}, &struct{}{}, map[string]any{}} {
		_, err := protobuf.Codec{}.Marshal(v)
		require.ErrorIs(t, err, protobuf.ErrNotMessage, "%T", v)
		require.ErrorIs(t, protobuf.Codec{}.Unmarshal(nil, v), protobuf.ErrNotMessage, "%T", v)
	}

	w := httptest.NewRecorder()
	err := render.ProtoBuf{Data: 7}.Render(w)
	require.ErrorIs(t, err, protobuf.ErrNotMessage)
	assert.Empty(t, w.Header())
	assert.Empty(t, w.Body.String())
}

// A message that lies about its size, or nests without end, is refused before it
// costs memory or stack.
func TestHostileInput(t *testing.T) {
	var deep []byte
	for range 10_100 { // a list in a value in a list, and so on
		deep = append(binary.AppendUvarint([]byte{0x0a}, uint64(len(deep))), deep...)
		deep = append(binary.AppendUvarint([]byte{0x32}, uint64(len(deep))), deep...)
	}
	tests := map[string][]byte{
		"huge field": {0x32, 0xff, 0xff, 0xff, 0xff, 0x07},
		"cut short":  {0xff},
		"groups":     bytes.Repeat([]byte{0x0b}, 1_000_000),
		"deep":       deep,
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			require.Error(t, protobuf.Codec{}.Unmarshal(data, new(structpb.Value)))
		})
	}
}

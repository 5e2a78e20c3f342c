package msgpack_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/codec"
	"github.com/dram-go/dram/contrib/msgpack"
	"github.com/dram-go/dram/render"
)

type distillery struct {
	Name    string    `json:"name"`
	Founded int       `codec:"founded"`
	Logo    []byte    `json:"logo"`
	Seen    time.Time `json:"seen"`
}

func Example() {
	w := httptest.NewRecorder()
	err := render.MsgPack{Data: map[string]int{"age": 10}}.Render(w)
	fmt.Println(err, w.Header().Get("Content-Type"))
	fmt.Printf("% x\n", w.Body.Bytes())
	// Output:
	// <nil> application/msgpack; charset=utf-8
	// 81 a3 61 67 65 0a
}

func TestRoundTrip(t *testing.T) {
	c, err := codec.Get("msgpack")
	require.NoError(t, err)
	for _, mime := range c.MIMETypes() {
		byMIME, ok := codec.ByMIME(mime)
		require.True(t, ok, mime)
		assert.Equal(t, c, byMIME)
	}

	in := distillery{Name: "Lagavulin", Founded: 1816, Logo: []byte{0, 0xff}, Seen: time.Unix(1_700_000_000, 5).UTC()}
	data, err := c.Marshal(in)
	require.NoError(t, err)
	var out distillery
	require.NoError(t, c.Unmarshal(data, &out))
	assert.Equal(t, in, out)

	w := httptest.NewRecorder()
	require.NoError(t, render.MsgPack{Data: in}.Render(w))
	var bound distillery
	require.NoError(t, binding.MsgPack.Bind(httptest.NewRequest(http.MethodPost, "/", w.Body), &bound))
	assert.Equal(t, in, bound)
}

// Every format of the specification is read, and none is taken for another.
func TestFormats(t *testing.T) {
	long := func(head []byte, n int) []byte { return append(head, bytes.Repeat([]byte{'x'}, n)...) }
	tests := map[string]struct {
		data []byte
		want any
	}{
		"fixint":          {[]byte{0x07}, int64(7)},
		"negative fixint": {[]byte{0xff}, int64(-1)},
		"nil":             {[]byte{0xc0}, nil},
		"false":           {[]byte{0xc2}, false},
		"true":            {[]byte{0xc3}, true},
		"uint 8":          {[]byte{0xcc, 0xff}, uint64(255)},
		"uint 64":         {[]byte{0xcf, 0, 0, 0, 0, 0, 0, 1, 0}, uint64(256)},
		"int 16":          {[]byte{0xd1, 0xff, 0}, int64(-256)},
		"float 64":        {[]byte{0xcb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0}, 1.5},
		"fixstr":          {[]byte("\xa2hi"), "hi"},
		"str 8":           {long([]byte{0xd9, 40}, 40), string(long(nil, 40))},
		"str 16":          {long([]byte{0xda, 1, 0}, 256), string(long(nil, 256))},
		"str 32":          {long([]byte{0xdb, 0, 0, 0, 1}, 1), "x"},
		"bin 8":           {[]byte{0xc4, 1, 'x'}, []byte("x")},
		"fixarray":        {[]byte{0x92, 1, 2}, []any{int64(1), int64(2)}},
		"array 16":        {[]byte{0xdc, 0, 1, 1}, []any{int64(1)}},
		"fixmap":          {[]byte{0x81, 0xa1, 'a', 0x90}, map[string]any{"a": []any{}}},
		"map 32":          {[]byte{0xdf, 0, 0, 0, 1, 0xa1, 'a', 1}, map[string]any{"a": int64(1)}},
		"timestamp 32":    {[]byte{0xd6, 0xff, 0, 0, 0, 1}, time.Unix(1, 0).UTC()},
		"timestamp 96":    {[]byte{0xc7, 12, 0xff, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1}, time.Unix(1, 5).UTC()},
		"1000 deep":       {append(bytes.Repeat([]byte{0x91}, 1000), 1), nest(1000)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var out any
			require.NoError(t, msgpack.Codec{}.Unmarshal(tt.data, &out))
			assert.EqualValues(t, tt.want, out)
			for cut := range min(len(tt.data), 300) {
				require.Error(t, msgpack.Codec{}.Unmarshal(tt.data[:cut], &out), "the first %d bytes", cut)
			}
		})
	}
}

func nest(depth int) any {
	var v any = int64(1)
	for range depth {
		v = []any{v}
	}
	return v
}

// A message that lies about its size, or nests without end, is refused before it
// costs memory or stack; also where the decoder would skip it.
//
// fiber, GO-2026-4534 (CVE-2026-25899): the length that a cookie in MessagePack claimed was allocated.
func TestHostileInput(t *testing.T) {
	deep := bytes.Repeat([]byte{0x91}, 5_000_000)
	tests := map[string]struct {
		data []byte
		want error
	}{
		"empty":            {nil, io.EOF},
		"huge array":       {[]byte{0xdd, 0xff, 0xff, 0xff, 0xff}, io.ErrUnexpectedEOF},
		"huge arrays":      {bytes.Repeat([]byte{0xdd, 0xff, 0xff, 0xff, 0xff}, 1000), io.ErrUnexpectedEOF},
		"huge map":         {[]byte{0xdf, 0xff, 0xff, 0xff, 0xff}, io.ErrUnexpectedEOF},
		"huge str":         {[]byte{0xdb, 0xff, 0xff, 0xff, 0xff, 'x'}, io.ErrUnexpectedEOF},
		"huge bin":         {[]byte{0xc6, 0xff, 0xff, 0xff, 0xff, 'x'}, io.ErrUnexpectedEOF},
		"huge ext":         {[]byte{0xc9, 0xff, 0xff, 0xff, 0xff, 5}, io.ErrUnexpectedEOF},
		"deep":             {deep, msgpack.ErrTooDeep},
		"deep and skipped": {append([]byte{0x81, 0xa1, 'z'}, deep...), msgpack.ErrTooDeep},
		"1001 deep":        {append(bytes.Repeat([]byte{0x91}, 1001), 1), msgpack.ErrTooDeep},
		"trailing data":    {[]byte{1, 2}, msgpack.ErrTrailingData},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var untyped any
			require.ErrorIs(t, msgpack.Codec{}.Unmarshal(tt.data, &untyped), tt.want)
			var typed distillery
			require.ErrorIs(t, msgpack.Codec{}.Unmarshal(tt.data, &typed), tt.want)
		})
	}
	var out any
	require.ErrorContains(t, msgpack.Codec{}.Unmarshal([]byte{0x91, 0xc1}, &out), "0xc1")
	var number int
	require.Error(t, msgpack.Codec{}.Unmarshal([]byte("\xa2hi"), &number), "a string is not a number")
}

// What was decoded can be written and read again, and no message panics.
func FuzzUnmarshal(f *testing.F) {
	f.Add([]byte{0x81, 0xa1, 'a', 0x92, 1, 0xc0})
	f.Add([]byte{0xd6, 0xff, 0, 0, 0, 1})
	f.Add([]byte{0xc7, 3, 5, 1, 2, 3})
	f.Fuzz(func(t *testing.T, data []byte) {
		var out any
		err := msgpack.Codec{}.Unmarshal(data, &out)
		if err != nil {
			return
		}
		_, err = msgpack.Codec{}.Marshal(out)
		require.NoError(t, err)
	})
}

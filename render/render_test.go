package render_test

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/codec"
	"github.com/dram-go/dram/render"
)

type distillery struct {
	Name    string `json:"name" xml:"name"`
	Founded int    `json:"founded" xml:"founded,attr"`
}

var oban = distillery{"Oban", 1794}

// upper is a codec that stands in for any.
type upper struct{ name string }

func (c upper) Name() string        { return c.name }
func (c upper) MIMETypes() []string { return []string{"application/" + c.name} }
func (c upper) Marshal(v any) ([]byte, error) {
	if v == nil {
		return nil, errUpper
	}
	return fmt.Appendf(nil, "%s %v", c.name, v), nil
}
func (upper) Unmarshal([]byte, any) error { return nil }

var errUpper = errors.New("nothing to write")

func TestMain(m *testing.M) {
	for _, name := range []string{"yaml", "toml", "protobuf", "msgpack"} {
		codec.Register(upper{name})
	}
	m.Run()
}

// What each Render writes, with its Content-Type.
func TestBodies(t *testing.T) {
	tests := map[string]struct {
		r                 render.Render
		contentType, body string
	}{
		"JSON":                    {render.JSON{Data: oban}, "application/json; charset=utf-8", `{"name":"Oban","founded":1794}`},
		"JSON, escaped":           {render.JSON{Data: "<a>&\u2028"}, "application/json; charset=utf-8", `"\u003ca\u003e\u0026\u2028"`},
		"JSON, nil":               {render.JSON{}, "application/json; charset=utf-8", `null`},
		"JSON, newline in string": {render.JSON{Data: "a\n"}, "application/json; charset=utf-8", `"a\n"`},
		"PureJSON":                {render.PureJSON{Data: "<a>&"}, "application/json; charset=utf-8", "\"<a>&\"\n"},
		"IndentedJSON":            {render.IndentedJSON{Data: oban}, "application/json; charset=utf-8", "{\n    \"name\": \"Oban\",\n    \"founded\": 1794\n}"},
		"SecureJSON, array":       {render.SecureJSON{Prefix: "while(1);", Data: []int{1}}, "application/json; charset=utf-8", "while(1);[1]"},
		"SecureJSON, object":      {render.SecureJSON{Prefix: "while(1);", Data: oban}, "application/json; charset=utf-8", `{"name":"Oban","founded":1794}`},
		"SecureJSON, nil array":   {render.SecureJSON{Prefix: "while(1);", Data: []int(nil)}, "application/json; charset=utf-8", "null"},
		"SecureJSON, \"[\"":       {render.SecureJSON{Prefix: "while(1);", Data: "[1]"}, "application/json; charset=utf-8", `"[1]"`},
		"JSONP":                   {render.JsonpJSON{Callback: "show", Data: oban}, "application/javascript; charset=utf-8", `show({"name":"Oban","founded":1794});`},
		"JSONP, no callback":      {render.JsonpJSON{Data: 1}, "application/javascript; charset=utf-8", `1`},
		"AsciiJSON":               {render.AsciiJSON{Data: "é<\x7f"}, "application/json", "\"\\u00e9\\u003c\x7f\""},
		"AsciiJSON, astral":       {render.AsciiJSON{Data: map[string]string{"𝄞": "é🥃"}}, "application/json", `{"\ud834\udd1e":"\u00e9\ud83e\udd43"}`},
		"XML":                     {render.XML{Data: oban}, "application/xml; charset=utf-8", `<distillery founded="1794"><name>Oban</name></distillery>`},
		"String":                  {render.String{Format: "%d%%"}, "text/plain; charset=utf-8", "%d%%"},
		"String with data":        {render.String{Format: "%d%% of %s", Data: []any{43, "Oban"}}, "text/plain; charset=utf-8", "43% of Oban"},
		"String, empty":           {render.String{}, "text/plain; charset=utf-8", ""},
		"Data":                    {render.Data{ContentType: "image/x-cask", Data: []byte{1, 2}}, "image/x-cask", "\x01\x02"},
		"YAML":                    {render.YAML{Data: 1}, "application/yaml; charset=utf-8", "yaml 1"},
		"TOML":                    {render.TOML{Data: 1}, "application/toml; charset=utf-8", "toml 1"},
		"ProtoBuf":                {render.ProtoBuf{Data: 1}, "application/x-protobuf", "protobuf 1"},
		"MsgPack":                 {render.MsgPack{Data: 1}, "application/msgpack; charset=utf-8", "msgpack 1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			require.NoError(t, tt.r.Render(w))
			assert.Equal(t, []string{tt.contentType}, w.Header()["Content-Type"])
			assert.Equal(t, tt.body, w.Body.String())

			w = httptest.NewRecorder()
			tt.r.WriteContentType(w)
			assert.Equal(t, []string{tt.contentType}, w.Header()["Content-Type"], "WriteContentType sets the same")
			assert.Empty(t, w.Body.String())

			w = httptest.NewRecorder()
			w.Header().Set("Content-Type", "text/x-mine")
			require.NoError(t, tt.r.Render(w))
			tt.r.WriteContentType(w)
			assert.Equal(t, []string{"text/x-mine"}, w.Header()["Content-Type"], "the handler's own wins")
		})
	}
}

// What cannot be encoded leaves neither a header nor a byte behind.
func TestFailureSendsNothing(t *testing.T) {
	bad := func() {}
	tests := map[string]struct {
		r    render.Render
		want string
	}{
		"JSON":           {render.JSON{Data: bad}, "dram: cannot render func() as JSON: "},
		"JSON, half-way": {render.JSON{Data: []any{1, 2, math.Inf(1)}}, "dram: cannot render []interface {} as JSON: "},
		"PureJSON":       {render.PureJSON{Data: bad}, "as JSON"},
		"IndentedJSON":   {render.IndentedJSON{Data: bad}, "as JSON"},
		"SecureJSON":     {render.SecureJSON{Data: bad}, "as JSON"},
		"JSONP":          {render.JsonpJSON{Callback: "f", Data: bad}, "as JSON"},
		"AsciiJSON":      {render.AsciiJSON{Data: bad}, "as JSON"},
		"XML":            {render.XML{Data: bad}, "as XML"},
		"XML, half-way":  {render.XML{Data: []any{oban, bad}}, "as XML"},
		"YAML":           {render.YAML{}, "dram: cannot render <nil> as yaml: nothing to write"},
		"BSON, no codec": {render.BSON{Data: oban}, "dram-go/dram/contrib/bson"},
		"Reader":         {render.Reader{ContentType: "a/b", ContentLength: 3}, "dram: render.Reader"},
		"HTML, no set":   {render.HTML{Name: "x"}, "LoadHTMLGlob"},
		"SSEvent":        {render.SSEvent{Event: "e", Data: []any{bad}}, "as JSON"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			err := tt.r.Render(w)
			require.ErrorContains(t, err, tt.want)
			assert.Empty(t, w.Header())
			assert.Empty(t, w.Body.String())
			assert.False(t, w.Flushed)
		})
	}
	require.ErrorIs(t, render.BSON{}.Render(httptest.NewRecorder()), codec.ErrNotRegistered)
	require.ErrorIs(t, render.YAML{}.Render(httptest.NewRecorder()), errUpper)
	require.ErrorIs(t, render.Reader{}.Render(httptest.NewRecorder()), render.ErrNoReader)
	render.BSON{}.WriteContentType(httptest.NewRecorder())
}

// gone is the connection of a client that went away.
type gone struct{ header http.Header }

var errGone = errors.New("client gone")

func (g gone) Header() http.Header     { return g.header }
func (gone) Write([]byte) (int, error) { return 0, errGone }
func (gone) WriteHeader(int)           {}

// A client that is gone is the caller's error, and only of this response: pooled
// encoders must not remember it.
func TestWriteErrors(t *testing.T) {
	renders := []render.Render{
		render.JSON{Data: oban}, render.PureJSON{Data: oban}, render.IndentedJSON{}, render.SecureJSON{}, render.JsonpJSON{}, render.AsciiJSON{},
		render.XML{Data: oban}, render.String{Format: "x"}, render.String{Format: "%d", Data: []any{1}}, render.Data{Data: []byte("x")},
		render.YAML{Data: 1}, render.SSEvent{Data: "x"},
	}
	for _, r := range renders {
		t.Run(fmt.Sprintf("%T", r), func(t *testing.T) {
			require.ErrorIs(t, r.Render(gone{http.Header{}}), errGone)
			for range 4 {
				w := httptest.NewRecorder()
				require.NoError(t, r.Render(w))
				assert.NotEmpty(t, w.Body.String())
			}
		})
	}
}

// Headers that all responses share must survive what a handler does to its own.
func TestSharedHeadersAreSafe(t *testing.T) {
	renders := []render.Render{
		render.JSON{}, render.String{}, render.XML{Data: 1}, render.SSEvent{},
		render.Data{ContentType: "text/html; charset=utf-8", Data: []byte("x")},
	}
	for _, r := range renders {
		w := httptest.NewRecorder()
		require.NoError(t, r.Render(w))
		want := w.Header().Clone()
		for name := range want {
			w.Header().Add(name, "forged")
			w.Header()[name] = append(w.Header()[name][:1], "forged")
		}
		w = httptest.NewRecorder()
		require.NoError(t, r.Render(w))
		assert.Equal(t, want, w.Header(), "%T", r)
		for name, values := range w.Header() {
			assert.Equal(t, len(values), cap(values), "%T: %s: an append has to copy", r, name)
		}
	}
}

package render_test

import (
	stdjson "encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"text/template"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/codec/json"
	"github.com/dram-go/dram/render"
)

func ExampleJSON() {
	w := httptest.NewRecorder()
	err := render.JSON{Data: map[string]any{"name": "Oban", "cask": "<oak>"}}.Render(w)
	fmt.Println(err, w.Header().Get("Content-Type"))
	fmt.Println(w.Body)
	// Output:
	// <nil> application/json; charset=utf-8
	// {"cask":"\u003coak\u003e","name":"Oban"}
}

func ExampleJsonpJSON() {
	w := httptest.NewRecorder()
	err := render.JsonpJSON{Callback: "alert('x')", Data: 7}.Render(w)
	fmt.Println(err, w.Body)
	// Output: <nil> alert(\'x\')(7);
}

func ExampleAsciiJSON() {
	w := httptest.NewRecorder()
	err := render.AsciiJSON{Data: "Sláinte 🥃"}.Render(w)
	fmt.Println(err, w.Body)
	// Output: <nil> "Sl\u00e1inte \ud83e\udd43"
}

// writes counts the calls of Write.
type writes struct {
	*httptest.ResponseRecorder
	n int
}

func (w *writes) Write(p []byte) (int, error) {
	w.n++
	return w.ResponseRecorder.Write(p)
}

// The pooled encoder counts on one Write for one value: a value that fails at its
// end must not have been sent up to there.
func TestStandardEncoderWritesOnce(t *testing.T) {
	large := strings.Repeat("0123456789", 1_000_000)
	for _, r := range []render.Render{render.JSON{Data: large}, render.PureJSON{Data: large}} {
		w := &writes{ResponseRecorder: httptest.NewRecorder()}
		require.NoError(t, r.Render(w))
		assert.Equal(t, 1, w.n)
		assert.Equal(t, `"`+large+`"`, strings.TrimSuffix(w.Body.String(), "\n"))
	}
	w := httptest.NewRecorder()
	require.Error(t, render.JSON{Data: []any{large, func() {}}}.Render(w))
	assert.Empty(t, w.Body.String())
}

// One pool serves both kinds of JSON, and failures between them.
func TestEncodersAreReusedClean(t *testing.T) {
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for i := range 200 {
				w := httptest.NewRecorder()
				switch i % 4 {
				case 0:
					assert.NoError(t, render.JSON{Data: "<"}.Render(w))
					assert.Equal(t, `"\u003c"`, w.Body.String())
				case 1:
					assert.NoError(t, render.PureJSON{Data: "<"}.Render(w))
					assert.Equal(t, "\"<\"\n", w.Body.String())
				case 2:
					assert.Error(t, render.JSON{Data: func() {}}.Render(w))
				case 3:
					assert.ErrorIs(t, render.JSON{Data: 1}.Render(gone{http.Header{}}), errGone)
				}
			}
		})
	}
	group.Wait()
}

var errEngine = errors.New("engine")

// engine is a JSON engine that marks what it wrote. As a slice it cannot be
// compared, which must not matter.
type engine []json.Core

func (e engine) Marshal(v any) ([]byte, error) {
	if v == nil {
		return nil, errEngine
	}
	data, err := e[0].Marshal(v)
	return append([]byte("/*mine*/"), data...), err
}
func (e engine) Unmarshal(data []byte, v any) error { return e[0].Unmarshal(data, v) }
func (e engine) MarshalIndent(v any, prefix, indent string) ([]byte, error) {
	return e[0].MarshalIndent(v, prefix, indent)
}
func (e engine) NewEncoder(w io.Writer) json.Encoder { return &marking{e[0].NewEncoder(w), w} }
func (e engine) NewDecoder(r io.Reader) json.Decoder { return e[0].NewDecoder(r) }

type marking struct {
	json.Encoder
	w io.Writer
}

func (m *marking) Encode(v any) error {
	if v == nil {
		return errEngine
	}
	if _, err := io.WriteString(m.w, "/*mine*/"); err != nil {
		return err
	}
	return m.Encoder.Encode(v)
}

// The engine may be swapped after the pool has filled, and back.
func TestSwappedEngine(t *testing.T) {
	body := func(r render.Render) string {
		w := httptest.NewRecorder()
		require.NoError(t, r.Render(w))
		assert.Equal(t, "application/json; charset=utf-8", w.Header().Get("Content-Type"))
		return w.Body.String()
	}
	assert.Equal(t, `"\u003c"`, body(render.JSON{Data: "<"}))

	standard := json.API
	json.API = engine{standard}
	defer func() { json.API = standard }()
	assert.Equal(t, `/*mine*/"\u003c"`, body(render.JSON{Data: "<"}))
	assert.Equal(t, "/*mine*/\"<\"\n", body(render.PureJSON{Data: "<"}))
	for _, r := range []render.Render{render.JSON{}, render.PureJSON{}, render.SecureJSON{}, render.AsciiJSON{}, render.JsonpJSON{}} {
		w := httptest.NewRecorder()
		require.ErrorIs(t, r.Render(w), errEngine)
		assert.Empty(t, w.Header())
	}

	json.API = standard
	assert.Equal(t, `"\u003c"`, body(render.JSON{Data: "<"}))
}

// text/template's escaping of a callback is the model, but for what it does not do
// right: DEL, characters beyond U+FFFF that cannot be printed, and broken UTF-8.
func FuzzJSONPCallback(f *testing.F) {
	for _, seed := range []string{"show", "a.b[0]", "');alert(1)//", "</script>", "\u2028\u2029", "é=ü", "\x00\x1f\x7f", "\U000e0001", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, callback string) {
		if callback == "" {
			return
		}
		w := httptest.NewRecorder()
		require.NoError(t, render.JsonpJSON{Callback: callback, Data: 1}.Render(w))
		got, found := strings.CutSuffix(w.Body.String(), "(1);")
		require.True(t, found)
		assert.NotRegexp(t, "[<>&=\r\n\u2028\u2029]", got)

		// As the inside of a string literal it stands for itself. JSON knows no \'.
		var decoded string
		require.NoError(t, stdjson.Unmarshal([]byte(`"`+strings.ReplaceAll(got, `\'`, `'`)+`"`), &decoded), "%q", got)
		valid := strings.ToValidUTF8(callback, "")
		if valid == callback {
			require.Equal(t, callback, decoded)
		}
		if isModelled(callback) {
			require.Equal(t, template.JSEscapeString(callback), got)
		}
	})
}

func isModelled(s string) bool {
	for _, r := range s {
		if r > 0xffff || r == '\uFFFD' || r == 0x7f {
			return false
		}
	}
	return true
}

// AsciiJSON is ASCII, and decodes to what JSON decodes to.
func FuzzAsciiJSON(f *testing.F) {
	for _, seed := range []string{"", "plain", "é", "🥃𝄞", "\u2028<>&", "\xff", "\U0010ffff\x00", `\u00e9`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v := map[string][]string{s: {s, s + s}}
		ascii, plain := httptest.NewRecorder(), httptest.NewRecorder()
		require.NoError(t, render.AsciiJSON{Data: v}.Render(ascii))
		require.NoError(t, render.JSON{Data: v}.Render(plain))
		for _, c := range ascii.Body.Bytes() {
			require.Less(t, c, byte(0x80))
		}
		var got, want any
		require.NoError(t, stdjson.Unmarshal(ascii.Body.Bytes(), &got))
		require.NoError(t, stdjson.Unmarshal(plain.Body.Bytes(), &want))
		require.Equal(t, want, got)
	})
}

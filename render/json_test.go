package render_test

import (
	stdjson "encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

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
	err := render.JsonpJSON{Callback: "app.show", Data: 7}.Render(w)
	fmt.Println(err, w.Body)
	err = render.JsonpJSON{Callback: "alert(1)//", Data: 7}.Render(w)
	fmt.Println(err)
	// Output:
	// <nil> app.show(7);
	// dram: render: the callback is not a name, or names joined by dots: "alert(1)//"
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

// What is written in front of the bracket is the name of a function, or nothing is
// written at all.
func FuzzJSONPCallback(f *testing.F) {
	for _, seed := range []string{
		"show", "a.b.c", "$", "_1", "jQuery3_4", "a.b[0]", "alert(1)//", "');alert(1)//", "</script>", "1a", ".a", "a.", "a..b", ".", "a b", "a;b", "a/**/", "a\n",
		"\u2028\u2029", "\u00e9", "a\u00e9", "\x00\x1f\x7f", "\U000e0001", "\xff", "a\\u0062", "a=b", "a`b`", "new a", "(a)", "a,b", "-a", "\ufeffa",
	} {
		f.Add(seed)
	}
	names := regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$]*(\.[A-Za-z_$][A-Za-z0-9_$]*)*$`)
	f.Fuzz(func(t *testing.T, callback string) {
		w := httptest.NewRecorder()
		err := render.JsonpJSON{Callback: callback, Data: 1}.Render(w)
		if callback != "" && (!names.MatchString(callback) || strings.Contains(callback, "\n")) {
			require.ErrorIs(t, err, render.ErrCallback)
			require.Zero(t, w.Body.Len())
			return
		}
		require.NoError(t, err)
		require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
		if callback != "" {
			require.Equal(t, callback+"(1);", w.Body.String())
		}
	})
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
		require.Equal(t, -1, strings.IndexFunc(ascii.Body.String(), func(r rune) bool { return r >= 0x80 }))
		var got, want any
		require.NoError(t, stdjson.Unmarshal(ascii.Body.Bytes(), &got))
		require.NoError(t, stdjson.Unmarshal(plain.Body.Bytes(), &want))
		require.Equal(t, want, got)
	})
}

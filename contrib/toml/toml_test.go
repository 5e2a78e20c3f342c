package toml_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	gotoml "github.com/pelletier/go-toml/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/codec"
	"github.com/dram-go/dram/contrib/toml"
	"github.com/dram-go/dram/render"
)

type distillery struct {
	Name  string   `toml:"name"`
	Casks []string `toml:"casks"`
}

func Example() {
	w := httptest.NewRecorder()
	err := render.TOML{Data: distillery{Name: "Talisker", Casks: []string{"bourbon", "sherry"}}}.Render(w)
	fmt.Println(err, w.Header().Get("Content-Type"))
	fmt.Print(w.Body)
	// Output:
	// <nil> application/toml; charset=utf-8
	// name = 'Talisker'
	// casks = ['bourbon', 'sherry']
}

func TestRoundTrip(t *testing.T) {
	c, err := codec.Get("toml")
	require.NoError(t, err)
	byMIME, ok := codec.ByMIME("application/toml; charset=utf-8")
	require.True(t, ok)
	assert.Equal(t, c, byMIME)

	in := distillery{Name: "Lagavulin", Casks: []string{"sherry"}}
	data, err := c.Marshal(in)
	require.NoError(t, err)
	var out distillery
	require.NoError(t, c.Unmarshal(data, &out))
	assert.Equal(t, in, out)

	w := httptest.NewRecorder()
	require.NoError(t, render.TOML{Data: in}.Render(w))
	var bound distillery
	require.NoError(t, binding.TOML.Bind(httptest.NewRequest(http.MethodPost, "/", w.Body), &bound))
	assert.Equal(t, in, bound)
}

func TestFaults(t *testing.T) {
	var out distillery
	var fault *gotoml.DecodeError

	require.ErrorAs(t, toml.Codec{}.Unmarshal([]byte("name = 'a'\nname ="), &out), &fault)
	line, _ := fault.Position()
	assert.Equal(t, 2, line)

	require.Error(t, toml.Codec{}.Unmarshal([]byte("name = 7"), &out), "a number is not a string")
	_, err := toml.Codec{}.Marshal(7)
	require.Error(t, err, "a number is not a table")
}

func TestNumberThatDoesNotFit(t *testing.T) {
	for _, document := range []string{"small = 300", "small = -129", "small = 1.5", "unsigned = -1", "whole = 9223372036854775808", "whole = 1e19", "half = 1e40"} {
		var out struct {
			Small    int8
			Unsigned uint
			Whole    int64
			Half     float32
		}
		assert.Error(t, toml.Codec{}.Unmarshal([]byte(document), &out), document)
	}
}

// A field that no text can fill is there by the program's mistake, but what names it a client sends.
func TestFieldThatCannotBeFilledIsAnError(t *testing.T) {
	for _, document := range []string{"source = 1", "source = []", "[source]", "[[source]]"} {
		var out struct{ Source fmt.Stringer }
		require.NotPanics(t, func() { require.Error(t, toml.Codec{}.Unmarshal([]byte(document), &out), document) })
	}
}

// A document that costs more than its size suggests is refused early.
func TestHostileInput(t *testing.T) {
	manyKeys := func(format string) string {
		var b strings.Builder
		for i := range toml.DefaultMaxKeys + 1 {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	tests := map[string]string{
		"keys":             manyKeys("k%d = 1\n"),
		"tables":           manyKeys("[k%d]\n"),
		"tables of one":    manyKeys("[a.k%d]\n"),
		"inline table":     "a = {" + manyKeys("k%d = 1, ") + "z = 1}",
		"inline tables":    "a = [" + manyKeys("{k%d = 1},") + "]",
		"dotted key":       strings.Repeat("a.", 1000) + "a = 1",
		"dotted header":    "[" + strings.Repeat("a.", 1000) + "a]",
		"header and key":   "[" + strings.Repeat("a.", 60) + "a]\n" + strings.Repeat("b.", 60) + "b = 1",
		"brackets":         "a = " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000),
		"braces":           "a = " + strings.Repeat("{a = ", 5000) + "1" + strings.Repeat("}", 5000),
		"braces in arrays": "a = " + strings.Repeat("[{a = ", 60) + "1" + strings.Repeat("}]", 60),
	}
	for name, document := range tests {
		t.Run(name, func(t *testing.T) {
			var out map[string]any
			require.ErrorIs(t, toml.Codec{}.Unmarshal([]byte(document), &out), toml.ErrTooLarge)
			assert.Empty(t, out)
		})
	}

	t.Run("brackets that never close", func(t *testing.T) {
		var out map[string]any
		require.Error(t, toml.Codec{}.Unmarshal([]byte("a = "+strings.Repeat("[", 1_000_000)), &out))
	})
}

func TestBoundsAreTheProgramsOwn(t *testing.T) {
	var out map[string]any
	document := []byte("a = [[[1]]]\nb = 2\n")
	require.NoError(t, toml.Codec{MaxDepth: 4, MaxKeys: 2}.Unmarshal(document, &out))
	require.ErrorContains(t, toml.Codec{MaxDepth: 2}.Unmarshal(document, &out), "MaxDepth")
	require.ErrorContains(t, toml.Codec{MaxKeys: 1}.Unmarshal(document, &out), "MaxKeys")
}

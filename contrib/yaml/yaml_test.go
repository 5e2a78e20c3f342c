package yaml_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	goyaml "github.com/goccy/go-yaml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/codec"
	"github.com/dram-go/dram/contrib/yaml"
	"github.com/dram-go/dram/render"
)

type distillery struct {
	Name  string   `yaml:"name"`
	Casks []string `yaml:"casks"`
}

func Example() {
	w := httptest.NewRecorder()
	err := render.YAML{Data: distillery{Name: "Talisker", Casks: []string{"bourbon", "sherry"}}}.Render(w)
	fmt.Println(err, w.Header().Get("Content-Type"))
	fmt.Print(w.Body)
	// Output:
	// <nil> application/yaml; charset=utf-8
	// name: Talisker
	// casks:
	// - bourbon
	// - sherry
}

func TestRoundTrip(t *testing.T) {
	c, err := codec.Get("yaml")
	require.NoError(t, err)
	for _, mime := range []string{"application/yaml", "application/x-yaml"} {
		byMIME, ok := codec.ByMIME(mime)
		require.True(t, ok, mime)
		assert.Equal(t, c, byMIME)
	}

	in := distillery{Name: "Lagavulin", Casks: []string{"sherry"}}
	data, err := c.Marshal(in)
	require.NoError(t, err)
	var out distillery
	require.NoError(t, c.Unmarshal(data, &out))
	assert.Equal(t, in, out)

	w := httptest.NewRecorder()
	require.NoError(t, render.YAML{Data: in}.Render(w))
	var bound distillery
	require.NoError(t, binding.YAML.Bind(httptest.NewRequest(http.MethodPost, "/", w.Body), &bound))
	assert.Equal(t, in, bound)
}

func TestUnmarshal(t *testing.T) {
	tests := map[string]struct {
		document string
		want     any
	}{
		"scalar":              {"7", uint64(7)},
		"null":                {"null", nil},
		"markers and comment": {"# hello\n---\na: b\n---\n", map[string]any{"a": "b"}},
		"alias":               {"a: &x [1]\nb: *x", map[string]any{"a": []any{uint64(1)}, "b": []any{uint64(1)}}},
		"merge":               {"a: &x {p: 1}\nb:\n  <<: *x\n  q: 2", map[string]any{"a": map[string]any{"p": uint64(1)}, "b": map[string]any{"p": uint64(1), "q": uint64(2)}}},
		"pair in sequence":    {"[a: b]", []any{map[string]any{"a": "b"}}},
		"tag":                 {"a: !!str 7", map[string]any{"a": "7"}},
		"long text":           {"a: " + strings.Repeat("x, y - z ", 5000) + "end", map[string]any{"a": strings.Repeat("x, y - z ", 5000) + "end"}},
		"99 deep":             {strings.Repeat("- ", 99) + "x", nest(99)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var out any
			require.NoError(t, yaml.Codec{}.Unmarshal([]byte(tt.document), &out))
			assert.Equal(t, tt.want, out)
		})
	}
}

func nest(depth int) any {
	var v any = "x"
	for range depth {
		v = []any{v}
	}
	return v
}

func TestFaults(t *testing.T) {
	tests := map[string]struct{ document, want string }{
		"syntax":            {"name: [", "[1:"},
		"unclosed quote":    {"name: \"secret", "[1:7]"},
		"wrong type":        {"name: [1, 2]", "[1:"},
		"duplicate key":     {"name: a\nname: b", "[2:1]"},
		"unknown alias":     {"name: *x", `could not find alias "x"`},
		"several documents": {"name: a\n---\nname: b", "several documents"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var out distillery
			err := yaml.Codec{}.Unmarshal([]byte(tt.document), &out)
			require.ErrorContains(t, err, tt.want)
			assert.True(t, strings.HasPrefix(err.Error(), "dram: "), err)
			assert.NotContains(t, err.Error(), "secret", "no excerpt of the body")
		})
	}

	var fault *goyaml.SyntaxError
	require.ErrorAs(t, yaml.Codec{}.Unmarshal([]byte("["), new(any)), &fault)

	for _, empty := range []string{"", "\n", "# nothing\n", "---\n"} {
		var out distillery
		require.ErrorIs(t, yaml.Codec{}.Unmarshal([]byte(empty), &out), io.EOF, "%q", empty)
	}
}

// A document that costs more than its size suggests is refused early.
func TestHostileInput(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x]\n")
	for i := range 9 {
		fmt.Fprintf(&bomb, "a%d: &a%d [%s]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*a%d, ", i), 9))
	}
	var keys, indented strings.Builder
	for i := range yaml.DefaultMaxValues + 1 {
		fmt.Fprintf(&keys, "k%d: v\n", i)
	}
	for i := range yaml.DefaultMaxDepth + 1 {
		indented.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	tests := map[string]string{
		"alias bomb":         bomb.String(),
		"anchor in itself":   "a: &a [*a]",
		"merge bomb":         strings.ReplaceAll(strings.ReplaceAll(bomb.String(), "[", "{<<: ["), "]", "]}"),
		"open brackets":      strings.Repeat("[", 1_000_000),
		"brackets":           strings.Repeat("[", 101) + strings.Repeat("]", 101),
		"braces":             strings.Repeat("{a: ", 1000),
		"sequences in line":  strings.Repeat("- ", 1000) + "x",
		"keys in line":       strings.Repeat("? ", 1000) + "x",
		"anchors in line":    strings.Repeat("&a ", 1000) + "x",
		"indented":           indented.String() + strings.Repeat(" ", yaml.DefaultMaxDepth+1) + "x",
		"many keys":          keys.String(),
		"many entries":       strings.Repeat("- x\n", yaml.DefaultMaxValues+1),
		"many tokens":        strings.Repeat("- x\n", 3*yaml.DefaultMaxValues),
		"many lines":         strings.Repeat("\n", 1_000_000),
		"many documents":     strings.Repeat("---\n", 1_000_000),
		"alias in key":       "a: &a [" + strings.Repeat("x, ", 4000) + "]\n? *a\n: *a",
		"tagged, explicitly": "!!seq [" + strings.Repeat("x, ", yaml.DefaultMaxValues) + "]",
	}
	for name, document := range tests {
		t.Run(name, func(t *testing.T) {
			var out any
			require.ErrorIs(t, yaml.Codec{}.Unmarshal([]byte(document), &out), yaml.ErrTooLarge)
			assert.Nil(t, out)
		})
	}
}

// A tag before another value made the library panic where a slice or an array is wanted.
func TestTagInPlaceOfASequenceIsAnError(t *testing.T) {
	for _, document := range []string{"casks: !x 1", "casks: !!str a", "casks: !x {a: b}", "casks: !x &a 1", "casks: &a !x 1"} {
		t.Run(document, func(t *testing.T) {
			require.NotPanics(t, func() {
				var slice distillery
				require.Error(t, yaml.Codec{}.Unmarshal([]byte(document), &slice))
				var array struct{ Casks [2]string }
				require.Error(t, yaml.Codec{}.Unmarshal([]byte(document), &array))
			})
		})
	}
	req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("casks: !x 1"))
	faults := binding.FieldErrors(binding.YAML.Bind(req, new(distillery)))
	require.Len(t, faults, 1)
	assert.Equal(t, "cannot be decoded as yaml", faults[0].Message)
}

// What panics in the program's own method is not the client's fault.
func TestPanicOfTheProgramPasses(t *testing.T) {
	require.PanicsWithValue(t, "mine", func() { _ = yaml.Codec{}.Unmarshal([]byte("a"), new(panics)) })
	var none map[string]panicsByRuntime
	require.Panics(t, func() { _ = yaml.Codec{}.Unmarshal([]byte("a: b"), &none) })
}

type panics struct{}

func (*panics) UnmarshalYAML([]byte) error { panic("mine") }

type panicsByRuntime struct{ in map[string]int }

func (p *panicsByRuntime) UnmarshalYAML([]byte) error { p.in["x"] = 1; return nil }

func TestBoundsAreTheProgramsOwn(t *testing.T) {
	var out any
	document := []byte("a: [[[1]]]\nb: 2\n")
	require.NoError(t, yaml.Codec{MaxDepth: 5, MaxValues: 6}.Unmarshal(document, &out))
	require.ErrorContains(t, yaml.Codec{MaxDepth: 2}.Unmarshal(document, &out), "MaxDepth")
	require.ErrorContains(t, yaml.Codec{MaxValues: 4}.Unmarshal(document, &out), "MaxValues")
}

// Whatever a client sends, decoding ends without a panic, and what was decoded
// can be written and read again.
func FuzzUnmarshal(f *testing.F) {
	for _, seed := range []string{"a: &x [1]\nb: *x", "- - 'a'\n- \"b\"", "? k\n: v", "a: |\n  x\n", "!!binary aGk=", "{a: [1, {b: c}]}", "<<: *a", "&a *a", "a: !x 1\nk: !x 1"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		var typed struct {
			A []string
			B map[string]int
			K [2]int
			C *distillery
		}
		_ = yaml.Codec{}.Unmarshal(document, &typed)
		var out any
		if (yaml.Codec{}).Unmarshal(document, &out) != nil {
			return
		}
		_, err := yaml.Codec{}.Marshal(out)
		require.NoError(t, err)
	})
}

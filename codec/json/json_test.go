package json_test

import (
	"bytes"
	stdjson "encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/codec/json"
)

// loud is an engine of a program's own: the default one, but for one method.
type loud struct{ json.Core }

func (l loud) Marshal(v any) ([]byte, error) {
	data, err := l.Core.Marshal(v)
	return bytes.ToUpper(data), err
}

func Example() {
	before := json.API
	json.API = loud{before} // in an init function, usually
	defer func() { json.API = before }()

	data, err := json.API.Marshal(map[string]string{"malt": "peated"})
	fmt.Printf("%s %v %v\n", data, err, json.IsStandard())
	// Output: {"MALT":"PEATED"} <nil> false
}

func TestStandard(t *testing.T) {
	require.True(t, json.IsStandard())
	require.Equal(t, "encoding/json", json.Package)

	v := map[string]any{"b": "<", "a": []int{1}}
	want, err := stdjson.Marshal(v)
	require.NoError(t, err)
	got, err := json.API.Marshal(v)
	require.NoError(t, err)
	assert.Equal(t, want, got)

	want, err = stdjson.MarshalIndent(v, ">", "\t")
	require.NoError(t, err)
	got, err = json.API.MarshalIndent(v, ">", "\t")
	require.NoError(t, err)
	assert.Equal(t, want, got)

	var out map[string]any
	require.NoError(t, json.API.Unmarshal([]byte(`{"a":1}`), &out))
	assert.Equal(t, map[string]any{"a": 1.0}, out)
	require.Error(t, json.API.Unmarshal([]byte(`{} x`), &out))
}

func TestStandardStreams(t *testing.T) {
	var b strings.Builder
	e := json.API.NewEncoder(&b)
	require.NoError(t, e.Encode("<"))
	e.SetEscapeHTML(false)
	require.NoError(t, e.Encode("<"))
	assert.Equal(t, "\"\\u003c\"\n\"<\"\n", b.String())

	var number any
	d := json.API.NewDecoder(strings.NewReader(`12345678901234567890 {"x": 1}`))
	d.UseNumber()
	require.NoError(t, d.Decode(&number))
	assert.Equal(t, stdjson.Number("12345678901234567890"), number)
	d.DisallowUnknownFields()
	require.ErrorContains(t, d.Decode(&struct{}{}), "unknown field")
	require.ErrorIs(t, d.Decode(&number), io.EOF)
}

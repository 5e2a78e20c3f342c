//go:build go1.27 && goexperiment.jsonv2

package json_test

import (
	stdjson "encoding/json"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/codec/json"
)

type cask struct {
	Name   string             `json:"name"`
	Age    int                `json:"age,omitempty"`
	Sherry bool               `json:"sherry,string"`
	Litres float64            `json:"litres,string"`
	Rest   time.Duration      `json:"rest"`
	Filled time.Time          `json:"filled"`
	Key    [4]byte            `json:"key"`
	Seal   []byte             `json:"seal"`
	Pair   [2]int             `json:"pair"`
	Tags   []string           `json:"tags"`
	Notes  map[string]any     `json:"notes"`
	ByAddr map[netip.Addr]int `json:"by_addr"`
	Raw    stdjson.RawMessage `json:"raw"`
	Any    any                `json:"any"`
	Next   *cask              `json:"next"`
}

const caskJSON = `{"name":"<\u00e9>","age":12,"sherry":"true","litres":"1.5","rest":1000,"filled":"2020-01-02T03:04:05Z","key":[1,2,3,4],
	"seal":"aGk=","pair":[1,2,3],"tags":null,"notes":{"b":[1,"x",null],"a":{}},"by_addr":{"127.0.0.1":1},"raw":{"b":1, "a":2},
	"any":1e3,"unknown":{"x":[]},"next":{"name":"n","sherry":null}}`

// What both read, they read alike; what V2 writes is what encoding/json writes.
func TestV2IsEncodingJSON(t *testing.T) {
	var v1, v2 cask
	require.NoError(t, stdjson.Unmarshal([]byte(caskJSON), &v1))
	require.NoError(t, json.V2{}.Unmarshal([]byte(caskJSON), &v2))
	assert.Equal(t, v1, v2)
	require.NoError(t, json.V2{}.NewDecoder(strings.NewReader(caskJSON)).Decode(&v2), "over what is there already")
	require.NoError(t, stdjson.Unmarshal([]byte(caskJSON), &v1))
	assert.Equal(t, v1, v2)

	want, err := stdjson.Marshal(v1)
	require.NoError(t, err)
	got, err := json.V2{}.Marshal(v2)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got))
	assert.Contains(t, string(got), `\u003cé\u003e`)
	assert.Contains(t, string(got), `"tags":null`)
}

// Every document here is one that encoding/json reads.
func TestV2Refuses(t *testing.T) {
	tests := []struct {
		name, document string
		refused        bool
	}{
		{"a name twice", `{"name":"a","name":"b"}`, true},
		{"a name twice, once escaped", `{"name":"a","n\u0061me":"b"}`, true},
		{"an unknown name twice", `{"x":1,"x":1}`, true},
		{"a name twice in an any", `{"any":{"x":1,"x":1}}`, true},
		{"a name twice in a map", `{"notes":{"x":1,"x":1}}`, true},
		{"a name twice in raw JSON", `{"raw":[{"x":1,"x":1}]}`, true},
		{"a name twice in what is skipped", `{"x":[{"x":1,"x":1}]}`, true},
		{"the same name in two objects", `{"any":{"x":1},"notes":{"x":1},"next":{"name":"x"},"name":"y"}`, false},
		{"not UTF-8", "{\"name\":\"\xff\"}", true},
		{"an overlong form", "{\"name\":\"\xc0\xaf\"}", true},
		{"not UTF-8, unknown", "{\"x\":\"\xff\"}", true},
		{"a name that is not UTF-8", "{\"\xff\":1}", true},
		{"half a surrogate pair", `{"name":"\ud800"}`, true},
		{"a surrogate pair the wrong way round", `{"name":"\udc00\ud800"}`, true},
		{"a surrogate pair", `{"name":"\ud83e\udd43"}`, false},
		{"the replacement character", "{\"name\":\"\ufffd\\ufffd\"}", false},
		{"an array too long", `{"pair":[1,2,3]}`, false},
		{"base64 with a line break", `{"seal":"aG\nk="}`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.NoError(t, stdjson.Unmarshal([]byte(tt.document), &cask{}))
			err := json.V2{}.Unmarshal([]byte(tt.document), &cask{})
			streamed := json.V2{}.NewDecoder(strings.NewReader(tt.document)).Decode(&cask{})
			assert.Equal(t, tt.refused, err != nil, "%v", err)
			assert.Equal(t, tt.refused, streamed != nil, "%v", streamed)
		})
	}
}

func TestV2KnowsANameInOneCase(t *testing.T) {
	var v struct {
		Name string `json:"name"`
		Old  int    `json:"old,case:ignore"`
	}
	require.NoError(t, json.V2{}.Unmarshal([]byte(`{"Name":"a","NAME":"b","OLD":1}`), &v))
	assert.Equal(t, "", v.Name)
	assert.Equal(t, 1, v.Old)
	d := json.V2{}.NewDecoder(strings.NewReader(`{"name":"a"} {"Name":"b"}`))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(&v))
	require.Error(t, d.Decode(&v))
}

func TestV2Streams(t *testing.T) {
	d := json.V2{}.NewDecoder(strings.NewReader(`[12345678901234567890, "1", {"n": 1e400}] 2 {`))
	d.UseNumber()
	var list, number any
	require.NoError(t, d.Decode(&list))
	assert.Equal(t, []any{stdjson.Number("12345678901234567890"), "1", map[string]any{"n": stdjson.Number("1e400")}}, list)
	require.NoError(t, d.Decode(&number))
	assert.Equal(t, stdjson.Number("2"), number)
	require.Error(t, d.Decode(&number))
	require.ErrorIs(t, json.V2{}.NewDecoder(strings.NewReader(" \n")).Decode(&number), io.EOF)

	for _, broken := range []string{`{} x`, `{} {}`, ``, strings.Repeat("[", 1_000_000), strings.Repeat(`{"next":`, 1_000_000)} {
		require.Error(t, json.V2{}.Unmarshal([]byte(broken), &cask{}))
	}
}

// BenchmarkUnmarshal compares V2 with encoding/json, on a small and on a large body.
func BenchmarkUnmarshal(b *testing.B) {
	small := `{"name":"Oban","age":14,"tags":["west","highland"],"notes":{"peat":1}}`
	large := `[` + strings.Repeat(small+",", 4_000) + small + `]`
	engines := []struct {
		name string
		core json.Core
	}{{"v1", json.API}, {"v2", json.V2{}}}
	run := func(name, body string, into func() any) {
		for _, engine := range engines {
			b.Run(fmt.Sprintf("%s/%s", name, engine.name), func(b *testing.B) {
				b.SetBytes(int64(len(body)))
				b.ReportAllocs()
				for b.Loop() {
					if err := engine.core.Unmarshal([]byte(body), into()); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
	run("small", small, func() any { return new(cask) })
	run("large", large, func() any { return new([]cask) })
	run("small any", small, func() any { return new(any) })
	run("large any", large, func() any { return new(any) })
}

package jsontest

import (
	stdjson "encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/codec/json"
)

// This file compares an engine with encoding/json, value by value and document by
// document: what docs/contrib.md says of their differences is all there is here.

type quoted struct {
	I int     `json:"i,string"`
	B bool    `json:"b,string"`
	F float64 `json:"f,string"`
	S string  `json:"s,string"`
	P *int    `json:"p,string"`
}

type textKey struct{ n int }

func (k textKey) MarshalText() ([]byte, error) { return fmt.Append(nil, "k", k.n), nil }

type brokenJSON struct{}

func (brokenJSON) MarshalJSON() ([]byte, error) { return []byte("{"), nil }

type byPointer struct{ N int }

func (*byPointer) MarshalJSON() ([]byte, error) { return []byte(`"pointer"`), nil }

type inner struct{ B int }

type outer struct {
	A int `json:"a"`
	*inner
	T time.Time `json:"t,omitzero"`
	P *int      `json:"p,omitempty"`
	Y int       `json:"-"`
}

var one = 1

var values = map[string]any{
	"form feed": "\f", "backspace": "\b", "control": "\x00\x1f\x7f\t", "half a character": "a\xffb", "HTML": "<a>&\u2028",
	"nil embedded": outer{A: 1}, "embedded": outer{A: 1, inner: &inner{2}, P: &one}, "quoted": quoted{1, true, 1.5, `x"y`, &one},
	"quoted zero": quoted{}, "text keys": map[textKey]int{{2}: 1, {1}: 2}, "bool keys": map[bool]int{true: 1},
	"broken marshaler": brokenJSON{}, "pointer's marshaler": byPointer{1}, "its pointer": &byPointer{1}, "its slice": []byPointer{{1}},
	"NaN": math.NaN(), "infinite": math.Inf(1), "float32": float32(0.1), "exponents": []float64{1e20, 1e21, 1e-6, 1e-7, math.SmallestNonzeroFloat64},
	"number": stdjson.Number("1e3"), "no number": stdjson.Number("12x"), "empty number": stdjson.Number(""),
	"raw": stdjson.RawMessage(`{"a" : ["<a>", 2 ]}`), "broken raw": stdjson.RawMessage(`{`), "channel": make(chan int), "complex": 1i,
	"bytes": []byte{0, 255}, "array": [3]byte{1, 2, 3}, "nil slice": []int(nil), "nil map": map[string]int(nil),
	"largest": []any{int64(math.MaxInt64), uint64(math.MaxUint64)}, "duration": time.Second, "any": []any{nil, true, 1, "x", map[string]any{"z": 1, "a": nil}},
}

type target struct {
	A    int                `json:"a"`
	Name string             `json:"name"`
	S    quoted             `json:"s"`
	M    map[string]int     `json:"m"`
	MI   map[int]string     `json:"mi"`
	L    []int              `json:"l"`
	Ar   [2]int             `json:"ar"`
	T    time.Time          `json:"t"`
	By   []byte             `json:"by"`
	F    float32            `json:"f"`
	U    uint8              `json:"u"`
	I    any                `json:"i"`
	N    stdjson.Number     `json:"n"`
	R    stdjson.RawMessage `json:"r"`
}

var documents = []string{
	`{"A":1}`, `{"NAME":"x","name":"y"}`, `{"a":1,"a":2}`, `{"name":"\ud800"}`, "{\"name\":\"a\xffb\"}", `{"a":1.0}`, `{"a":1e2}`, `{"a":01}`, `{"a":+1}`, `{"a":-0}`,
	`{"a":9223372036854775808}`, `{"u":256}`, `{"u":-1}`, `{"f":1e40}`, `{"name":null}`, `{"a":null}`, `{"l":[1,2,]}`, `{"l":[1 2]}`, `{"ar":[1,2,3]}`, `{"ar":[1]}`,
	`{"s":{"i":"1"}}`, `{"s":{"i":1}}`, `{"s":{"i":"1x"}}`, `{"s":{"b":"true"}}`, `{"s":{"s":"\"x\""}}`, `{"s":{"s":"x"}}`, `{"s":{"i":""}}`, `{"s":{"i":null}}`, `{"s":{"p":"null"}}`,
	`{"mi":{"1":"a"}}`, `{"mi":{"x":"a"}}`, `{"mi":{"01":"a"}}`, `{"by":"AP8="}`, `{"by":"AP8"}`, `{"by":[1,2]}`, `{"t":"2020-01-01T00:00:00Z"}`, `{"t":"2020"}`, `{"n":"12"}`, `{"n":12}`, `{"n":"x"}`,
	`{"i":1e400}`, `{"i":{"b":[{}]}}`, `{"r": {"a" : 1 } }`, "{\"name\":\"a\tb\"}", `{"name":"\x"}`, `{"a":1}}`, "\ufeff{}", `[]`, `"x"`, `null`, `nul`, `{"a":tru}`, `{'a':1}`, `{a:1}`,
	`{"a":1,}`, `{"a" 1}`, `{"":1}`, `{"a":"1"}`, `{"m":{"x":null}}`, `{"i":-}`, `{"a":1/*c*/}`, `{"x":{"y":tru}}`, "{\"x\":\"\x01\"}", `{"x":01}`, `{"x":1.}`, `{"x":"\u12"}`,
}

// unescaped returns a text with U+FFFD written out, as encoding/json does since Go 1.27.
func unescaped(text []byte) string { return strings.ReplaceAll(string(text), `\ufffd`, "\uFFFD") }

// testSame compares json.API with encoding/json; what is named in except has to differ.
func testSame(t *testing.T, except []string) {
	same := func(name string, want, got any, wantErr, gotErr error) {
		t.Run(name, func(t *testing.T) {
			equal := assert.ObjectsAreEqual(want, got) && (wantErr == nil) == (gotErr == nil)
			assert.Equal(t, !slices.Contains(except, name), equal, "%+v, %v\n%+v, %v", want, wantErr, got, gotErr)
		})
	}
	for name, value := range values {
		want, wantErr := stdjson.Marshal(value)
		got, gotErr := json.API.Marshal(value)
		if wantErr != nil && gotErr != nil {
			got = want
		}
		same(name, unescaped(want), unescaped(got), wantErr, gotErr)
	}
	for _, document := range documents {
		var want, got target
		wantErr, gotErr := stdjson.Unmarshal([]byte(document), &want), json.API.Unmarshal([]byte(document), &got)
		if wantErr != nil { // what was decoded before it may differ
			got = want
		}
		same(document, want, got, wantErr, gotErr)
	}
}

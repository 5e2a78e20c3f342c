package schema_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"

	"github.com/dram-go/dram/internal/schema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Faults name the place by a JSON pointer, and never what stands there.
func TestFaults(t *testing.T) {
	r := schema.New()
	require.NoError(t, r.Union(reflect.TypeFor[Shape](), "kind", map[string]reflect.Type{"circle": reflect.TypeFor[Circle]()}))
	type inner struct {
		Name string `json:"a/b" binding:"min=2"`
		N    *int8  `json:"n"`
	}
	type outer struct {
		Items []inner        `json:"items" binding:"max=2,dive"`
		By    map[string]int `json:"by"`
		One   *inner         `json:"one"`
		Bits  uint64         `json:"bits" binding:"omitempty,gt=10"`
	}
	s, err := r.Of(reflect.TypeFor[outer](), schema.Input)
	require.NoError(t, err)
	tests := []struct{ body, want string }{
		{`{}`, `[]`},
		{`[]`, `["" (type) must be object]`},
		{`{"items":[{"a/b":"xy"},{"a/b":"x"}]}`, `["/items/1/a~1b" (minLength) must have at least 2 characters]`},
		{`{"items":[{}]}`, `["/items/0/a~1b" (required) is missing]`},
		{`{"items":[{"a/b":"xy","n":1000}]}`, `["/items/0/n" (maximum) must be at most 127]`},
		{`{"items":[{"a/b":"xy","n":null}]}`, `[]`},
		{`{"by":{"secret":"x"}}`, `["/by/secret" (type) must be integer]`},
		{`{"one":{"a/b":"secret","n":"x"}}`, `["/one/n" (type) must be integer or null]`},
		{`{"one":null}`, `[]`},
		{`{"bits":10}`, `["/bits" (anyOf) fits none of the alternatives]`},
		{`{"bits":0}`, `[]`},
		{`{"bits":18446744073709551616}`, `["/bits" (format) must be an integer of 64 bits]`},
		{`{"bits":1e400}`, `["/bits" (type) must be integer]`},
		{`{"unknown":1,"ITEMS":2}`, `[]`},
	}
	for _, tt := range tests {
		t.Run(tt.body, func(t *testing.T) {
			got := fmt.Sprint(r.Check(s, decode(t, []byte(tt.body))))
			assert.Equal(t, tt.want, got)
			assert.NotContains(t, got, "secret\"]")
		})
	}
	shape, err := r.Of(reflect.TypeFor[Shape](), schema.Output)
	require.NoError(t, err)
	assert.Equal(t, `["/r" (type) must be number]`, fmt.Sprint(r.Check(shape, decode(t, []byte(`{"kind":"circle","r":"x"}`)))))
	assert.Equal(t, `["/kind" (oneOf) must be one of [circle]]`, fmt.Sprint(r.Check(shape, decode(t, []byte(`{"kind":"secret"}`)))))
	many := make([]any, 1000)
	assert.Len(t, r.Check(&schema.Schema{Items: &schema.Schema{Type: schema.Types{"string"}}}, many), 100, "faults are bounded")
}

// Values of Go count as well: those of a handler that was called, not decoded.
func TestNumbersOfGo(t *testing.T) {
	s := &schema.Schema{Type: schema.Types{"integer"}, Minimum: "3", Enum: []any{3, "4", 5.0}}
	for v, want := range map[any]bool{3: true, int8(3): true, uint64(5): true, 5.0: true, 2: false, 3.5: false, "4": false, true: false} {
		assert.Equal(t, want, len(schema.New().Check(s, v)) == 0, "%T %v", v, v)
	}
}

// A pattern that package regexp does not know refuses nothing.
func TestPatternsOfOthers(t *testing.T) {
	assert.Empty(t, schema.New().Check(&schema.Schema{Pattern: `^(?=a)`}, "b"))
}

func TestSamples(t *testing.T) {
	r := schema.New()
	s, err := r.Of(reflect.TypeFor[Tree](), schema.Input)
	require.NoError(t, err)
	rnd := rand.New(rand.NewPCG(7, 7))
	broken := map[string]bool{}
	for range 200 {
		v, err := r.Valid(s, rnd)
		require.NoError(t, err)
		require.Empty(t, r.Check(s, v))
		v, fault, ok := r.Invalid(s, rnd)
		require.True(t, ok)
		require.Equal(t, fault, r.Check(s, v)[0])
		broken[fault.Keyword] = true
	}
	assert.Subset(t, broken, map[string]bool{"required": true, "type": true, "minLength": true})

	again := func() any {
		v, err := r.Valid(s, rand.New(rand.NewPCG(1, 9)))
		require.NoError(t, err)
		return v
	}
	assert.Equal(t, again(), again(), "the same seed, the same value")
	_, err = r.Valid(schema.Nothing(), rnd)
	assert.ErrorIs(t, err, schema.ErrNoSample)
	_, _, ok := r.Invalid(&schema.Schema{}, rnd)
	assert.False(t, ok)
}

func TestConcurrentUse(t *testing.T) {
	r := schema.New()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			s, err := r.Of(reflect.TypeFor[Pair](), schema.Output)
			if assert.NoError(t, err) {
				r.Check(s, map[string]any{})
				r.Components()
				_, err = schema.Marshal(s)
				assert.NoError(t, err)
			}
		})
	}
	group.Wait()
}

package schematest

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/internal/schema"
	gen "github.com/dram-go/dram/internal/schema/schematest"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	seed  = flag.Uint64("seed", 1, "of the first type")
	types = flag.Int("types", 200, "how many types are made")
)

// compile has the other engine read a schema, which checks it by the meta-schema.
func compile(t *testing.T, r *schema.Registry, s *schema.Schema) *jsonschema.Schema {
	t.Helper()
	text, err := schema.Marshal(s)
	require.NoError(t, err)
	components, err := schema.Marshal(r.Components())
	require.NoError(t, err)
	whole := fmt.Sprintf(`{"$schema":"https://json-schema.org/draft/2020-12/schema","allOf":[%s],"components":{"schemas":%s}}`, text, components)
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(whole))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	require.NoError(t, c.AddResource("https://example.com/s.json", doc))
	// What stands in components is only looked at where something refers to it.
	for _, p := range r.Components() {
		_, err := c.Compile("https://example.com/s.json#/components/schemas/" + p.Name)
		require.NoError(t, err, whole)
	}
	compiled, err := c.Compile("https://example.com/s.json")
	require.NoError(t, err, whole)
	return compiled
}

func TestMetaSchemaAndSecondEngine(t *testing.T) {
	exact := 0
	for s := *seed; s < *seed+uint64(*types); s++ {
		g := gen.New(s)
		typ := g.Struct()
		r := schema.New()
		sch, err := r.Of(typ, schema.Input)
		if err != nil {
			continue
		}
		other := compile(t, r, sch)
		says := gen.IsExact(r.Notes())
		_, err = r.Valid(sch, g.Rand)
		for n := range 40 {
			v := g.Value(typ)
			if n%2 == 0 && err == nil {
				v = sample(r, sch, g.Rand, v)
			}
			body, err := json.Marshal(v)
			require.NoError(t, err)
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
			require.NoError(t, err)
			theirs, ours := other.Validate(doc) == nil, len(r.Check(sch, doc)) == 0
			bound := binds(typ, body)
			if theirs != ours || bound && !theirs || says && bound != theirs {
				text, _ := schema.Marshal(sch)
				t.Fatalf("seed %d: %s\nbody: %s\nbinding %v, this engine %v, the other %v\n%s", s, typ, body, bound, ours, theirs, text)
			}
		}
		if says {
			exact++
		}
	}
	assert.Greater(t, exact, *types/4, "too few types to say much")
}

// The schemas of answers and of parameters fit the meta-schema as well, and what encoding/json
// writes fits the former.
func TestAnswersAndParameters(t *testing.T) {
	for s := *seed; s < *seed+uint64(*types); s++ {
		g := gen.New(s)
		typ := g.Struct()
		r := schema.New()
		sch, err := r.Of(typ, schema.Output)
		require.NoError(t, err)
		other := compile(t, r, sch)
		for range 5 {
			value := reflect.New(typ)
			body, err := json.Marshal(g.Value(typ))
			require.NoError(t, err)
			_ = json.Unmarshal(body, value.Interface()) // what does not fit stays zero
			written, err := json.Marshal(value.Interface())
			require.NoError(t, err)
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(written))
			require.NoError(t, err)
			assert.NoError(t, other.Validate(doc), "seed %d: %s", s, written)
		}
		q, err := r.Request(g.Query())
		if err != nil {
			continue
		}
		for _, p := range q.Params {
			compile(t, r, p.Schema)
		}
	}
}

// Types with names: components, recursion, and what holds them apart.
func TestComponents(t *testing.T) {
	type Leaf struct {
		Name string `json:"name" binding:"required"`
	}
	type Tree struct {
		Leaf  `json:"leaf"`
		Left  *Tree                    `json:"left"`
		Many  []Tree                   `json:"many" binding:"max=1,dive"`
		Loose []Leaf                   `json:"loose"`
		Named map[string]*Leaf         `json:"named" binding:"dive,keys,alpha,endkeys,required"`
		Text  binding.Optional[string] `json:"text" binding:"omitnil,uuid4"`
	}
	r := schema.New()
	in, err := r.Of(reflect.TypeFor[Tree](), schema.Input)
	require.NoError(t, err)
	out, err := r.Of(reflect.TypeFor[Tree](), schema.Output)
	require.NoError(t, err)
	compile(t, r, out)
	other := compile(t, r, in)
	rnd := rand.New(rand.NewPCG(*seed, 3))
	for range *types {
		v := sample(r, in, rnd, map[string]any{})
		body, err := json.Marshal(v)
		require.NoError(t, err)
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
		require.NoError(t, err)
		theirs := other.Validate(doc) == nil
		assert.Equal(t, len(r.Check(in, doc)) == 0, theirs, "%s", body)
		assert.Equal(t, binds(reflect.TypeFor[Tree](), body), theirs, "%s", body)
	}
}

func sample(r *schema.Registry, s *schema.Schema, rnd *rand.Rand, otherwise any) any {
	if rnd.IntN(2) == 0 {
		if v, err := r.Valid(s, rnd); err == nil {
			return v
		}
	} else if v, _, ok := r.Invalid(s, rnd); ok {
		return v
	}
	return otherwise
}

func binds(typ reflect.Type, body []byte) bool {
	return binding.JSON.BindBody(body, reflect.New(typ).Interface()) == nil
}

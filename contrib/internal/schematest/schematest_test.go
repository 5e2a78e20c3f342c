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
		says := isExact(r.Notes())
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

func isExact(notes []schema.Note) bool {
	for _, n := range notes {
		if n.Kind != schema.Unasked {
			return false
		}
	}
	return true
}

func binds(typ reflect.Type, body []byte) bool {
	return binding.JSON.BindBody(body, reflect.New(typ).Interface()) == nil
}

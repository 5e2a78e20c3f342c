package schema_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/internal/schema"
	"github.com/dram-go/dram/internal/schema/schematest"
	"github.com/stretchr/testify/require"
)

var (
	seed   = flag.Uint64("seed", 1, "of the first type of TestTwoEnginesOneTruth")
	number = flag.Int("types", 200, "how many types TestTwoEnginesOneTruth makes")
)

// verdict is what binding says of a body.
func verdict(typ reflect.Type, body []byte) (err error) {
	defer func() {
		if why := recover(); why != nil {
			err = fmt.Errorf("panic: %v", why)
		}
	}()
	return binding.JSON.BindBody(body, reflect.New(typ).Interface())
}

func decode(t testing.TB, text []byte) (v any) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	require.NoError(t, dec.Decode(&v))
	return v
}

// isExact reports whether a schema is to say all that binding does.
func isExact(notes []schema.Note) bool {
	for _, n := range notes {
		if n.Kind != schema.Unasked {
			return false
		}
	}
	return true
}

// isAsked reports whether values can be made that keep the inexact rules: those of texts.
func isAsked(notes []schema.Note) bool {
	for _, n := range notes {
		if n.Kind == schema.Inexact && !slices.Contains([]string{
			"the validator does more than match a pattern", "it is a list of codes", "whether it is a date needs a calendar",
		}, n.Why) {
			return false
		}
	}
	return true
}

// TestTwoEnginesOneTruth: what binding accepts and what the schema accepts is the same, for
// types with rules made by chance. Where a rule is noted as inexact, the schema accepts more.
func TestTwoEnginesOneTruth(t *testing.T) {
	var types, contradictions, exact, accepted, refused int
	for s := *seed; s < *seed+uint64(*number); s++ {
		g := schematest.New(s)
		typ := g.Struct()
		r := schema.New()
		sch, err := r.Of(typ, schema.Input)
		if err != nil {
			contradictions++
			if testing.Verbose() {
				t.Logf("seed %d: %v", s, err)
			}
			continue
		}
		types++
		text, err := schema.Marshal(sch)
		require.NoError(t, err)
		isExact := isExact(r.Notes())
		exact += btoi(isExact)
		_, err = r.Valid(sch, g.Rand)
		hasSamples := err == nil // some rules exclude each other, which nobody sees before
		for n := range 60 {
			v := g.Value(typ)
			what := "made of the type"
			switch {
			case !hasSamples:
			case n%4 == 1:
				if valid, err := r.Valid(sch, g.Rand); err == nil {
					v, what = valid, "valid"
				}
			case n%4 == 2:
				if invalid, _, ok := r.Invalid(sch, g.Rand); ok {
					v, what = invalid, "invalid"
				}
			}
			body, err := json.Marshal(v)
			require.NoError(t, err)
			faults := r.Check(sch, decode(t, body))
			bound := verdict(typ, body)
			if bound == nil {
				accepted++
			} else {
				refused++
			}
			if bound == nil && len(faults) > 0 || bound != nil && len(faults) == 0 && (isExact || what == "valid" && isAsked(r.Notes())) {
				t.Fatalf("seed %d, %s:\n%s\nbody:    %s\nbinding: %v\nschema:  %v\n%s", s, what, typ, body, bound, faults, text)
			}
		}
	}
	t.Logf("%d types, %d of them exact; %d contradict themselves; %d bodies accepted, %d refused", types, exact, contradictions, accepted, refused)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

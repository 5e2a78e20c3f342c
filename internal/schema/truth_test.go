package schema_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"testing"
	"time"

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
func verdict(typ reflect.Type, body []byte) error {
	return orPanic(func() error { return binding.JSON.BindBody(body, reflect.New(typ).Interface()) })
}

// orPanic returns the error of a function, or what it panics with.
func orPanic(bind func() error) (err error) {
	defer func() {
		if why := recover(); why != nil {
			err = fmt.Errorf("panic: %v", why)
		}
	}()
	return bind()
}

func decode(t testing.TB, text []byte) (v any) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	require.NoError(t, dec.Decode(&v))
	return v
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
		isExact := schematest.IsExact(r.Notes())
		exact += btoi(isExact)
		_, err = r.Valid(sch, g.Rand)
		hasSamples := err == nil // some rules exclude each other, which nobody sees before
		for n := range 40 {
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

// asQuery is an object as a query, and as what the texts of it are in JSON.
func asQuery(object map[string]any, params []schema.Param) (url.Values, map[string]any) {
	query, typed := url.Values{}, map[string]any{}
	for _, p := range params {
		v, ok := object[p.Name]
		list, isList := v.([]any)
		if !isList {
			list = []any{v}
		}
		if !ok || v == nil || len(list) == 0 {
			continue
		}
		s := p.Schema
		if s.Items != nil {
			s = s.Items
		}
		for i, item := range list {
			text := fmt.Sprint(item)
			query.Add(p.Name, text)
			if slices.Contains(s.Type, "string") {
				list[i] = text
			}
		}
		if typed[p.Name] = list[0]; slices.Contains(p.Schema.Type, "array") {
			typed[p.Name] = list
		}
	}
	return query, typed
}

// TestTwoEnginesOneTruthOfText is the same for parameters.
func TestTwoEnginesOneTruthOfText(t *testing.T) {
	accepted, refused := 0, 0
	for s := *seed; s < *seed+uint64(*number); s++ {
		g := schematest.New(s)
		typ := g.Query()
		r := schema.New()
		q, err := r.Request(typ)
		if err != nil {
			continue
		}
		for range 40 {
			object := make(map[string]any)
			for _, p := range q.Params {
				if g.IntN(4) > 0 {
					object[p.Name] = g.Value(typ.FieldByIndex(p.Index).Type)
				}
			}
			query, typed := asQuery(object, q.Params)
			whole := &schema.Schema{}
			for _, p := range q.Params {
				whole.Properties = append(whole.Properties, schema.Property{Name: p.Name, Schema: p.Schema})
				if p.Required {
					whole.Required = append(whole.Required, p.Name)
				}
			}
			faults := r.Check(whole, typed)
			bound := boundQuery(typ, query)
			accepted += btoi(bound == nil)
			refused += btoi(bound != nil)
			if bound == nil && len(faults) > 0 || bound != nil && len(faults) == 0 && schematest.IsExact(r.Notes()) {
				text, _ := schema.Marshal(whole)
				t.Fatalf("seed %d:\n%s\nquery:   %s\nbinding: %v\nschema:  %v\n%s", s, typ, query.Encode(), bound, faults, text)
			}
		}
	}
	t.Logf("%d queries accepted, %d refused", accepted, refused)
}

func boundQuery(typ reflect.Type, query url.Values) error {
	req := httptest.NewRequest(http.MethodGet, "/?"+query.Encode(), nil)
	return orPanic(func() error { return binding.All(req, nil, reflect.New(typ).Interface()) })
}

// TestAnswersFit: what encoding/json writes of a value fits the schema of answers.
func TestAnswersFit(t *testing.T) {
	for s := *seed; s < *seed+uint64(*number); s++ {
		g := schematest.New(s)
		typ := g.Struct()
		r := schema.New()
		sch, err := r.Of(typ, schema.Output)
		require.NoError(t, err)
		for range 10 {
			value := reflect.New(typ)
			body, err := json.Marshal(g.Value(typ))
			require.NoError(t, err)
			_ = json.Unmarshal(body, value.Interface()) // what does not fit stays zero
			written, err := json.Marshal(value.Interface())
			require.NoError(t, err)
			require.Empty(t, r.Check(sch, decode(t, written)), "seed %d: %s of %s", s, written, typ)
		}
	}
}

// written by hand: what reflect.StructOf does not make.
type (
	status string
	Person struct {
		base
		*Must
		Home    Address            `json:"home"`
		Work    *Address           `json:"work" binding:"required_without=Home2"`
		Home2   *Address           `json:"home2"`
		Status  status             `json:"status" binding:"oneof=on off"`
		Price   Decimal            `json:"price"`
		ID      UUID               `json:"uid" binding:"required"`
		Friends []*Person          `json:"friends,omitempty" binding:"max=2,dive,required"`
		ByName  map[status]Address `json:"by_name" binding:"dive,keys,oneof=on off,endkeys"`
		At      *time.Time         `json:"at" binding:"required_if=Status on"`
		Level   Level              `json:"level" binding:"required,enum"`
		Colors  []Color            `json:"colors" binding:"max=2,dive,enum"`
		Count   int                `json:"count,string"`
		Free    binding.Optional[Address]
	}
	Address struct {
		Zip  string `json:"zip" binding:"len=5,number"`
		City string `json:"city,omitempty" binding:"omitempty,min=2"`
	}
)

func TestTypesWrittenByHand(t *testing.T) {
	for _, typ := range []reflect.Type{reflect.TypeFor[Person](), reflect.TypeFor[Embeds](), reflect.TypeFor[Behind](), reflect.TypeFor[Tree](), reflect.TypeFor[Page[Person]]()} {
		r := schema.New()
		s, err := r.Of(typ, schema.Input)
		require.NoError(t, err)
		out, err := r.Of(typ, schema.Output)
		require.NoError(t, err)
		rnd := rand.New(rand.NewPCG(*seed, 1))
		for range *number / 2 {
			v, err := r.Valid(s, rnd)
			require.NoError(t, err)
			body, err := json.Marshal(v)
			require.NoError(t, err)
			bound := reflect.New(typ)
			require.NoError(t, binding.JSON.BindBody(body, bound.Interface()), "%s", body)
			written, err := json.Marshal(bound.Interface())
			require.NoError(t, err)
			require.Empty(t, r.Check(out, decode(t, written)), "%s", written)

			v, fault, ok := r.Invalid(s, rnd)
			require.True(t, ok)
			body, err = json.Marshal(v)
			require.NoError(t, err)
			require.Error(t, verdict(typ, body), "%s: %s", fault, body)
		}
	}
}

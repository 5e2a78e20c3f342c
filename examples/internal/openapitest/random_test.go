package openapitest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"mime/multipart"
	"regexp"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/typed"
)

// This file has APIs of random routes, each of which has a document that is valid.

// kinds are routes of all that a handler may read and answer, with the end of their paths.
var kinds = []struct {
	end, method string
	add         func(r typed.Router, method, path string, options ...typed.Option)
}{
	{"", "GET", add[listing, Page[Item]]},
	{"", "GET", add[struct{}, map[string]Page[Shelf]]},
	{"/:id", "GET", add[byID, *Item]},
	{"/:id", "GET", add[byID, typed.Tagged[Shelf]]},
	{"/:id", "DELETE", add[byID, typed.NoContent]},
	{"/:id/photo", "GET", add[byID, typed.File]},
	{"/:id/next", "GET", add[byID, typed.Redirect]},
	{"/:id", "PATCH", add[change, Item]},
	{"/:id", "PUT", add[edit, Item]},
	{"/:id/photos", "POST", add[photos, typed.NoContent]},
	{"", "POST", add[struct{ Draft }, typed.Created[Item]]},
	{"", "POST", add[login, typed.NoContent]},
	{"", "PUT", add[either, []string]},
	{"", "POST", add[formats, any]},
	{"/*rest", "GET", add[rest, []byte]},
	{"", "OPTIONS", add[struct{}, []Money]},
	// Since 3.2.
	{"", "QUERY", add[search, []Item]},
	{"", "PURGE", add[struct{}, typed.NoContent]},
	{"/watch", "GET", add[struct{}, iter.Seq2[typed.Event[Item], error]]},
}

// since32 is the first of kinds that need OpenAPI 3.2.
const since32 = 16

type edit struct {
	byID
	typed.IfMatch
	Draft
}

type either struct {
	Name  string                `json:"name" form:"name" binding:"required" example:"Assam"`
	Pair  [2]string             `json:"pair" binding:"dive,omitempty,min=2"`
	Label *multipart.FileHeader `form:"label"`
}

type formats struct {
	Span struct {
		From time.Time `json:"from" binding:"required"`
	} `query:"span" binding:"required"`
	Wait time.Duration `query:"wait,default=1s" binding:"min=1ms,max=1h" example:"2s"`
	Kind Kind          `header:"X-Kind" binding:"omitempty,enum" doc:"of the *kind*"`
	Name string        `json:"name" xml:"n" binding:"required_with=Same"`
	Same string        `json:"same" binding:"eqfield=Name"`
}

type rest struct {
	Rest string `uri:"rest"`
}

func add[In, Out any](r typed.Router, method, path string, options ...typed.Option) {
	typed.Handle(r, method, path, func(context.Context, *In) (Out, error) {
		var none Out
		return none, nil
	}, options...)
}

// refused matches what is said of routes that cannot stand in one document, or one router.
var refused = regexp.MustCompile(`is the same path |the ID "same" is that of|conflict|already`)

// random registers some routes, which are the same for a seed.
func random(t *testing.T, seed uint64, most int) *typed.API {
	t.Helper()
	p := rand.New(rand.NewPCG(seed, 1))
	words := []string{"a", "b", "a-b", "a_b", "A", "ä", "v1.2", ".well-known", "items", "x~y", "a/b"}
	options := []func() typed.Option{
		func() typed.Option { return typed.Deprecated() },
		func() typed.Option { return typed.Hidden() },
		func() typed.Option { return typed.ID("same") },
		func() typed.Option { return typed.Tags(words[p.IntN(len(words))], "<tag>") },
		func() typed.Option { return typed.Security(typed.Bearer("token", "JWT"), typed.Basic("staff")) },
		func() typed.Option { return typed.OrSecurity(typed.APIKey("key", "cookie", "k").Scopes("read")) },
		func() typed.Option { return typed.Security() },
		func() typed.Option { return typed.Header("Link", "the pages beside it") },
		func() typed.Option { return typed.Errors(typed.Is(errTaken, typed.Problem(409, "a/taken #", "Taken"))) },
		func() typed.Option { return typed.Errors(typed.ByLayer(typed.Problem(429, "", "Too many"))) },
		func() typed.Option { return typed.Description("*All*\n\n\"of\" </it> \\ it") },
	}
	r := dram.New()
	api := typed.New(&r.RouterGroup, typed.Info{Title: "<Random> \u2028", Version: fmt.Sprint(seed)}, options[p.IntN(len(options)-4)+3]())
	routers := []typed.Router{api, api.Group("/g"), api.Group("/:group", typed.Tags("group")), api.On(r.Host("{tenant}.example.com"))}
	for range 1 + p.IntN(12) {
		kind := kinds[p.IntN(most)]
		path := ""
		for range 1 + p.IntN(2) {
			path += "/" + words[p.IntN(len(words))]
		}
		var own []typed.Option
		for range p.IntN(3) {
			own = append(own, options[p.IntN(len(options))]())
		}
		register(t, func() { kind.add(routers[p.IntN(2)], kind.method, path+kind.end, own...) })
	}
	register(t, func() { add[tenant, string](routers[3], "GET", "/tenant") })
	register(t, func() { add[group, string](routers[2], "GET", "/group") })
	return api
}

type tenant struct {
	Tenant string `uri:"tenant"`
}

type group struct {
	Group string `uri:"group"`
}

// register accepts that a route is refused for another one.
func register(t *testing.T, add func()) {
	defer func() {
		if why := recover(); why != nil {
			require.Regexp(t, refused, fmt.Sprint(why))
		}
	}()
	add()
}

func TestDocumentsOfRandomAPIsAreValid(t *testing.T) {
	dir := tools.folder(t)
	for version, most := range map[string]int{"3.1": since32, "3.2": len(kinds)} {
		schema := official(t, run(t, dir, "node", "schemas.js", version), version)
		for seed := range uint64(200) {
			text := random(t, seed, most).Document()
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
			require.NoError(t, err)
			if version == "3.2" { // which a document of 3.1 is not
				doc.(map[string]any)["openapi"] = "3.2.0"
			}
			require.NoError(t, schema.Validate(doc), "seed %d: %s", seed, text)
			assert.Equal(t, string(text), string(random(t, seed, most).Document()), "seed %d", seed)
			checkNames(t, text)
		}
	}
}

// checkNames looks at what the schema does not: each operationId is there once, and each parameter,
// those of the path all.
func checkNames(t *testing.T, text []byte) {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	require.NoError(t, json.Unmarshal(text, &doc))
	ids := make(map[string]bool)
	for path, item := range doc.Paths {
		for method, text := range item {
			if method == "additionalOperations" {
				continue
			}
			var o struct {
				OperationID string
				Parameters  []struct{ In, Name string }
			}
			require.NoError(t, json.Unmarshal(text, &o))
			assert.Regexp(t, "^[a-zA-Z0-9_]+$", o.OperationID)
			assert.False(t, ids[o.OperationID], o.OperationID)
			ids[o.OperationID] = true
			inPath, seen := 0, make(map[string]bool)
			for _, p := range o.Parameters {
				assert.False(t, seen[p.In+p.Name], p.Name)
				seen[p.In+p.Name] = true
				if p.In == "path" {
					inPath++
					assert.Contains(t, path, "{"+p.Name+"}")
				}
			}
			assert.Equal(t, bytes.Count([]byte(path), []byte("{")), inPath, path)
		}
	}
}

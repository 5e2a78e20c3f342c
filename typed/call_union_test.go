package typed_test

import (
	"context"
	"iter"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/typed"
)

type beast interface{ beast() }

type cat struct {
	Kind string `json:"kind"`
	Prey beast  `json:"prey"`
}

type mouse struct {
	Kind  string `json:"kind"`
	Grams int    `json:"grams,string"`
}

func (cat) beast()    {}
func (*mouse) beast() {}

type ZooPart struct {
	Star beast `json:"star"`
}

type zoo struct {
	*ZooPart
	Name   string                    `json:"name"`
	ByRoom map[int][]beast           `json:"by_room"`
	None   beast                     `json:"none"`
	Two    [2]beast                  `json:"two"`
	Maybe  binding.Optional[beast]   `json:"maybe"`
	Many   binding.Optional[[]beast] `json:"many"`
	Null   binding.Optional[beast]   `json:"null"`
	Absent binding.Optional[beast]   `json:"absent,omitzero"`
}

// A client knows the members of a union, wherever they are in an answer.
func TestCallReadsUnions(t *testing.T) {
	r, api := newAPI()
	typed.Union[beast](api, "kind", map[string]beast{"cat": cat{}, "mouse": &mouse{}})
	jerry := &mouse{"mouse", 20}
	tom := cat{"cat", jerry}
	want := zoo{&ZooPart{tom}, "N", map[int][]beast{1: {jerry, tom}, 2: nil}, nil, [2]beast{tom, jerry}, binding.Some[beast](tom), binding.Some([]beast{jerry}), binding.Null[beast](), binding.Optional[beast]{}}
	whole := typed.GET(api, "/zoo", func(context.Context, *none) (zoo, error) { return want, nil })
	made := typed.POST(api, "/zoo", func(context.Context, *none) (typed.Created[beast], error) {
		return typed.Created[beast]{Body: tom}, nil
	})
	stream := typed.GET(api, "/stream", func(context.Context, *none) (iter.Seq[beast], error) {
		return func(yield func(beast) bool) { _ = yield(tom) && yield(jerry) }, nil
	})
	server := httptest.NewServer(r)
	defer server.Close()
	client := &typed.Client{Base: server.URL}
	got, err := whole.Call(t.Context(), client, &none{})
	require.NoError(t, err)
	assert.Equal(t, want, got)
	one, err := made.Call(t.Context(), client, &none{})
	require.NoError(t, err)
	assert.Equal(t, tom, one.Body)
	beasts, err := stream.Call(t.Context(), client, &none{})
	require.NoError(t, err)
	var list []beast
	for b := range beasts {
		list = append(list, b)
	}
	assert.Equal(t, []beast{tom, jerry}, list)

	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"star":{"kind":"dog"}}`)) }))
	defer other.Close()
	_, err = whole.Call(t.Context(), &typed.Client{Base: other.URL}, &none{})
	assert.ErrorContains(t, err, `the property "kind" of a typed_test.beast is "dog", which is not a member of the union`)
}

// A stream of events that breaks off is not a whole one.
func TestCallOfEventsThatBreakOff(t *testing.T) {
	r, api := newAPI()
	watch := typed.GET(api, "/", func(context.Context, *none) (iter.Seq2[typed.Event[int], error], error) { return nil, nil })
	_ = r
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		assert.Equal(t, "text/event-stream", req.Header.Get("Accept"))
		_, _ = w.Write([]byte(":\n\nid: lost\n\nid: 1\nevent: n\ndata: 1\n\ndata: 2\n"))
	}))
	defer server.Close()
	events, err := watch.Call(t.Context(), &typed.Client{Base: server.URL}, &none{})
	require.NoError(t, err)
	var got []typed.Event[int]
	var failed error
	for event, err := range events {
		if failed = err; err == nil {
			got = append(got, event)
		}
	}
	assert.Equal(t, []typed.Event[int]{{ID: "1", Name: "n", Data: 1}}, got)
	assert.ErrorContains(t, failed, "unexpected EOF")
}

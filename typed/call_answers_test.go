package typed_test

import (
	"context"
	"encoding/xml"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/typed"
)

func TestCallDoesNotFollowARedirect(t *testing.T) {
	r, api := newAPI()
	moved := typed.GET(api, "/moved", func(context.Context, *struct{}) (typed.Redirect, error) {
		return typed.Redirect{Location: "/none"}, nil
	})
	server := httptest.NewServer(r)
	defer server.Close()
	to, err := moved.Call(t.Context(), &typed.Client{Base: server.URL}, &struct{}{})
	require.NoError(t, err)
	assert.Equal(t, typed.Redirect{Status: 303, Location: "/none"}, to)
}

func TestCallReadsWhatIsOffered(t *testing.T) {
	type note struct {
		XMLName xml.Name `xml:"note" json:"-"`
		Text    string   `xml:"text"`
	}
	r, api := newAPI()
	handle := func(context.Context, *struct{}) (note, error) { return note{Text: "a"}, nil }
	one := typed.GET(api, "/one", handle, typed.Offers("application/xml"))
	both := typed.GET(api, "/both", handle, typed.Offers("application/xml", "application/json"))
	server := httptest.NewServer(r)
	defer server.Close()
	for _, route := range []*typed.Route[struct{}, note]{one, both} {
		got, err := route.Call(t.Context(), &typed.Client{Base: server.URL}, &struct{}{})
		require.NoError(t, err)
		assert.Equal(t, "a", got.Text)
	}
}

// What is not the route's own answer is a Problem with its status.
func TestCallOfAnAnswerThatIsNotTheRoutes(t *testing.T) {
	r, api := newAPI()
	layer := func(status int) dram.HandlerFunc { return func(c *dram.Context) { c.AbortWithStatus(status) } }
	newest := typed.GET(api, "/newest", func(context.Context, *struct {
		Known string `header:"If-None-Match"`
	}) (typed.Tagged[book], error) {
		return typed.Tagged[book]{ETag: `"7"`, Body: book{7, "Momo"}}, nil
	})
	group := api.Group("/g")
	group.Use(layer(204))
	plain := typed.GET(group, "/plain", func(context.Context, *struct{}) (book, error) { return book{}, nil })
	stream := typed.GET(group, "/stream", func(context.Context, *struct{}) (iter.Seq2[int, error], error) { return nil, nil })
	server := httptest.NewServer(r)
	defer server.Close()
	client := &typed.Client{Base: server.URL}
	var problem *dram.Problem
	_, err := plain.Call(t.Context(), client, &struct{}{})
	require.ErrorAs(t, err, &problem)
	assert.Equal(t, 204, problem.Status)
	_, err = stream.Call(t.Context(), client, &struct{}{})
	require.ErrorAs(t, err, &problem)
	assert.Equal(t, 204, problem.Status)
	had, err := newest.Call(t.Context(), client, &struct {
		Known string `header:"If-None-Match"`
	}{`"7"`})
	require.NoError(t, err)
	assert.Equal(t, typed.Tagged[book]{ETag: `"7"`}, had)

	_, err = plain.Call(t.Context(), nil, &struct{}{})
	assert.ErrorContains(t, err, "pass a &typed.Client")
	_, err = plain.Call(t.Context(), client, nil)
	assert.ErrorContains(t, err, "GET /g/plain")
}

// A stream that nobody ranges over gives its connection back when it is forgotten.
func TestCallOfAStreamThatIsForgotten(t *testing.T) {
	r, api := newAPI()
	ended := make(chan struct{})
	watch := typed.GET(api, "/watch", func(ctx context.Context, _ *struct{}) (iter.Seq2[int, error], error) {
		return func(yield func(int, error) bool) {
			defer close(ended)
			yield(1, nil)
			<-ctx.Done()
		}, nil
	})
	server := httptest.NewServer(r)
	defer server.Close()
	_, err := watch.Call(context.Background(), &typed.Client{Base: server.URL}, &struct{}{})
	require.NoError(t, err)
	deadline := time.After(20 * time.Second)
	for {
		runtime.GC()
		select {
		case <-ended:
			return
		case <-deadline:
			t.Fatal("the connection is still in use")
		case <-time.After(time.Millisecond):
		}
	}
}

func TestCallSendsAZeroValueThatIsPointedTo(t *testing.T) {
	type in struct {
		Plain   bool  `query:"plain,default=true"`
		Pointed *bool `query:"pointed,default=true"`
	}
	r, api := newAPI()
	route := typed.GET(api, "/", func(_ context.Context, in *in) (string, error) {
		return fmt.Sprint(in.Plain, *in.Pointed), nil
	})
	server := httptest.NewServer(r)
	defer server.Close()
	got, err := route.Call(t.Context(), &typed.Client{Base: server.URL, Header: http.Header{"x-key": {"k"}}}, &in{Pointed: new(bool)})
	require.NoError(t, err)
	assert.Equal(t, "true false", got)
}

// A route of HEAD has no body to read its value from.
func TestCallOfAHeadRoute(t *testing.T) {
	r, api := newAPI()
	plain := typed.Handle(api, "HEAD", "/plain", func(context.Context, *none) (int, error) { return 1, nil })
	tagged := typed.Handle(api, "HEAD", "/tagged", func(context.Context, *none) (typed.Tagged[int], error) {
		return typed.Tagged[int]{ETag: "1", Body: 1}, nil
	})
	server := httptest.NewServer(r)
	defer server.Close()
	client := &typed.Client{Base: server.URL}
	_, err := plain.Call(t.Context(), client, &none{})
	assert.NoError(t, err)
	got, err := tagged.Call(t.Context(), client, &none{})
	assert.NoError(t, err)
	assert.Equal(t, `"1"`, got.ETag)
}

package typed_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/typed"
)

// A header that Call or net/http would write by itself is sent as its field has it.
func TestCallSendsTheHeaderOfAField(t *testing.T) {
	type in struct {
		Accept string `header:"Accept"`
		Type   string `header:"Content-Type"`
		Agent  string `header:"user-agent"`
		Body   int    `json:"body"`
	}
	want := &in{"text/csv", "application/vnd.a+json; v=1", "me", 1}
	got, err := called(t, "POST", "/", want)
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

func TestCallRefusesAHeaderThatIsNotSentAsItIs(t *testing.T) {
	_, err := called(t, "POST", "/", &struct {
		Type string `header:"Content-Type"`
		Body int    `json:"body"`
	}{"text/plain", 1})
	assert.ErrorContains(t, err, `the header Content-Type is "text/plain", and the body application/json`)
	_, err = called(t, "POST", "/", &struct {
		Length int `header:"content-length"`
		Body   int `json:"body"`
	}{1, 1})
	assert.ErrorContains(t, err, "the field Length: the header Content-Length is that of the body")
	empty := ""
	_, err = called(t, "GET", "/", &struct {
		Agent *string `header:"User-Agent"`
	}{&empty})
	assert.ErrorContains(t, err, "one User-Agent is sent, and none that is empty")
	type cookies struct {
		All string   `header:"Cookie"`
		One []string `cookie:"one"`
	}
	_, err = called(t, "GET", "/", &cookies{"a=b", []string{"c"}})
	assert.ErrorContains(t, err, `the cookie "one" is in the header Cookie as well`)
	for _, want := range []*cookies{{All: "a=b"}, {}} {
		got, err := called(t, "GET", "/", want)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
}

// The cookies of a client are sent beside those of the fields, but not under the same name.
func TestCallSendsTheCookiesOfTheClient(t *testing.T) {
	r, api := newAPI()
	type in struct {
		One []string `cookie:"one"`
	}
	route := typed.GET(api, "/", func(ctx context.Context, in *in) ([]string, error) {
		return append(in.One, typed.Context(ctx).GetHeader("Cookie")), nil
	})
	server := httptest.NewServer(r)
	defer server.Close()
	client := &typed.Client{Base: server.URL, Header: http.Header{"cookie": {"s=1"}}}
	for range 2 {
		got, err := route.Call(t.Context(), client, &in{[]string{"a", "b"}})
		require.NoError(t, err)
		assert.Equal(t, []string{"a", "b", "s=1; one=a; one=b"}, got)
	}
	client.Header.Set("Cookie", "one=c")
	delete(client.Header, "cookie")
	_, err := route.Call(t.Context(), client, &in{[]string{"a"}})
	assert.ErrorContains(t, err, `the cookie "one" is in the header Cookie as well`)
}

package typed_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/dram-go/dram/typed"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Literals and Base are sent with the escapes that they need: beside them an escape of a value stays one.
func TestCallEscapesLiterals(t *testing.T) {
	type in struct {
		A string `uri:"a"`
	}
	for _, pattern := range []string{"/é/:a", "/a b/:a", "/a?b/:a", "/a#b/:a", "/50%/:a", "/x!y/:a", "/x\\:y/:a"} {
		for _, value := range []string{"1", "ä b", "100%", "a%2Fb", "a?b", "a,b;c", "*", "a+b"} {
			got, err := called(t, "GET", pattern, &in{value})
			require.NoError(t, err, pattern)
			assert.Equal(t, &in{value}, got, pattern)
		}
	}
	rest, err := called(t, "GET", "/é/*a", &in{"/a,b/c d"})
	require.NoError(t, err)
	assert.Equal(t, &in{"/a,b/c d"}, rest)
	got, err := called(t, "GET", "/x!y(z)/:a", &in{"a/b"})
	require.NoError(t, err)
	assert.Equal(t, &in{"a/b"}, got)
}

func TestCallEscapesBase(t *testing.T) {
	_, api := newAPI()
	route := typed.GET(api, "/:a", func(context.Context, *struct {
		A string `uri:"a"`
	}) (typed.NoContent, error) {
		return typed.NoContent{}, nil
	})
	var asked string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		asked = req.RequestURI
		w.WriteHeader(http.StatusNoContent)
	}))
	defer server.Close()
	for base, want := range map[string]string{"": "/a%2Fb", "/": "/a%2Fb", "/é/": "/%C3%A9/a%2Fb", "/a b": "/a%20b/a%2Fb", "/a%2Fb": "/a%2Fb/a%2Fb"} {
		_, err := route.Call(t.Context(), &typed.Client{Base: server.URL + base}, &struct {
			A string `uri:"a"`
		}{"a/b"})
		require.NoError(t, err)
		assert.Equal(t, want, asked)
	}
	for _, base := range []string{"", "/v1", "example.com", server.URL + "?a=b", server.URL + "#a", "http://\x00"} {
		_, err := route.Call(t.Context(), &typed.Client{Base: base}, &struct {
			A string `uri:"a"`
		}{"a"})
		assert.ErrorContains(t, err, "Client.Base", base)
	}
}

// A value with ":b" or "*rest" in it stays as it is.
func TestCallSendsAPathValueThatLooksLikeAParameter(t *testing.T) {
	type in struct {
		A    string `uri:"a"`
		B    string `uri:"b"`
		Rest string `uri:"rest"`
	}
	want := &in{":b", "1*rest", "/:a/*b"}
	got, err := called(t, "GET", "/x\\:y/:a/:b/*rest", want)
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

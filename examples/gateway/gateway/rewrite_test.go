package gateway_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Paths for an upstream that are made of params: what a client writes in one stays a value.

func TestAParamOfARewriteIsNotAVerbOfAnotherMethod(t *testing.T) {
	addr := serveGRPC(t, compileProto(t, booksProto), map[string]func(*grpcCall) error{
		"Get":    echo,
		"Search": func(c *grpcCall) error { return c.Send(`{"next":"searched"}`) },
	})
	keys := write(t, "keys", fmt.Sprintf("ann %x\n", sha256.Sum256([]byte("k"))))
	g, err := transcoding(t, `
auth: {key: {keys: {file: `+keys+`}}}
upstreams: {books: {grpc: [{url: "h2c://$1"}], descriptors: books.binpb}}
routes:
  - {path: "/open/:id", to: books, transcode: true, rewrite: "/v1/:id"}
  - {path: "/one/:id", to: books, transcode: true, rewrite: "/v1/one/:id"}
  - {path: /search, to: books, transcode: true, rewrite: '/v1/books\:search'}
  - {path: "/rest/*rest", to: books, transcode: true, rewrite: "/v1/*rest"}
  - {path: '/v1/books\:search', to: books, transcode: true, auth: {by: [key]}}
`, addr)
	require.NoError(t, err)
	for _, tc := range []struct {
		name, path string
		status     int
		want       string
	}{
		{"a verb in a param", "/open/books:search", 404, ""},
		{"an escaped one", "/open/books%3Asearch", 404, ""},
		{"a colon of a value", "/one/a:b", 200, `{\"name\":\"a:b\"}`},
		{"an escaped colon of a value", "/one/a%3Ab", 200, `{\"name\":\"a:b\"}`},
		{"a verb that the rewrite has", "/search", 200, `[]`},
		{"a verb in the rest of a path, which is all that stands there", "/rest/books:search", 200, `[]`},
		{"the method's own route", "/v1/books:search", 401, ""},
		{"which is no other path", "/v1/booksXsearch", 404, ""},
	} {
		w := asked(g, "GET", tc.path, "")
		assert.Equal(t, tc.status, w.Code, "%s: %s", tc.name, w.Body)
		assert.Contains(t, w.Body.String(), tc.want, tc.name)
	}
}

func TestAParamOfARewriteDoesNotLeaveItsPlace(t *testing.T) {
	var paths []string
	var mu sync.Mutex // parts are asked at the same time
	g, _ := start(t, `
upstreams: {books: {servers: [{url: $1}]}}
routes:
  - {path: "/v:ver/docs", to: books, rewrite: "/api/:ver/docs"}
  - {path: "/m:ver/docs", methods: [GET], merge: [{as: a, to: books, path: /a}, {as: b, to: books, path: "/api/:ver/docs"}]}
  - {path: "/id/:id", to: books, rewrite: "/ids/:id"}
  - {path: '/a\:b/:id', to: books, rewrite: '/x\:y/:id'}
  - {path: '/s\:t/:id', to: books, strip_prefix: "/s:t/"}
`, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		paths = append(paths, r.RequestURI)
		_, _ = io.WriteString(w, "{}")
	})
	for _, path := range []string{"/v../docs", "/v%2e%2e/docs", "/v./docs", "/v/docs", "/m../docs", "/m/docs"} {
		assert.Equal(t, 400, asked(g, "GET", path, "").Code, path)
	}
	assert.Empty(t, paths)
	for path, want := range map[string]string{"/v2/docs": "/api/2/docs", "/v..2/docs": "/api/..2/docs", "/id/a:b": "/ids/a:b", "/id/a,b%3F": "/ids/a,b%3F", "/a:b/1": "/x:y/1", "/s:t/1": "/1"} {
		paths = nil
		assert.Equal(t, 200, asked(g, "GET", path, "").Code, path)
		assert.Equal(t, []string{want}, paths)
	}
	paths = nil
	assert.Equal(t, 200, asked(g, "GET", "/m2/docs", "").Code)
	assert.ElementsMatch(t, []string{"/a", "/api/2/docs"}, paths)
}

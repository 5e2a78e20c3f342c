package gateway_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What stands outside of headers, and may be taken for one: the 1xx in front of an answer, and trailers.

// exchanged asks a gateway over a connection; infos are the headers of the 1xx.
func exchanged(t *testing.T, g http.Handler, req *http.Request) (res *http.Response, infos []http.Header) {
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{Got1xxResponse: func(_ int, h textproto.MIMEHeader) error {
		infos = append(infos, http.Header(h))
		return nil
	}})
	to, err := http.NewRequest(req.Method, server.URL+req.URL.Path, req.Body)
	require.NoError(t, err)
	to.Header, to.Trailer = req.Header, req.Trailer
	res, err = http.DefaultTransport.RoundTrip(to.WithContext(ctx))
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res, infos
}

func TestWhatARouteRemovesOfAnswersIsInNo1xxAndTrailer(t *testing.T) {
	g, _ := start(t, `
upstreams: {books: {servers: [{url: $1}]}}
routes: [{path: /a, to: books, response: {remove: [set-cookie, X-Inner]}}, {path: /b, to: books}, {path: /m, methods: [GET], merge: [{as: a, to: books, path: /a}]}]
`, func(w http.ResponseWriter, r *http.Request) {
		for name, value := range map[string]string{"Set-Cookie": "a=b", "X-Inner": "1", "Link": "</a.css>; rel=preload"} {
			w.Header().Set(name, value)
		}
		w.WriteHeader(http.StatusEarlyHints)
		clear(w.Header())
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Trailer", "X-Inner, X-Sum")
		_, _ = io.WriteString(w, `{}`)
		w.Header().Set("X-Inner", "1")
		w.Header().Set("X-Sum", "2")
		w.Header().Set(http.TrailerPrefix+"Set-Cookie", "late=1")
	})
	res, infos := exchanged(t, g, httptest.NewRequest("GET", "/a", nil))
	assert.Equal(t, []http.Header{{"Link": {"</a.css>; rel=preload"}}}, infos)
	assert.Equal(t, http.Header{"X-Sum": {"2"}}, res.Trailer)

	res, infos = exchanged(t, g, httptest.NewRequest("GET", "/b", nil))
	assert.Equal(t, "1", infos[0].Get("X-Inner"), "of a route that removes nothing")
	assert.Equal(t, http.Header{"X-Inner": {"1"}, "X-Sum": {"2"}, "Set-Cookie": {"late=1"}}, res.Trailer)

	_, infos = exchanged(t, g, httptest.NewRequest("GET", "/m", nil))
	assert.Equal(t, []http.Header{{}}, infos, "a cookie of a part is not passed on")
}

func TestTrailersOfARequestComeThroughChanges(t *testing.T) {
	var got http.Header
	var body string
	g, _ := start(t, `
upstreams: {books: {servers: [{url: $1}]}}
trace: {endpoint: "http://127.0.0.1:1", sample: 100%}
routes:
  - {path: /a, to: books, request: {remove: [X-Admin], set: {X-Tenant: "7"}}, response: {remove: [X-Inner], body: {set: {/a: 1}}}}
  - {path: /b, to: books, request: {body: {set: {/a: 1}}}}
`, func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		got, body = r.Trailer, string(text)
	})
	for path, want := range map[string]http.Header{"/a": {"X-Sum": {"1"}}, "/b": nil} {
		req := httptest.NewRequest("POST", path, io.MultiReader(strings.NewReader(`{}`))) // of a length that is not known
		req.Header.Set("Content-Type", "application/json")
		req.Trailer = http.Header{"X-Sum": {"1"}, "X-Admin": {"1"}, "X-Tenant": {"8"}, "X-Identity": {"forged"}}
		res, _ := exchanged(t, g, req)
		assert.Equal(t, 200, res.StatusCode, path)
		assert.Equal(t, want, got, path)
		assert.Equal(t, map[string]string{"/a": `{}`, "/b": `{"a":1}`}[path], body, fmt.Sprint(path, ": trailers are of the body that the client has sent"))
	}
}

func TestTheHeaderOfASwitchedConnectionIsChanged(t *testing.T) {
	g, _ := start(t, `
upstreams: {a: {servers: [{url: $1}]}}
routes: [{path: /, to: a, response: {remove: [X-Inner], set: {X-Own: "1"}}}]
`, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Inner: 1\r\nX-Own: 2\r\nX-Other: 3\r\n\r\n")
			_ = conn.Close()
		}
	})
	req := httptest.NewRequest("GET", "/", nil)
	req.Header = http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}}
	res, _ := exchanged(t, g, req)
	require.Equal(t, 101, res.StatusCode)
	assert.Equal(t, []string{"1"}, res.Header["X-Own"])
	assert.Equal(t, "3", res.Header.Get("X-Other"))
	assert.NotContains(t, res.Header, "X-Inner")
}

package api_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/realworld/internal/api"
	"github.com/dram-go/dram/examples/realworld/internal/apidoc"
	"github.com/dram-go/dram/examples/realworld/internal/auth"
	"github.com/dram-go/dram/examples/realworld/internal/store/storetest"
)

// fetch gets a path outside the suite's contract, with one header.
func fetch(t *testing.T, url, header, value string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	require.NoError(t, err)
	req.Header.Set(header, value)
	res, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res, body
}

func TestDocs(t *testing.T) {
	s := newSuite(t, storetest.SQLite(t), api.OpenAPI)

	res, body := fetch(t, s.url+"/api/openapi.json", "Origin", "https://elsewhere.org")
	assert.Equal(t, 200, res.StatusCode)
	assert.Equal(t, "application/json; charset=utf-8", res.Header.Get("Content-Type"))
	assert.Equal(t, "*", res.Header.Get("Access-Control-Allow-Origin"))
	assert.JSONEq(t, string(apidoc.JSON), string(body))

	res, body = fetch(t, s.url+"/api/docs", "Accept", "text/html")
	assert.Equal(t, 200, res.StatusCode)
	assert.Equal(t, "text/html; charset=utf-8", res.Header.Get("Content-Type"))
	assert.Contains(t, res.Header.Get("Content-Security-Policy"), "default-src 'self'")
	assert.Contains(t, string(body), "<openapi-explorer")

	script := s.url + "/api/docs/" + apidoc.ScriptName
	plain, err := apidoc.Script()
	require.NoError(t, err)
	res, body = fetch(t, script, "Accept-Encoding", "identity")
	assert.Empty(t, res.Header.Get("Content-Encoding"))
	assert.Equal(t, plain, body)
	res, body = fetch(t, script, "Accept-Encoding", "gzip, br")
	assert.Equal(t, "gzip", res.Header.Get("Content-Encoding"))
	assert.Equal(t, apidoc.ScriptGzip, body)
	assert.Contains(t, res.Header.Get("Cache-Control"), "immutable")

	res, _ = fetch(t, s.url+"/api/docs/other.js", "Accept", "*/*")
	assert.Equal(t, 404, res.StatusCode)
}

func TestPreflight(t *testing.T) {
	s := newSuite(t, storetest.SQLite(t), api.OpenAPI)
	req, err := http.NewRequest("OPTIONS", s.url+"/api/articles/some-slug", nil)
	require.NoError(t, err)
	req.Header.Set("Origin", "http://localhost:5173")
	req.Header.Set("Access-Control-Request-Method", "DELETE")
	req.Header.Set("Access-Control-Request-Headers", "authorization,content-type")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	assert.Equal(t, 204, res.StatusCode)
	assert.Equal(t, "*", res.Header.Get("Access-Control-Allow-Origin"))
	assert.Contains(t, res.Header.Get("Access-Control-Allow-Methods"), "DELETE")
	assert.Contains(t, res.Header.Get("Access-Control-Allow-Headers"), "Authorization")
}

// TestServerFaultsTellNothing closes the database under the server: the client hears of a
// failure and no more, the log has the reason and the request's id.
func TestServerFaultsTellNothing(t *testing.T) {
	db := storetest.SQLite(t)
	var log bytes.Buffer
	tokens, err := auth.NewTokens(bytes.Repeat([]byte("x"), 32), time.Hour, time.Now)
	require.NoError(t, err)
	engine := api.New(api.Options{DB: db, Hasher: auth.NewHasher(auth.DefaultCost), Tokens: tokens, Log: slog.New(slog.NewTextHandler(&log, nil)), Now: time.Now})
	server := httptest.NewServer(engine)
	require.NoError(t, db.Close())
	res, body := fetch(t, server.URL+"/api/articles", "X-Request-Id", "find-me")
	server.Close() // waits for the log's last line
	assert.Equal(t, 500, res.StatusCode)
	assert.JSONEq(t, `{"errors":{"body":["server failed; please try again later"],"server":["failed; please try again later"]}}`, string(body))
	assert.Contains(t, log.String(), "database is closed")
	assert.Contains(t, log.String(), "request_id=find-me")
	assert.Equal(t, "nosniff", res.Header.Get("X-Content-Type-Options"))
}

package api_test

import (
	"database/sql"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/dramtest"
	"github.com/dram-go/dram/examples/realworld/internal/api"
	"github.com/dram-go/dram/examples/realworld/internal/store"
	"github.com/dram-go/dram/examples/realworld/internal/store/storetest"
)

// TestWithoutPostgreSQL: an outage passes, and is not an error of the program.
func TestWithoutPostgreSQL(t *testing.T) {
	pool, err := sql.Open("pgx", "postgres://nobody@127.0.0.1:1/nothing") // where nobody listens
	require.NoError(t, err)
	defer func() { _ = pool.Close() }()
	app := dramtest.New(t, newEngine(t, store.New(pool, store.Postgres), api.Web, nil, t.Output()))
	for _, path := range []string{"/api/articles", "/api/articles/x", "/api/tags", "/api/profiles/ann"} {
		app.GET(path).Want(http.StatusServiceUnavailable).Header("Retry-After", "1").JSON(`{"errors": {"server": ["failed; please try again later"]}}`, dramtest.Exact)
	}
	app.GET("/readyz").Want(http.StatusServiceUnavailable)
}

// A body that breaks off is its client's fault: it was answered and logged as an outage of the database.
func TestABodyThatBreaksOffIsNotAnOutage(t *testing.T) {
	server := httptest.NewServer(newEngine(t, storetest.SQLite(t), api.Web, nil, t.Output()))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "POST /api/users/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
	require.NoError(t, err)
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	answer, err := io.ReadAll(conn)
	require.NoError(t, err)
	assert.Contains(t, string(answer), "HTTP/1.1 400 Bad Request")
	assert.Contains(t, string(answer), `{"errors":{"request":["is refused: Bad Request"]}}`)
}

package api_test

import (
	"database/sql"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/dramtest"
	"github.com/dram-go/dram/examples/realworld/internal/api"
	"github.com/dram-go/dram/examples/realworld/internal/store"
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

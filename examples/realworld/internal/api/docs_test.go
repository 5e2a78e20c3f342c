package api_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/dramtest"
	"github.com/dram-go/dram/examples/realworld/internal/api"
	"github.com/dram-go/dram/examples/realworld/internal/apidoc"
	"github.com/dram-go/dram/examples/realworld/internal/store/storetest"
)

func TestDocs(t *testing.T) {
	app := dramtest.New(t, newEngine(t, storetest.SQLite(t), api.Web, nil, t.Output()))
	res := app.GET("/api/openapi.json", dramtest.CrossSite("https://elsewhere.example")).Want(200)
	res.Header("Content-Type", "application/json; charset=utf-8").Header("Access-Control-Allow-Origin", "*")
	assert.JSONEq(t, string(apidoc.JSON), res.Text())

	res = app.GET("/api/docs").Want(200).Header("Content-Type", "text/html; charset=utf-8").Contains("<openapi-explorer")
	assert.Contains(t, res.HTTP().Header.Get("Content-Security-Policy"), "default-src 'self'")

	script, err := apidoc.Script()
	require.NoError(t, err)
	for accepted, coding := range map[string]string{"identity": "", "gzip": "gzip"} {
		res = app.GET("/api/docs/"+apidoc.ScriptName, dramtest.Header("Accept-Encoding", accepted)).Want(200)
		res.Header("Content-Encoding", coding).Header("Cache-Control", "public, max-age=31536000, immutable")
		assert.Equal(t, script, res.Bytes())
	}
	app.GET("/api/docs/other.js").Want(404).JSON(`{"errors": {"file": ["not found"]}}`, dramtest.Exact)
}

func TestPreflight(t *testing.T) {
	app := dramtest.New(t, newEngine(t, storetest.SQLite(t), api.Web, nil, t.Output()), dramtest.CrossSite("http://localhost:5173"))
	res := app.OPTIONS("/api/articles/some-slug", dramtest.Header("Access-Control-Request-Method", "DELETE"),
		dramtest.Header("Access-Control-Request-Headers", "authorization,content-type")).Want(204)
	res.Header("Access-Control-Allow-Origin", "*")
	assert.Contains(t, res.HTTP().Header.Get("Access-Control-Allow-Methods"), "DELETE")
	assert.Contains(t, res.HTTP().Header.Get("Access-Control-Allow-Headers"), "Authorization")
}

// TestServerFaultsTellNothing closes the database under the server: the client hears of a
// failure and no more, the log has the reason and the request's id.
func TestServerFaultsTellNothing(t *testing.T) {
	db := storetest.SQLite(t)
	var log bytes.Buffer
	app := dramtest.New(t, newEngine(t, db, api.Web, nil, &log))
	require.NoError(t, db.Close())
	res := app.GET("/api/articles", dramtest.Header("X-Request-Id", "find-me")).Want(500)
	res.JSON(`{"errors": {"server": ["failed; please try again later"]}}`, dramtest.Exact).Header("X-Content-Type-Options", "nosniff")
	assert.Contains(t, log.String(), "database is closed")
	assert.Contains(t, log.String(), "request_id=find-me")
}
